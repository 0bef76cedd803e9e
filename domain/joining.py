"""Joining by oneself: an organisation decides whether people may open their own file and account, without an invitation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from domain.accounts import AccountOpened
from domain.organisations import Organisation
from domain.people import Person, Registered, RoleGranted
from domain.person_files import AlreadyRegistered
from domain.words import Unknown, local
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves


class JoiningOpened(Event, topic="joining.opened", stream=("organisation",)):
    """From now on people may join this organisation as volunteers by themselves."""

    organisation: str


class JoiningClosed(Event, topic="joining.closed", stream=("organisation",)):
    """From now on one joins this organisation by invitation only."""

    organisation: str


class Joining(Guard, kind="joining", key=("organisation",)):
    """Whether one may join an organisation by oneself."""

    is_open: bool = False

    @evolves(JoiningOpened)
    def opened(self, event: JoiningOpened) -> Joining:
        return replace(self, is_open=True)

    @evolves(JoiningClosed)
    def closed(self, event: JoiningClosed) -> Joining:
        return replace(self, is_open=False)


class ByInvitationOnly(RuleBroken):
    """Nobody joins by themselves where the organisation did not allow it."""

    sentence = "这个机构现在不能自己注册，请联系他们的社工。"


@dataclass(frozen=True)
class OpenJoining(Command):
    """Let people join this organisation by themselves."""

    organisation: str


@dataclass(frozen=True)
class CloseJoining(Command):
    """Let people join this organisation by invitation only."""

    organisation: str


@dataclass(frozen=True)
class Join(Command):
    """Open one's own file and account with an organisation, as a volunteer. `over`: an age one has surely reached."""

    person: str
    organisation: str
    name: str
    phone: str | None = None
    over: int | None = None


@decides(OpenJoining, joining=Joining.of("organisation"), organisation=Organisation.of("organisation"))
def open_joining(command: OpenJoining, act: Act, joining: Joining, organisation: Organisation) -> Iterator[Event]:
    if not organisation.exists:
        raise Unknown(what="机构")
    if not joining.is_open:
        yield JoiningOpened(command.organisation)


@decides(CloseJoining, joining=Joining.of("organisation"))
def close_joining(command: CloseJoining, act: Act, joining: Joining) -> Iterator[Event]:
    if joining.is_open:
        yield JoiningClosed(command.organisation)


@decides(Join, joining=Joining.of("organisation"), person=Person.of("person"))
def join(command: Join, act: Act, joining: Joining, person: Person) -> Iterator[Event]:
    if not joining.is_open:
        raise ByInvitationOnly
    if person.is_registered:
        raise AlreadyRegistered
    yield Registered(
        command.person, command.name, phone=command.phone, over=command.over, organisation=command.organisation
    )
    yield RoleGranted(command.person, "volunteer", command.organisation, local(act.at).date())
    yield AccountOpened(command.person)
