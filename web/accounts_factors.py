"""The second factor: codes of an app (TOTP, RFC 6238), each accepted once, and recovery codes for whoever lost the app."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, func, insert, select, update

from web.accounts_secrets import digest
from web.accounts_store import Account, Accounts, seconds
from web.accounts_tables import account, recovery_code

STEP = 30
ISSUER = "Liandong"
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No characters that look alike on paper; 24 of them are 118 bits, beyond the 112 where ASVS 6.5.2 wants no slow hash."""


def new_secret() -> str:
    """A secret for an app, 160 bits in base 32."""
    return pyotp.random_base32()


def picture(secret: str, name: str) -> str:
    """The secret as a QR code that an app reads: the address of an image."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#fff"))


def step_of(secret: str, typed: str, at: datetime) -> int | None:
    """The time step whose code was typed: this one, or one beside it, because clocks differ; None: no code of now."""
    code = "".join(typed.split())
    now = seconds(at) // STEP
    totp = pyotp.TOTP(secret)
    matching = [
        step for step in (now, now - 1, now + 1) if hmac.compare_digest(totp.at(step * STEP).encode(), code.encode())
    ]
    return matching[0] if matching else None


def spend_totp(accounts: Accounts, found: Account, typed: str, at: datetime) -> bool:
    """Whether the code is right and was not used before; it is used up now."""
    if found.totp is None:
        return False
    step = step_of(accounts.keys.unseal(found.person, found.totp), typed, at)
    if step is None:
        return False
    fresh = (account.c.person == found.person) & (account.c.totp_spent < step)
    with accounts.write() as connection:
        return connection.execute(update(account).where(fresh).values(totp_spent=step)).rowcount > 0


def new_codes(accounts: Accounts, person: str) -> list[str]:
    """Fresh recovery codes, to be shown once; earlier ones work no more."""
    codes = ["-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(6)) for _ in range(CODES)]
    with accounts.write() as connection:
        connection.execute(delete(recovery_code).where(recovery_code.c.person == person))
        rows = [{"person": person, "code": stored(accounts, person, code)} for code in codes]
        connection.execute(insert(recovery_code), rows)
    return codes


def spend_code(accounts: Accounts, person: str, typed: str) -> bool:
    """Whether it is one of the person's recovery codes; it is used up now."""
    mine = (recovery_code.c.person == person) & (recovery_code.c.code == stored(accounts, person, typed))
    with accounts.write() as connection:
        return connection.execute(delete(recovery_code).where(mine)).rowcount > 0


def stored(accounts: Accounts, person: str, typed: str) -> str:
    """A recovery code as it is stored: its key is not in the database."""
    letters = "".join(letter for letter in typed.casefold() if letter in LETTERS)
    return accounts.keys.blind("recovery", f"{person} {digest(letters)}")


def codes_left(accounts: Accounts, person: str) -> int:
    """How many recovery codes somebody still has."""
    query = select(func.count()).select_from(recovery_code).where(recovery_code.c.person == person)
    with accounts.read() as connection:
        return int(connection.execute(query).scalar_one())


def remove(accounts: Accounts, person: str) -> None:
    """No second factor any more."""
    with accounts.write() as connection:
        connection.execute(update(account).where(account.c.person == person).values(totp=None))
        connection.execute(delete(recovery_code).where(recovery_code.c.person == person))
