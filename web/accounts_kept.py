"""Forms that were sent after their session ended: kept sealed for a while, for whoever typed them, until they are back.

The browser's cookie says which one is its own; only the person who typed it is shown it. Passwords and files are not kept.
"""

from __future__ import annotations

import json
from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, insert, select

from web.accounts_secrets import digest, new_token
from web.accounts_store import Accounts, seconds
from web.accounts_tables import kept_form
from web.kept import Kept

LASTS = 3600
"""Seconds in which one signs in again, a forgotten password included."""
MOST_BYTES = 64 * 1024
MOST_FORMS = 5
"""So many of a person's are kept, the newest: whoever sends many fills nothing."""


def keep(accounts: Accounts, form: Kept, at: datetime) -> str | None:
    """Keep a form; the token by which its browser finds it, None where it is too large."""
    text, now, token = json.dumps([form.action, form.fields]), seconds(at), new_token()
    if len(text.encode()) > MOST_BYTES:
        return None
    mine = select(kept_form.c.token).where(kept_form.c.person == form.person).order_by(kept_form.c.until.desc())
    with accounts.write() as connection:
        connection.execute(delete(kept_form).where(kept_form.c.until <= now))
        older = list(connection.execute(mine.offset(MOST_FORMS - 1)).scalars())
        connection.execute(delete(kept_form).where(kept_form.c.token.in_(older)))
        sealed = accounts.keys.seal(f"kept {form.person}", text)
        row = {"token": digest(token), "person": form.person, "form": sealed, "until": now + LASTS}
        connection.execute(insert(kept_form).values(row))
    return token


def find(accounts: Accounts, token: str, person: str, at: datetime) -> Kept | None:
    """The form of this token, for the person who typed it only."""
    query = select(kept_form.c.form).where(
        kept_form.c.token == digest(token), kept_form.c.person == person, kept_form.c.until > seconds(at)
    )
    with accounts.read() as connection:
        sealed = connection.execute(query).scalar()
    if sealed is None:
        return None
    try:
        action, fields = json.loads(accounts.keys.unseal(f"kept {person}", sealed))
    except InvalidTag:  # the key of the accounts is another one now
        return None
    return Kept(person, action, [(name, value) for name, value in fields])
