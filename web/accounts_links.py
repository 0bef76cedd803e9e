"""Links that work once: an invitation to open an account, or a way back in for whoever forgot the password."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import delete, insert, select

from domain.accounts import Purpose
from web.accounts_secrets import digest, new_token
from web.accounts_store import Accounts, seconds
from web.accounts_tables import link

LASTS: dict[Purpose, int] = {"invitation": 7 * 86_400, "recovery": 3600}
"""Seconds for which a link works: an invitation waits for its reader, a way back in does not (ASVS 5.0 6.4.1)."""


class Link(NamedTuple):
    """For whom a link is, and what for."""

    person: str
    purpose: Purpose


def issue(accounts: Accounts, person: str, purpose: Purpose, at: datetime) -> str:
    """A new link's token; earlier links of the person work no more."""
    token, now = new_token(), seconds(at)
    row = {"token": digest(token), "person": person, "purpose": purpose, "until": now + LASTS[purpose]}
    with accounts.write() as connection:
        connection.execute(delete(link).where((link.c.person == person) | (link.c.until <= now)))
        connection.execute(insert(link).values(row))
    return token


def find(accounts: Accounts, token: str, at: datetime) -> Link | None:
    """What a link is for, while it works."""
    query = select(link.c.person, link.c.purpose).where(link.c.token == digest(token), link.c.until > seconds(at))
    with accounts.read() as connection:
        row = connection.execute(query).first()
    return Link(row[0], cast(Purpose, row[1])) if row else None


def spend(accounts: Accounts, token: str) -> bool:
    """Use a link up; False where somebody did before."""
    with accounts.write() as connection:
        return connection.execute(delete(link).where(link.c.token == digest(token))).rowcount > 0
