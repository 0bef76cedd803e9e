"""Sensitive files: reading one needs a reason and is an event. Those that two persons open: `openings.py`. (minors, health)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.consents import ADULT, is_younger
from domain.people import Person, need_person, need_remembered
from domain.person_states import BY_TWO, SensitiveRead, SensitivityMarked
from domain.words import need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

READING_HOURS = 1

Kind = Literal["health", "hardship"]
"""Health: illness, disability, state of mind. Hardship: the file of a worker in need. (PIPL 28)"""


class SecondPersonNeeded(RuleBroken):
    """What one person asks, another one approves; and nobody decides about their own file."""

    sentence = "要由另一个人来办：不能自己批准自己，也不能决定自己的档案。"


class NotSensitive(RuleBroken):
    """Only sensitive files are opened with a reason."""

    sentence = "这份档案不用说明理由就能看。"


class NeedsTwo(RuleBroken):
    """A sealed or restricted file is opened by two persons."""

    sentence = "这份档案要两个人才能打开：先提出申请，由另一个人批准。"


@dataclass(frozen=True)
class MarkSensitive(Command):
    """Say what is sensitive about a file, as a whole: none of the kinds takes the mark away, which needs a reason."""

    person: str
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class ReadSensitive(Command):
    """Open the file of a minor, or one that is marked, to oneself; a reason is needed."""

    person: str


def need_another(command_person: str, act: Act) -> None:
    """Raise SecondPersonNeeded where somebody decides about themselves."""
    if act.actor == command_person:
        raise SecondPersonNeeded


@decides(MarkSensitive, person=Person.of("person"))
def mark(command: MarkSensitive, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    need_another(command.person, act)
    if not command.kinds:
        need_reason(act)
    if command.kinds or person.is_marked:
        kinds = " ".join(sorted(set(command.kinds)))
        yield SensitivityMarked(command.person, bool(kinds), kinds or None)


def why_sensitive(person: Person, act: Act) -> Literal["marked", "minor"] | None:
    """Why a file that one person opens is opened with a reason only; None where nobody asks for one."""
    if person.is_marked:
        return "marked"
    return "minor" if is_younger(person, ADULT, act) else None


@decides(ReadSensitive, person=Person.of("person"))
def read(command: ReadSensitive, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if person.state in BY_TWO:
        raise NeedsTwo
    what = why_sensitive(person, act)
    if what is None:
        raise NotSensitive
    need_reason(act)
    yield SensitiveRead(command.person, act.actor, what, READING_HOURS)
