"""Objections to hours: somebody says that an entry is wrong, and it is looked into. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.hours import Hours, Objected, Upheld, need_hours, need_other, need_other_eyes
from domain.minutes import BadMinutes
from domain.people import Person
from domain.words import need_reason
from ledger.events import Act, Command, Event
from ledger.execute import decides


@dataclass(frozen=True)
class ObjectToHours(Command):
    """Say that an entry is wrong, and what would be right."""

    slot: str
    person: str
    text: str
    minutes: int | None = None


@dataclass(frozen=True)
class UpholdHours(Command):
    """Settle an objection: the entry stays; a reason is needed."""

    slot: str
    person: str


@decides(ObjectToHours, hours=Hours.of("slot", "person"))
def object_to(command: ObjectToHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "confirmed", "posted", "credited")
    if not command.text.strip():
        raise BadMinutes(what="请写明哪里不对。")
    yield Objected(command.slot, command.person, command.text, command.minutes)


@decides(
    UpholdHours,
    hours=Hours.of("slot", "person"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
)
def uphold(
    command: UpholdHours, act: Act, hours: Hours, person: Person, decider: Person, proposer: Person
) -> Iterator[Event]:
    need_hours(hours, "objected")
    need_other(command.person, person, act, decider)
    need_other_eyes(hours, proposer, act, decider, "答复")
    need_reason(act)
    yield Upheld(command.slot, command.person)
