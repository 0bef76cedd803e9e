"""Organisations' own providers as they are kept: how each is reached, with which secret, and whose account there is whose here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from web.accounts_store import Accounts, seconds
from web.accounts_tables import by_mail, identity, login, provider


class Taken(Exception):
    """That account there opens somebody else's account here."""


class Provider(NamedTuple):
    """A provider. `domains`: the mail addresses that it may vouch for, none: it is not asked about mail."""

    organisation: str
    issuer: str
    client: str
    secret: str
    domains: tuple[str, ...]


class Identity(NamedTuple):
    """Somebody's account at an organisation's provider; instants are seconds since 1970."""

    organisation: str
    person: str
    added: int
    used: int | None


_identity = select(identity.c.organisation, identity.c.person, identity.c.added, identity.c.used)


def find(accounts: Accounts, organisation: str) -> Provider | None:
    """The provider of an organisation."""
    with accounts.read() as connection:
        row = connection.execute(select(provider).where(provider.c.organisation == organisation)).first()
    if row is None:
        return None
    try:
        secret = accounts.keys.unseal(f"provider {organisation}", row.secret)
    except InvalidTag:  # the key of the accounts is another one now: the provider will say that the secret is wrong
        secret = ""
    return Provider(organisation, row.issuer, row.client, secret, tuple(row.domains.split()))


def organisations(accounts: Accounts) -> list[str]:
    """Which organisations have one."""
    with accounts.read() as connection:
        return list(connection.execute(select(provider.c.organisation).order_by(provider.c.organisation)).scalars())


def save(accounts: Accounts, wanted: Provider) -> None:
    """Keep a provider. With another issuer or another client it is another one: whoever came by the earlier is out, and accounts
    at another issuer are nobody's here any more.
    """
    row: dict[str, Any] = {"issuer": wanted.issuer, "client": wanted.client, "domains": " ".join(wanted.domains)}
    mine = provider.c.organisation == wanted.organisation
    with accounts.write() as connection:
        row["secret"] = accounts.keys.seal(f"provider {wanted.organisation}", wanted.secret)
        before = connection.execute(select(provider.c.issuer, provider.c.client).where(mine)).first()
        if before and tuple(before) != (wanted.issuer, wanted.client):
            _end_sessions(connection, wanted.organisation)
        if before and before.issuer != wanted.issuer:
            _unlink_all(connection, wanted.organisation)
        if not connection.execute(update(provider).where(mine).values(row)).rowcount:
            connection.execute(insert(provider).values(row | {"organisation": wanted.organisation}))


def remove(accounts: Accounts, organisation: str) -> None:
    """Forget a provider, whose accounts were whose, and end the sessions of those people that began there."""
    with accounts.write() as connection:
        _end_sessions(connection, organisation)
        _unlink_all(connection, organisation)
        connection.execute(delete(provider).where(provider.c.organisation == organisation))


def _end_sessions(connection: Connection, organisation: str) -> None:
    theirs = select(identity.c.person).where(identity.c.organisation == organisation)
    connection.execute(delete(login).where(login.c.means == "provider", login.c.person.in_(theirs)))


def _unlink_all(connection: Connection, organisation: str) -> None:
    connection.execute(delete(identity).where(identity.c.organisation == organisation))
    _tidy(connection)


def _tidy(connection: Connection) -> None:
    """What is known of links that are gone goes too."""
    connection.execute(delete(by_mail).where(by_mail.c.key.not_in(select(identity.c.key))))


def keys_of(accounts: Accounts, found: Provider, subject: str) -> list[str]:
    """An account there as it is found here, by every key of the accounts: a keyed hash, bound to the provider that vouches."""
    return accounts.keys.blinds("identity", f"{found.organisation} {found.issuer} {subject}")


def owner(accounts: Accounts, found: Provider, subject: str) -> str | None:
    """Whose account here belongs to this account there."""
    query = select(identity.c.person).where(identity.c.key.in_(keys_of(accounts, found, subject)))
    with accounts.read() as connection:
        person: str | None = connection.execute(query).scalar()
    return person


@contextmanager
def linking(
    accounts: Accounts, found: Provider, subject: str, person: str, at: datetime, *, only_by_mail: bool = False
) -> Iterator[Connection]:
    """From now on this account there opens this account here, one of a provider each: after the body, in which it is written down
    under the lock of the accounts. Raises Taken before that.

    `only_by_mail`: because of a checked address; neither the person nor an invitation said that the two belong together.
    """
    now = seconds(at)
    with accounts.write() as connection:
        keys = keys_of(accounts, found, subject)
        row = {"key": keys[0], "organisation": found.organisation, "person": person, "added": now, "used": now}
        if connection.execute(select(identity.c.person).where(identity.c.key.in_(keys))).scalar() not in (None, person):
            raise Taken
        yield connection
        mine = (identity.c.person == person) & (identity.c.organisation == found.organisation)
        connection.execute(delete(identity).where(mine | identity.c.key.in_(keys)))
        connection.execute(insert(identity).values(row))
        connection.execute(delete(by_mail).where(by_mail.c.key.in_(keys)))
        _tidy(connection)
        if only_by_mail:
            connection.execute(insert(by_mail).values(key=keys[0], person=person))


def note_use(accounts: Accounts, found: Provider, subject: str, at: datetime) -> None:
    """It was used now; it is found by the key of today from now on."""
    with accounts.write() as connection:
        keys = keys_of(accounts, found, subject)
        connection.execute(update(by_mail).where(by_mail.c.key.in_(keys)).values(key=keys[0]))
        connection.execute(update(identity).where(identity.c.key.in_(keys)).values(key=keys[0], used=seconds(at)))


def unlink(connection: Connection, person: str, organisation: str) -> bool:
    """Nobody signs in as this person by that provider any more; whether anybody could."""
    mine = (identity.c.person == person) & (identity.c.organisation == organisation)
    is_gone = connection.execute(delete(identity).where(mine)).rowcount > 0
    _tidy(connection)
    return is_gone


def is_by_mail(accounts: Accounts, found: Provider, subject: str) -> bool:
    """Whether nothing but a checked address linked this account there."""
    query = select(by_mail.c.key).where(by_mail.c.key.in_(keys_of(accounts, found, subject)))
    with accounts.read() as connection:
        return connection.execute(query).first() is not None


def proven(accounts: Accounts, person: str) -> list[str]:
    """The organisations whose accounts somebody linked themselves, or by an invitation."""
    mine = select(identity.c.organisation).where(identity.c.person == person)
    with accounts.read() as connection:
        return list(connection.execute(mine.where(identity.c.key.not_in(select(by_mail.c.key)))).scalars())


def of_person(accounts: Accounts, person: str) -> dict[str, Identity]:
    """By which providers somebody signs in: organisation → account there."""
    with accounts.read() as connection:
        rows = connection.execute(_identity.where(identity.c.person == person)).all()
    return {row.organisation: Identity(*row) for row in rows}
