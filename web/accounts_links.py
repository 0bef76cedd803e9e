"""Links that work once: an invitation to open an account, or a way back in for whoever forgot the password."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, cast

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from projections.notices import WORKS
from web.accounts_secrets import digest, new_token
from web.accounts_store import Accounts, seconds
from web.accounts_tables import link

Way = Literal["invitation", "recovery", "mail"]
"""What staff hand over for the first time or again, and what the person's own mail brings."""
LASTS: dict[Way, int] = {"invitation": 7 * 86_400, "recovery": 3600, "mail": int(WORKS.total_seconds())}
"""Seconds for which a link works: an invitation waits for its reader, a way back in does not (ASVS 5.0 6.4.1)."""


class Link(NamedTuple):
    """For whom a link is, and what for."""

    person: str
    purpose: Way


def issue(accounts: Accounts, person: str, purpose: Way, at: datetime) -> str:
    """A new link's token; earlier links of the person work no more.

    One that is mailed leaves the others: anybody can ask for it, so it must not take away what staff handed over.
    """
    token, now = new_token(), seconds(at)
    row = {"token": digest(token), "person": person, "purpose": purpose, "until": now + LASTS[purpose]}
    gone = link.c.until <= now
    if purpose != "mail":
        gone |= link.c.person == person
    with accounts.write() as connection:
        connection.execute(delete(link).where(gone))
        connection.execute(insert(link).values(row))
    return token


def find(accounts: Accounts, token: str, at: datetime) -> Link | None:
    """What a link is for, while it works."""
    query = select(link.c.person, link.c.purpose).where(link.c.token == digest(token), link.c.until > seconds(at))
    with accounts.read() as connection:
        row = connection.execute(query).first()
    return Link(row[0], cast(Way, row[1])) if row else None


def handed_out(accounts: Accounts, person: str, at: datetime) -> int | None:
    """Until when the link works that staff handed over, in seconds since 1970; None: there is none."""
    theirs = (link.c.person == person) & (link.c.purpose != "mail") & (link.c.until > seconds(at))
    with accounts.read() as connection:
        return connection.execute(select(link.c.until).where(theirs)).scalar()


def spend_within(connection: Connection, found: Link, token: str) -> bool:
    """Use a link up, and every other of the person with it, as a part of what it leads to: where that does not come about, the
    link still works. False where somebody used it before.
    """
    is_first = connection.execute(delete(link).where(link.c.token == digest(token))).rowcount > 0
    if is_first:
        connection.execute(delete(link).where(link.c.person == found.person))
    return is_first
