"""Organisations' own providers as they are kept: how each is reached, with which secret, and whose account there is whose here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from web.accounts_store import Accounts, seconds
from web.accounts_tables import identity, login, provider


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
    """Keep a provider. Accounts at another issuer than before are nobody's here any more."""
    row = {
        "issuer": wanted.issuer,
        "client": wanted.client,
        "secret": accounts.keys.seal(f"provider {wanted.organisation}", wanted.secret),
        "domains": " ".join(wanted.domains),
    }
    mine = provider.c.organisation == wanted.organisation
    with accounts.write() as connection:
        other = connection.execute(select(provider.c.issuer).where(mine)).scalar() not in (None, wanted.issuer)
        if other:
            connection.execute(delete(identity).where(identity.c.organisation == wanted.organisation))
        if not connection.execute(update(provider).where(mine).values(row)).rowcount:
            connection.execute(insert(provider).values(row | {"organisation": wanted.organisation}))


def remove(accounts: Accounts, organisation: str) -> None:
    """Forget a provider, whose accounts were whose, and end the sessions of those people that began there."""
    theirs = select(identity.c.person).where(identity.c.organisation == organisation)
    with accounts.write() as connection:
        connection.execute(delete(login).where(login.c.means == "provider", login.c.person.in_(theirs)))
        connection.execute(delete(identity).where(identity.c.organisation == organisation))
        connection.execute(delete(provider).where(provider.c.organisation == organisation))


def key_of(accounts: Accounts, found: Provider, subject: str) -> str:
    """An account there as it is found here: a keyed hash, bound to the provider that vouches for it."""
    return accounts.keys.blind("identity", f"{found.organisation} {found.issuer} {subject}")


def owner(accounts: Accounts, found: Provider, subject: str) -> str | None:
    """Whose account here belongs to this account there."""
    query = select(identity.c.person).where(identity.c.key == key_of(accounts, found, subject))
    with accounts.read() as connection:
        person: str | None = connection.execute(query).scalar()
    return person


def link(accounts: Accounts, found: Provider, subject: str, person: str, at: datetime) -> None:
    """From now on this account there opens this account here. Raises Taken. One of a provider each."""
    with linking(accounts, found, subject, person, at):
        pass


@contextmanager
def linking(accounts: Accounts, found: Provider, subject: str, person: str, at: datetime) -> Iterator[Connection]:
    """The same after the body, in which it is written down under the lock of the accounts. Raises Taken before that."""
    key, now = key_of(accounts, found, subject), seconds(at)
    row = {"key": key, "organisation": found.organisation, "person": person, "added": now, "used": now}
    with accounts.write() as connection:
        if connection.execute(select(identity.c.person).where(identity.c.key == key)).scalar() not in (None, person):
            raise Taken
        yield connection
        mine = (identity.c.person == person) & (identity.c.organisation == found.organisation)
        connection.execute(delete(identity).where(mine | (identity.c.key == key)))
        connection.execute(insert(identity).values(row))


def note_use(accounts: Accounts, found: Provider, subject: str, at: datetime) -> None:
    """It was used now."""
    mine = identity.c.key == key_of(accounts, found, subject)
    with accounts.write() as connection:
        connection.execute(update(identity).where(mine).values(used=seconds(at)))


def unlink(connection: Connection, person: str, organisation: str) -> bool:
    """Nobody signs in as this person by that provider any more; whether anybody could."""
    mine = (identity.c.person == person) & (identity.c.organisation == organisation)
    return connection.execute(delete(identity).where(mine)).rowcount > 0


def of_person(accounts: Accounts, person: str) -> dict[str, Identity]:
    """By which providers somebody signs in: organisation → account there."""
    with accounts.read() as connection:
        rows = connection.execute(_identity.where(identity.c.person == person)).all()
    return {row.organisation: Identity(*row) for row in rows}
