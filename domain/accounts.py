"""Accounts: that somebody got one, signed in, failed to, or changed what they sign in with. The credentials are never here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from domain.people import Person, need_person
from domain.words import Unknown
from ledger.events import Act, Command, Event
from ledger.execute import decides
from ledger.guards import Guard, evolves

Purpose = Literal["invitation", "recovery"]
Means = Literal["password", "link", "passkey", "provider"]
Factor = Literal["password", "names", "totp", "recovery_codes", "passkey", "provider"]
Change = Literal["added", "removed", "renewed", "spent"]
Step = Literal["password", "second_factor"]
Ending = Literal["left", "ended", "all_ended", "by_staff"]


class LinkIssued(Event, topic="account.link_issued", stream=("person",)):
    """The person can set a password by a link that works once; whoever issued it saw it."""

    person: str
    purpose: Purpose


class AccountOpened(Event, topic="account.opened", stream=("person",)):
    """The person can sign in from now on."""

    person: str


class SignedIn(Event, topic="account.signed_in", stream=("person",)):
    """Somebody who had what it takes signed in as this person, by `means` and, where one was asked for, a `second` factor.

    `provider`: the organisation whose sign-on it was. `unknown_device`: nobody knew the device as one of theirs.
    """

    person: str
    means: Means
    second: Factor | None = None
    provider: str | None = None
    unknown_device: bool = False


class RecoveryAsked(Event, topic="account.recovery_asked", stream=("person",)):
    """Somebody says that they are this person and forgot the password; whoever reads the person's mail gets a way back in."""

    person: str


class SignInFailed(Event, topic="account.sign_in_failed", stream=("person",)):
    """Somebody tried to sign in as this person and the password, or the second factor, was wrong."""

    person: str
    step: Step


class SessionsEnded(Event, topic="account.sessions_ended", stream=("person",)):
    """The person left (`left`), ended another of their sessions, or all others; or staff ended all of them (`by_staff`)."""

    person: str
    how: Ending


class FactorChanged(Event, topic="account.factor_changed", stream=("person",)):
    """What the person signs in with changed: a password, the names, a second factor."""

    person: str
    factor: Factor
    change: Change


class AccountClosed(Event, topic="account.closed", stream=("person",)):
    """The person can no longer sign in; password, names and factors are destroyed."""

    person: str


class Account(Guard, kind="account", key=("person",)):
    """Whether a person can sign in, and which factors they have beside the password."""

    is_open: bool = False
    factors: tuple[str, ...] = ()

    @evolves(LinkIssued)
    def issued(self, event: LinkIssued) -> Account:
        return self

    @evolves(AccountOpened)
    def opened(self, event: AccountOpened) -> Account:
        return replace(self, is_open=True)

    @evolves(SignedIn)
    def signed_in(self, event: SignedIn) -> Account:
        return self

    @evolves(RecoveryAsked)
    def recovery_asked(self, event: RecoveryAsked) -> Account:
        return self

    @evolves(SignInFailed)
    def failed(self, event: SignInFailed) -> Account:
        return self

    @evolves(SessionsEnded)
    def sessions_ended(self, event: SessionsEnded) -> Account:
        return self

    @evolves(FactorChanged)
    def factor_changed(self, event: FactorChanged) -> Account:
        others = tuple(factor for factor in self.factors if factor != event.factor)
        return replace(self, factors=others if event.change == "removed" else (*others, event.factor))

    @evolves(AccountClosed)
    def closed(self, event: AccountClosed) -> Account:
        return replace(self, is_open=False, factors=())


@dataclass(frozen=True)
class IssueLink(Command):
    """Let a person set a password by a link that works once."""

    person: str
    purpose: Purpose


@dataclass(frozen=True)
class OpenAccount(Command):
    """Let a person sign in."""

    person: str


@dataclass(frozen=True)
class NoteSignIn(Command):
    """Write down that somebody signed in as this person."""

    person: str
    means: Means
    second: Factor | None = None
    provider: str | None = None
    unknown_device: bool = False


@dataclass(frozen=True)
class AskRecovery(Command):
    """Mail this person a way back in."""

    person: str


@dataclass(frozen=True)
class NoteFailure(Command):
    """Write down that somebody failed to sign in as this person."""

    person: str
    step: Step


@dataclass(frozen=True)
class EndSessions(Command):
    """Write down that sessions of this person ended before their time."""

    person: str
    how: Ending


@dataclass(frozen=True)
class ChangeFactor(Command):
    """Write down that what this person signs in with changes."""

    person: str
    factor: Factor
    change: Change


@dataclass(frozen=True)
class CloseAccount(Command):
    """Let a person no longer sign in."""

    person: str


def need_open(account: Account) -> None:
    """Raise Unknown where there is no account."""
    if not account.is_open:
        raise Unknown(what="账号")


@decides(IssueLink, person=Person.of("person"), account=Account.of("person"))
def issue(command: IssueLink, act: Act, person: Person, account: Account) -> Iterator[Event]:
    need_person(person)
    if command.purpose == "recovery":
        need_open(account)
    yield LinkIssued(command.person, command.purpose)


@decides(OpenAccount, person=Person.of("person"), account=Account.of("person"))
def open_account(command: OpenAccount, act: Act, person: Person, account: Account) -> Iterator[Event]:
    need_person(person)
    if not account.is_open:
        yield AccountOpened(command.person)


@decides(NoteSignIn, person=Person.of("person"), account=Account.of("person"))
def note_sign_in(command: NoteSignIn, act: Act, person: Person, account: Account) -> Iterator[Event]:
    need_person(person)
    need_open(account)
    yield SignedIn(command.person, command.means, command.second, command.provider, command.unknown_device)


@decides(AskRecovery, person=Person.of("person"), account=Account.of("person"))
def ask_recovery(command: AskRecovery, act: Act, person: Person, account: Account) -> Iterator[Event]:
    need_person(person)
    need_open(account)
    yield RecoveryAsked(command.person)


@decides(NoteFailure, account=Account.of("person"))
def note_failure(command: NoteFailure, act: Act, account: Account) -> Iterator[Event]:
    need_open(account)
    yield SignInFailed(command.person, command.step)


@decides(EndSessions, account=Account.of("person"))
def end_sessions(command: EndSessions, act: Act, account: Account) -> Iterator[Event]:
    need_open(account)
    yield SessionsEnded(command.person, command.how)


@decides(ChangeFactor, account=Account.of("person"))
def change_factor(command: ChangeFactor, act: Act, account: Account) -> Iterator[Event]:
    need_open(account)
    yield FactorChanged(command.person, command.factor, command.change)


@decides(CloseAccount, account=Account.of("person"))
def close(command: CloseAccount, act: Act, account: Account) -> Iterator[Event]:
    if account.is_open:
        yield AccountClosed(command.person)
