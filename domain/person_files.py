"""Files of people: opened once, then who they are is checked and what they are qualified for is shown. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.people import IdentityVerified, Person, QualificationRecorded, Registered, need_person, need_remembered
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class AlreadyRegistered(RuleBroken):
    """A file is opened once."""

    sentence = "这个人的档案已经建过了。"


@dataclass(frozen=True)
class RegisterPerson(Command):
    """Open a file for a person."""

    person: str
    name: str
    identity: str = "self_declared"
    phone: str | None = None
    over: int | None = None
    organisation: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class VerifyIdentity(Command):
    """Note that somebody checked who they are."""

    person: str
    how: str


@dataclass(frozen=True)
class RecordQualification(Command):
    """Note a qualification that was shown."""

    person: str
    skill: str
    until: date | None = None


@decides(RegisterPerson, person=Person.of("person"))
def register(command: RegisterPerson, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if person.is_registered:
        raise AlreadyRegistered
    yield Registered(
        command.person, command.name, command.identity, command.phone, command.over, command.organisation, command.note
    )


@decides(VerifyIdentity, person=Person.of("person"))
def verify(command: VerifyIdentity, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    yield IdentityVerified(command.person, command.how)


@decides(RecordQualification, person=Person.of("person"))
def qualify(command: RecordQualification, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    yield QualificationRecorded(command.person, command.skill, command.until)
