"""Consent: who agreed to what, and for whom a guardian must. (PIPL 28–31; 未成年人网络保护条例 31)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.people import BirthYearRecorded, ConsentGiven, ConsentWithdrawn, Person, need_person, need_remembered
from domain.words import local
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

TAKING_PART = "activity"
"""The scope in which a guardian lets a minor volunteer, or take part in, what an organisation does."""
ADULT, CHILD = 18, 14
"""Until the end of the year in which they reach these ages, minors and children are taken for such: only the year is kept."""


class GuardianNeeded(RuleBroken):
    """For somebody under 18 a guardian agrees, and staff write it down."""

    sentence = "未满 18 周岁：要监护人同意，由工作人员记下，不能由本人自己点。"


class PaperNeeded(RuleBroken):
    """For a child under 14 it is also written down how the guardian agreed: separately, for this one thing."""

    sentence = "未满 14 周岁：请写明监护人怎样同意的，例如当面签了这一项的同意书。"


class UnlikelyYear(RuleBroken):
    """A year of birth lies within a human life."""

    sentence = "出生年份不对。"


@dataclass(frozen=True)
class RecordBirthYear(Command):
    """Note in which year somebody was born; consents of a minor without a guardian end."""

    person: str
    born: int


@dataclass(frozen=True)
class GiveConsent(Command):
    """Agree to a scope. `guardian`: a guardian agreed; `how`: in which way."""

    person: str
    scope: str
    guardian: bool = False
    how: str | None = None


@dataclass(frozen=True)
class WithdrawConsent(Command):
    """End a consent."""

    person: str
    scope: str


def is_younger(person: Person, years: int, act: Act) -> bool:
    """Whether they may not have reached this age on the day of the act."""
    if person.born:
        return local(act.at).year - person.born <= years
    return False


@decides(RecordBirthYear, person=Person.of("person"))
def record_birth_year(command: RecordBirthYear, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if not 0 <= local(act.recorded).year - command.born <= 120:
        raise UnlikelyYear
    if command.born == person.born:
        return
    yield BirthYearRecorded(command.person, command.born)
    if local(act.at).year - command.born <= ADULT:
        for scope in person.consents:
            if scope not in person.guarded:
                yield ConsentWithdrawn(command.person, scope)


@decides(GiveConsent, person=Person.of("person"))
def consent(command: GiveConsent, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if is_younger(person, ADULT, act) and (not command.guardian or act.actor == command.person):
        raise GuardianNeeded
    if is_younger(person, CHILD, act) and not command.how:
        raise PaperNeeded
    if command.scope not in person.consents:
        yield ConsentGiven(command.person, command.scope, command.guardian, command.how)


@decides(WithdrawConsent, person=Person.of("person"))
def withdraw_consent(command: WithdrawConsent, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if command.scope in person.consents:
        yield ConsentWithdrawn(command.person, command.scope)
