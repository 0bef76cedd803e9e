"""Single sign-on: that an organisation's own provider was set up, changed or taken away. Its secret is never here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from domain.organisations import Organisation
from domain.words import Unknown
from ledger.events import Act, Command, Event
from ledger.execute import decides
from ledger.guards import Guard, evolves


class ProviderSetUp(Event, topic="provider.set_up", stream=("organisation",)):
    """People can sign in with the accounts that this organisation gave them, at `issuer`.

    `domains`: with these mail addresses only; where there are any, they let in whoever has no account yet.
    """

    organisation: str
    issuer: str
    domains: tuple[str, ...] = ()


class ProviderChanged(Event, topic="provider.changed", stream=("organisation",)):
    """From now on the provider is this one, or is spoken to otherwise; `new_secret`: with another secret."""

    organisation: str
    issuer: str
    domains: tuple[str, ...] = ()
    new_secret: bool = False


class ProviderRemoved(Event, topic="provider.removed", stream=("organisation",)):
    """Nobody signs in by this organisation's provider any more."""

    organisation: str


class Provider(Guard, kind="provider", key=("organisation",)):
    """Whether an organisation has a provider."""

    is_set_up: bool = False

    @evolves(ProviderSetUp, ProviderChanged)
    def set_up(self, event: ProviderSetUp | ProviderChanged) -> Provider:
        return replace(self, is_set_up=True)

    @evolves(ProviderRemoved)
    def removed(self, event: ProviderRemoved) -> Provider:
        return replace(self, is_set_up=False)


@dataclass(frozen=True)
class SetUpProvider(Command):
    """Let people sign in by this organisation's provider, or change how that is done."""

    organisation: str
    issuer: str
    domains: tuple[str, ...] = ()
    new_secret: bool = False


@dataclass(frozen=True)
class RemoveProvider(Command):
    """Let nobody sign in by this organisation's provider."""

    organisation: str


@decides(SetUpProvider, provider=Provider.of("organisation"), organisation=Organisation.of("organisation"))
def set_up(command: SetUpProvider, act: Act, provider: Provider, organisation: Organisation) -> Iterator[Event]:
    if not organisation.exists:
        raise Unknown(what="机构")
    if provider.is_set_up:
        yield ProviderChanged(command.organisation, command.issuer, command.domains, command.new_secret)
    else:
        yield ProviderSetUp(command.organisation, command.issuer, command.domains)


@decides(RemoveProvider, provider=Provider.of("organisation"))
def remove(command: RemoveProvider, act: Act, provider: Provider) -> Iterator[Event]:
    if provider.is_set_up:
        yield ProviderRemoved(command.organisation)
