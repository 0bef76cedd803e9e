"""Sensitive files: reading one needs a reason and is an event; a sealed one is opened by two persons. (trust: minors, courts)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from domain.consents import ADULT, is_younger
from domain.people import Person, need_person, need_remembered
from domain.person_states import OpeningApproved, OpeningAsked, Sealed, SensitiveRead, SensitivityMarked, Unsealed
from domain.words import Unknown, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

READING_HOURS = 1
OPENING_HOURS = 24


Kind = Literal["health", "hardship"]
"""Health: illness, disability, state of mind. Hardship: the file of a worker in need. (PIPL 28)"""


class Opening(Guard, kind="opening", key=("person", "reader")):
    """Whether somebody asked to read a sealed file and waits for a second person."""

    is_asked: bool = False

    @evolves(OpeningAsked)
    def asked(self, event: OpeningAsked) -> Opening:
        return replace(self, is_asked=True)

    @evolves(OpeningApproved)
    def approved(self, event: OpeningApproved) -> Opening:
        return replace(self, is_asked=False)


class SecondPersonNeeded(RuleBroken):
    """What one person asks, another one approves; and nobody decides about their own file."""

    sentence = "要由另一个人来办：不能自己批准自己，也不能决定自己的档案。"


class NotSensitive(RuleBroken):
    """Only sensitive files are opened with a reason."""

    sentence = "这份档案不用说明理由就能看。"


class IsSealed(RuleBroken):
    """A sealed file is opened by two persons."""

    sentence = "这份档案已封存：要先提出申请，由另一个人批准。"


@dataclass(frozen=True)
class SealPerson(Command):
    """Seal a file; a reason is needed."""

    person: str


@dataclass(frozen=True)
class UnsealPerson(Command):
    """Make a sealed file an ordinary one again; a reason is needed."""

    person: str


@dataclass(frozen=True)
class MarkSensitive(Command):
    """Say what is sensitive about a file, as a whole: none of the kinds takes the mark away, which needs a reason."""

    person: str
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class ReadSensitive(Command):
    """Open the file of a minor, one that is marked, or one that is restricted; a reason is needed."""

    person: str
    reader: str


@dataclass(frozen=True)
class AskToOpen(Command):
    """Ask to read a sealed file; a reason is needed."""

    person: str
    reader: str


@dataclass(frozen=True)
class ApproveOpening(Command):
    """Let somebody read a sealed file who asked for it."""

    person: str
    reader: str


def need_another(command_person: str, act: Act) -> None:
    """Raise SecondPersonNeeded where somebody decides about themselves."""
    if act.actor == command_person:
        raise SecondPersonNeeded


@decides(SealPerson, person=Person.of("person"))
def seal(command: SealPerson, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    need_reason(act)
    if person.state != "sealed":
        yield Sealed(command.person)


@decides(UnsealPerson, person=Person.of("person"))
def unseal(command: UnsealPerson, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    need_reason(act)
    need_another(command.person, act)
    if person.state == "sealed":
        yield Unsealed(command.person)


@decides(MarkSensitive, person=Person.of("person"))
def mark(command: MarkSensitive, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    need_another(command.person, act)
    if not command.kinds:
        need_reason(act)
    if command.kinds or person.is_marked:
        kinds = " ".join(sorted(set(command.kinds)))
        yield SensitivityMarked(command.person, bool(kinds), kinds or None)


def why_sensitive(person: Person, act: Act) -> Literal["restricted", "marked", "minor"] | None:
    """Why a file that is not sealed is opened with a reason only; None where nobody asks for one."""
    if person.state == "restricted":
        return "restricted"
    if person.is_marked:
        return "marked"
    return "minor" if is_younger(person, ADULT, act) else None


@decides(ReadSensitive, person=Person.of("person"))
def read(command: ReadSensitive, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if person.state == "sealed":
        raise IsSealed
    what = why_sensitive(person, act)
    if what is None:
        raise NotSensitive
    need_reason(act)
    yield SensitiveRead(command.person, command.reader, what, READING_HOURS)


@decides(AskToOpen, person=Person.of("person"), opening=Opening.of("person", "reader"))
def ask_to_open(command: AskToOpen, act: Act, person: Person, opening: Opening) -> Iterator[Event]:
    need_remembered(person)
    if person.state != "sealed":
        raise NotSensitive
    need_reason(act)
    if not opening.is_asked:
        yield OpeningAsked(command.person, command.reader)


@decides(ApproveOpening, person=Person.of("person"), opening=Opening.of("person", "reader"))
def approve(command: ApproveOpening, act: Act, person: Person, opening: Opening) -> Iterator[Event]:
    need_remembered(person)
    if not opening.is_asked:
        raise Unknown(what="条申请")
    need_another(command.reader, act)
    need_another(command.person, act)
    yield OpeningApproved(command.person, command.reader)
    yield SensitiveRead(command.person, command.reader, "sealed", OPENING_HOURS)
