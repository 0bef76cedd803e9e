"""The second factor: codes of an app (TOTP, RFC 6238), each accepted once. For whoever lost it: `accounts_codes.py`."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from web.accounts_store import Account, Accounts, seconds
from web.accounts_tables import account, recovery_code, unseen_codes

STEP = 30
ISSUER = "Liandong"


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


def take_over(connection: Connection, accounts: Accounts, person: str, secret: str, step: int) -> None:
    """From now on the codes of this app count, from the next one on."""
    changed = {"totp": accounts.keys.seal(person, secret), "totp_spent": step}
    connection.execute(update(account).where(account.c.person == person).values(changed))


def is_app(connection: Connection, accounts: Accounts, person: str, secret: str) -> bool | None:
    """Whether this is the app whose codes count; None: there is no app."""
    sealed = connection.execute(select(account.c.totp).where(account.c.person == person)).scalar()
    return hmac.compare_digest(accounts.keys.unseal(person, sealed), secret) if sealed else None


def remove(accounts: Accounts, person: str) -> None:
    """No second factor any more."""
    with accounts.write() as connection:
        connection.execute(update(account).where(account.c.person == person).values(totp=None))
        for table in (recovery_code, unseen_codes):
            connection.execute(delete(table).where(table.c.person == person))
