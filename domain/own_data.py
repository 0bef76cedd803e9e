"""What a person may demand of the data about them: to have it corrected, and to have it left alone. (PIPL 44–46)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.openings import Openings, need_opened
from domain.people import Person, need_person
from domain.person_states import DetailsCorrected, Restricted, RestrictionLifted
from domain.words import need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class NameMissing(RuleBroken):
    """A person has a name."""

    sentence = "姓名不能是空的。"


class NotRestricted(RuleBroken):
    """Only what is restricted can be used again."""

    sentence = "这个人的资料现在没有限制使用。"


class OwnRestriction(RuleBroken):
    """Whoever lifts a restriction is not the person whom it protects."""

    sentence = "限制要由另一个人解除：看过原因、办妥以后再解除。"


@dataclass(frozen=True)
class CorrectDetails(Command):
    """Correct a name or a phone number. None: leave it; an empty phone: there is none any more."""

    person: str
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class RestrictPerson(Command):
    """Demand that somebody's data be stored and protected only: by themselves, or by staff while something is cleared up."""

    person: str
    why: str


@dataclass(frozen=True)
class LiftRestriction(Command):
    """Let the data be used again; the file stands open to whoever does, who is somebody else, and a reason is needed."""

    person: str


@decides(CorrectDetails, person=Person.of("person"))
def correct_details(command: CorrectDetails, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if command.name is not None and not command.name.strip():
        raise NameMissing
    if act.actor != command.person:
        need_reason(act)
    if command.name is not None or command.phone is not None:
        yield DetailsCorrected(command.person, command.name, command.phone)


@decides(RestrictPerson, person=Person.of("person"))
def restrict(command: RestrictPerson, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if not person.is_restricted:  # a seal protects more than that, and the restriction holds on when it is broken
        yield Restricted(command.person, command.why)


@decides(LiftRestriction, person=Person.of("person"), openings=Openings.of("person"))
def lift(command: LiftRestriction, act: Act, person: Person, openings: Openings) -> Iterator[Event]:
    need_person(person)
    if person.state != "restricted":
        raise NotRestricted
    if act.actor == command.person:
        raise OwnRestriction
    need_reason(act)
    need_opened(openings, act)
    yield RestrictionLifted(command.person)
