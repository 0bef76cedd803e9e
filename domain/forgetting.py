"""Being forgotten: what is personal is destroyed for good; minutes, totals and sentences stay, and say 已注销. (PIPL 47)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.people import Person, need_person
from domain.person_states import ForgettingAsked, ForgettingWithdrawn, Forgotten
from domain.words import need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

ORDINARY = ("volunteer", "recipient")
"""Roles that nobody acts in for others; all other ones end before their holder is forgotten."""


class StillInOffice(RuleBroken):
    """Whoever acts for an organisation is answerable by name; the office ends first."""

    sentence = "这个人还有志愿者、服务对象以外的角色，例如社工。请先结束那个角色，再注销资料。"


class NotOneself(RuleBroken):
    """Somebody else checks who it is that asks, and carries it out."""

    sentence = "不能自己注销自己的资料：要由另一个人核实身份后办理。"


@dataclass(frozen=True)
class AskToBeForgotten(Command):
    """Ask that one's personal data be destroyed."""

    person: str


@dataclass(frozen=True)
class StayOnFile(Command):
    """Ask no longer that one's personal data be destroyed: while nobody has done it, one thinks better of it by oneself."""

    person: str


@dataclass(frozen=True)
class ForgetPerson(Command):
    """Destroy what is personal about somebody. A reason is needed; `how` says how it was checked that they asked."""

    person: str
    how: str


@dataclass(frozen=True)
class ForgetAgain(Command):
    """Say in a restored log that somebody had been forgotten: their key is gone, nobody is asked. Nothing where it says so."""

    person: str


@decides(AskToBeForgotten, person=Person.of("person"))
def ask(command: AskToBeForgotten, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if not person.wants_out:
        yield ForgettingAsked(command.person)


@decides(StayOnFile, person=Person.of("person"))
def stay(command: StayOnFile, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if person.wants_out:
        yield ForgettingWithdrawn(command.person)


@decides(ForgetPerson, person=Person.of("person"))
def forget(command: ForgetPerson, act: Act, person: Person) -> Iterator[Event]:
    if person.state == "forgotten":
        return
    need_person(person)
    need_reason(act)
    if act.actor == command.person:
        raise NotOneself
    if any(role not in ORDINARY for role, _ in person.roles):
        raise StillInOffice
    yield Forgotten(command.person, command.how, person.aliases)


@decides(ForgetAgain, person=Person.of("person"))
def forget_again(command: ForgetAgain, act: Act, person: Person) -> Iterator[Event]:
    if person.is_registered and person.state != "forgotten":
        yield Forgotten(command.person, "恢复备份以后再次注销", person.aliases)
