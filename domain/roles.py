"""Roles: for which organisation somebody acts as what, from which day to which. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.people import Person, RoleEnded, RoleGranted, need_person, need_remembered
from domain.words import Role, local
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class RoleNotHeld(RuleBroken):
    """Only a role that is held can end."""

    sentence = "这个人现在没有这个角色。"


@dataclass(frozen=True)
class GrantRole(Command):
    """Let a person act in a role for an organisation."""

    person: str
    role: Role
    organisation: str | None = None
    since: date | None = None
    subtype: str | None = None


@dataclass(frozen=True)
class EndRole(Command):
    """End a role."""

    person: str
    role: Role
    organisation: str | None = None
    until: date | None = None


@decides(GrantRole, person=Person.of("person"))
def grant(command: GrantRole, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if (command.role, command.organisation or "") not in person.roles:
        yield RoleGranted(command.person, command.role, command.organisation, command.since, command.subtype)


@decides(EndRole, person=Person.of("person"))
def end_role(command: EndRole, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if (command.role, command.organisation or "") not in person.roles:
        raise RoleNotHeld
    until = command.until or local(act.at).date()
    yield RoleEnded(command.person, command.role, command.organisation, until)
