"""Recovery codes for whoever lost the app: made, shown until they are written down, and each accepted once."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from web.accounts_secrets import digest
from web.accounts_store import Accounts, seconds
from web.accounts_tables import recovery_code, unseen_codes

CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No characters that look alike on paper; 24 of them are 118 bits, beyond the 112 where ASVS 6.5.2 wants no slow hash."""
SHOWN = 3600
"""Seconds for which new codes are shown again to whoever has not said that they wrote them down."""


class Fresh(NamedTuple):
    """New codes; `replace`: there were others before, which work no more."""

    codes: list[str]
    replace: bool


def renew(connection: Connection, accounts: Accounts, person: str, at: datetime) -> None:
    """Fresh recovery codes, to be shown until they are written down; earlier ones work no more."""
    codes = ["-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(6)) for _ in range(CODES)]
    replaced = connection.execute(delete(recovery_code).where(recovery_code.c.person == person)).rowcount > 0
    rows = [{"person": person, "code": stored(accounts, person, code)[0]} for code in codes]
    connection.execute(insert(recovery_code), rows)
    sealed = accounts.keys.seal(f"codes {person}", json.dumps([codes, replaced]))
    over = (unseen_codes.c.person == person) | (unseen_codes.c.until <= seconds(at))
    connection.execute(delete(unseen_codes).where(over))
    connection.execute(insert(unseen_codes).values(person=person, codes=sealed, until=seconds(at) + SHOWN))


def waiting(accounts: Accounts, person: str, at: datetime) -> Fresh | None:
    """The codes that somebody has not written down yet."""
    query = select(unseen_codes.c.codes).where(unseen_codes.c.person == person, unseen_codes.c.until > seconds(at))
    with accounts.read() as connection:
        sealed = connection.execute(query).scalar()
    if sealed is None:
        return None
    try:
        return Fresh(*json.loads(accounts.keys.unseal(f"codes {person}", sealed)))
    except InvalidTag:  # the key of the accounts is another one now
        return None


def written_down(accounts: Accounts, person: str) -> None:
    """They are shown no more."""
    with accounts.write() as connection:
        connection.execute(delete(unseen_codes).where(unseen_codes.c.person == person))


def spend(accounts: Accounts, person: str, typed: str) -> bool:
    """Whether it is one of the person's recovery codes; it is used up now."""
    mine = (recovery_code.c.person == person) & recovery_code.c.code.in_(stored(accounts, person, typed))
    with accounts.write() as connection:
        return connection.execute(delete(recovery_code).where(mine)).rowcount > 0


def stored(accounts: Accounts, person: str, typed: str) -> list[str]:
    """A recovery code as it is stored, by every key of the accounts: none of them is in the database."""
    letters = "".join(letter for letter in typed.casefold() if letter in LETTERS)
    return accounts.keys.blinds("recovery", f"{person} {digest(letters)}")


def left(accounts: Accounts, person: str) -> int:
    """How many recovery codes somebody still has."""
    query = select(func.count()).select_from(recovery_code).where(recovery_code.c.person == person)
    with accounts.read() as connection:
        return int(connection.execute(query).scalar_one())
