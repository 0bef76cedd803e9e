"""Corrections of hours: other minutes, or struck out. After posting two persons say the same. (§5)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.hours import (
    Adjusted,
    CorrectionAsked,
    Hours,
    OwnHours,
    Voided,
    need_hours,
    need_other,
    need_other_eyes,
    need_payer,
)
from domain.minutes import check_minutes
from domain.organisations import Tree
from domain.own_cause import same_human
from domain.people import Person
from domain.purchases import Purchases
from domain.slots import Slot
from domain.words import need_reason
from ledger.events import Act, Command, Event
from ledger.execute import decides


@dataclass(frozen=True)
class AdjustHours(Command):
    """Change confirmed minutes, with or without an objection; a reason is needed. After posting two persons say the same."""

    slot: str
    person: str
    minutes: int


@dataclass(frozen=True)
class VoidHours(Command):
    """Strike an entry out; a reason is needed. After posting two persons say the same."""

    slot: str
    person: str


@decides(
    AdjustHours,
    hours=Hours.of("slot", "person"),
    slot=Slot.of("slot"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
    asker=Person.of("hours.asker"),
    files=Person.of("decider.twins"),
    purchases=Purchases.of(),
    trees=Tree.of("purchases.trees"),
)
def adjust(
    command: AdjustHours,
    act: Act,
    hours: Hours,
    slot: Slot,
    person: Person,
    decider: Person,
    proposer: Person,
    asker: Person,
    files: list[Person],
    purchases: Purchases,
    trees: list[Tree],
) -> Iterator[Event]:
    need_hours(hours, "objected", "confirmed", "posted", "credited")
    need_other(command.person, person, act, decider)
    if not hours.was_posted:
        need_other_eyes(hours, proposer, act, decider, "更改")
    need_reason(act)  # so more than 8 hours of a day need no further word
    check_minutes(command.minutes, slot, act)
    if needs_another(command.minutes, act, hours, decider, asker):
        yield CorrectionAsked(command.slot, command.person, command.minutes, act.actor)
        return
    need_payer(command.minutes, act, hours, slot, [decider, *files], purchases, trees)
    yield Adjusted(command.slot, command.person, command.minutes, command.minutes - hours.minutes, hours.starts)


def needs_another(minutes: int, act: Act, hours: Hours, decider: Person, asker: Person) -> bool:
    """Whether this is the first voice for a correction after posting (requirements §5: second approver, both values visible).

    What an import states was decided elsewhere. Raises OwnHours where the same person says the same again.
    """
    if not hours.was_posted or act.source == "import":
        return False
    if hours.asked != minutes:
        return True
    if same_human(hours.asker, asker, act.actor, decider):
        raise OwnHours(what="你已经提出了这项更正，公示以后要另一位同事同意。")
    return False


@decides(
    VoidHours,
    hours=Hours.of("slot", "person"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    asker=Person.of("hours.asker"),
)
def void(command: VoidHours, act: Act, hours: Hours, person: Person, decider: Person, asker: Person) -> Iterator[Event]:
    need_hours(hours, "proposed", "confirmed", "posted", "objected", "credited")
    need_other(command.person, person, act, decider)
    need_reason(act)
    if needs_another(0, act, hours, decider, asker):
        yield CorrectionAsked(command.slot, command.person, 0, act.actor)
        return
    yield Voided(command.slot, command.person, hours.starts)
