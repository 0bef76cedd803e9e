"""Sealed and restricted files: protected by one person, opened and made ordinary again by two. (刑诉法 286; PIPL 44)

Who asks to read one waits for somebody else's word. Restricting and lifting stand in `own_data.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from domain.people import Person, need_person, need_remembered
from domain.person_states import (
    BY_TWO,
    Forgotten,
    OpeningApproved,
    OpeningAsked,
    OpeningRefused,
    OpeningWithdrawn,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitiveRead,
    Unsealed,
)
from domain.sensitive import NotSensitive, need_another
from domain.words import Unknown, local, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

OPENING_HOURS = 24
ASKING = timedelta(days=7)
"""How long an asking waits for an answer; who still wants to read afterwards says anew why."""


class Openings(Guard, kind="opening", key=("person",)):
    """Who asks to read a file of two persons, and to whom it stands open; each until when.

    Both belong to what protects the file just then, and end with whatever changes that.
    """

    asked: dict[str, datetime | None] = {}
    opened: dict[str, datetime | None] = {}

    @evolves(OpeningAsked)
    def was_asked(self, event: OpeningAsked) -> Openings:
        return replace(self, asked=self.asked | {event.reader: event.until})

    @evolves(OpeningApproved)
    def approved(self, event: OpeningApproved) -> Openings:
        return replace(self.without(event.reader), opened=self.opened | {event.reader: event.until})

    @evolves(OpeningRefused, OpeningWithdrawn)
    def over(self, event: OpeningRefused | OpeningWithdrawn) -> Openings:
        return self.without(event.reader)

    @evolves(Sealed, Unsealed, Restricted, RestrictionLifted)
    def begins_anew(self, event: Sealed | Unsealed | Restricted | RestrictionLifted) -> Openings:
        return Openings()

    @evolves(Forgotten, keys=lambda event: [(person,) for person in (event.person, *event.carried)])
    def forgotten(self, event: Forgotten) -> Openings:
        return Openings()

    def without(self, reader: str) -> Openings:
        """With nothing that this reader asks."""
        return replace(self, asked={one: until for one, until in self.asked.items() if one != reader})

    def waits(self, reader: str, at: datetime) -> bool:
        """Whether this reader asks, and it still counts; an asking of which no end was written down waits for ever."""
        return reader in self.asked and at < (self.asked[reader] or datetime.max.replace(tzinfo=at.tzinfo))

    def is_open_to(self, reader: str, at: datetime) -> bool:
        """Whether a second person opened it to this reader, and that still holds."""
        until = self.opened.get(reader)
        return until is not None and at < until


class NotOpened(RuleBroken):
    """Two make a file ordinary again: whoever unseals it, or lifts its restriction, has had it opened by somebody else."""

    sentence = "解封、解除限制都要两个人：先申请查看，由另一个人批准，打开以后再办。"


class AskerLeft(RuleBroken):
    """A file of two persons is opened to whoever acts for an organisation, still on the day on which it is opened."""

    sentence = "申请的人已经没有能看它的角色了，不能再打开给他。"


@dataclass(frozen=True)
class SealPerson(Command):
    """Seal a file; a reason is needed."""

    person: str


@dataclass(frozen=True)
class UnsealPerson(Command):
    """Make a sealed file an ordinary one again; it stands open to whoever does, and a reason is needed."""

    person: str


@dataclass(frozen=True)
class AskToOpen(Command):
    """Ask to read a sealed or restricted file oneself; a reason is needed."""

    person: str


@dataclass(frozen=True)
class WithdrawOpening(Command):
    """Ask no longer."""

    person: str


@dataclass(frozen=True)
class ApproveOpening(Command):
    """Let somebody read a sealed or restricted file who asked for it."""

    person: str
    reader: str


@dataclass(frozen=True)
class RefuseOpening(Command):
    """Do not let them; a reason is needed."""

    person: str
    reader: str


def need_asked(openings: Openings, reader: str, act: Act) -> None:
    """Raise Unknown where this reader does not ask (any more)."""
    if not openings.waits(reader, act.at):
        raise Unknown(what="条还在等的申请")


def need_opened(openings: Openings, act: Act) -> None:
    """Raise NotOpened where nobody else opened the file to whoever acts."""
    if not openings.is_open_to(act.actor, act.at):
        raise NotOpened


@decides(SealPerson, person=Person.of("person"))
def seal(command: SealPerson, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    need_reason(act)
    if person.state != "sealed":
        yield Sealed(command.person)


@decides(UnsealPerson, person=Person.of("person"), openings=Openings.of("person"))
def unseal(command: UnsealPerson, act: Act, person: Person, openings: Openings) -> Iterator[Event]:
    need_person(person)
    need_reason(act)
    need_another(command.person, act)
    if person.state != "sealed":
        return
    need_opened(openings, act)
    yield Unsealed(command.person)


@decides(AskToOpen, person=Person.of("person"), openings=Openings.of("person"))
def ask_to_open(command: AskToOpen, act: Act, person: Person, openings: Openings) -> Iterator[Event]:
    need_remembered(person)
    if person.state not in BY_TWO:
        raise NotSensitive
    need_reason(act)
    if not openings.waits(act.actor, act.at):
        yield OpeningAsked(command.person, act.actor, act.at + ASKING)


@decides(WithdrawOpening, openings=Openings.of("person"))
def withdraw(command: WithdrawOpening, act: Act, openings: Openings) -> Iterator[Event]:
    need_asked(openings, act.actor, act)
    yield OpeningWithdrawn(command.person, act.actor)


@decides(ApproveOpening, person=Person.of("person"), openings=Openings.of("person"), reader=Person.of("reader"))
def approve(command: ApproveOpening, act: Act, person: Person, openings: Openings, reader: Person) -> Iterator[Event]:
    need_remembered(person)
    need_asked(openings, command.reader, act)
    need_another(command.reader, act)
    need_another(command.person, act)
    if reader.root or not reader.offices_on(local(act.at).date()):
        raise AskerLeft
    yield OpeningApproved(command.person, command.reader, act.at + timedelta(hours=OPENING_HOURS))
    what: Literal["restricted", "sealed"] = "sealed" if person.state == "sealed" else "restricted"
    yield SensitiveRead(command.person, command.reader, what, OPENING_HOURS)


@decides(RefuseOpening, openings=Openings.of("person"))
def refuse(command: RefuseOpening, act: Act, openings: Openings) -> Iterator[Event]:
    need_asked(openings, command.reader, act)
    need_another(command.reader, act)
    need_another(command.person, act)
    need_reason(act)
    yield OpeningRefused(command.person, command.reader)
