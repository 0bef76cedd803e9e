"""Passkeys (WebAuthn): a key pair on somebody's device, opened with a finger or a PIN; so one passkey is both factors.

The challenge travels through the page, sealed, and works once and for five minutes. The library is imported where it is
needed, because it takes a third of a second.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from web.accounts_store import Accounts, seconds
from web.accounts_tables import passkey

Ask = Literal["create", "get"]
LASTS = 300
NONSENSE = (ValueError, KeyError, TypeError, RecursionError)
"""What an answer that no browser gave leads to; the last one, where it is nested thousands of times."""


class KnownAlready(Exception):
    """A passkey of this id is somebody's."""


class Site(NamedTuple):
    """Where passkeys belong: the host's name, and the address that the browser shows."""

    host: str
    origin: str


class Passkey(NamedTuple):
    """A passkey; `label` is what its owner calls it."""

    id: str
    person: str
    public_key: bytes
    sign_count: int
    label: str
    added: int
    used: int | None


def challenge(accounts: Accounts, ask: Ask, at: datetime) -> tuple[bytes, str]:
    """A new challenge, and the same sealed for the way through the page."""
    fresh = secrets.token_bytes(32)
    return fresh, accounts.keys.seal(f"passkey {ask}", f"{seconds(at)} {fresh.hex()}").hex()


def spend(accounts: Accounts, ask: Ask, sealed: str, at: datetime) -> bytes | None:
    """The challenge that was sealed, once; None where it is used, old, or not ours."""
    from cryptography.exceptions import InvalidTag

    try:
        made, fresh = accounts.keys.unseal(f"passkey {ask}", bytes.fromhex(sealed)).split()
    except (InvalidTag, ValueError):
        return None
    now = seconds(at)
    if not 0 <= now - int(made) < LASTS:
        return None
    return bytes.fromhex(fresh) if accounts.first_time(fresh, now, int(made) + LASTS) else None


def creation(accounts: Accounts, site: Site, person: str, name: str, fresh: bytes) -> str:
    """What the browser is asked to make, as JSON; not on a device that has one for this person."""
    from webauthn import base64url_to_bytes, generate_registration_options, options_to_json
    from webauthn.helpers import structs

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="联动",
        user_name=name,
        user_id=bytes.fromhex(accounts.keys.blind("passkey", person)),
        challenge=fresh,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in of_person(accounts, person)
        ],
    )
    return options_to_json(options)


def request_for(site: Site, fresh: bytes) -> str:
    """What the browser is asked to sign, as JSON: with any passkey for this site."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    required = UserVerificationRequirement.REQUIRED
    return options_to_json(
        generate_authentication_options(rp_id=site.host, challenge=fresh, user_verification=required)
    )


def made(site: Site, person: str, label: str, answer: str, fresh: bytes, at: datetime) -> Passkey | None:
    """The passkey that the browser made, once its answer is checked."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=fresh,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *NONSENSE):
        return None
    key = bytes_to_base64url(found.credential_id), person, found.credential_public_key, found.sign_count
    return Passkey(*key, label, seconds(at), None)


@contextmanager
def adding(accounts: Accounts, key: Passkey) -> Iterator[Connection]:
    """Keep a passkey after the body, in which it is written down under the lock of the accounts. Raises KnownAlready first."""
    with accounts.write() as connection:
        if connection.execute(select(passkey.c.id).where(passkey.c.id == key.id)).first():
            raise KnownAlready
        yield connection
        connection.execute(insert(passkey).values(key._asdict()))


def owner(accounts: Accounts, site: Site, answer: str, fresh: bytes, at: datetime) -> str | None:
    """Whose passkey signed the challenge; None where none did."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    found = by_id(accounts, id_in(answer))
    if found is None:
        return None
    try:
        checked = verify_authentication_response(
            credential=answer,
            expected_challenge=fresh,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, *NONSENSE):
        return None
    changed = {"sign_count": checked.new_sign_count, "used": seconds(at)}
    with accounts.write() as connection:
        connection.execute(update(passkey).where(passkey.c.id == found.id).values(changed))
    return found.person


def id_in(answer: str) -> str:
    """Which passkey the browser says it used."""
    try:
        told: Any = json.loads(answer)
    except NONSENSE:
        return ""
    return str(told.get("id", "")) if isinstance(told, dict) else ""


def by_id(accounts: Accounts, passkey_id: str) -> Passkey | None:
    """The passkey of this id."""
    with accounts.read() as connection:
        row = connection.execute(select(passkey).where(passkey.c.id == passkey_id)).first()
    return Passkey._make(row) if row else None


def of_person(accounts: Accounts, person: str) -> list[Passkey]:
    """Somebody's passkeys, the oldest first."""
    query = select(passkey).where(passkey.c.person == person).order_by(passkey.c.added)
    with accounts.read() as connection:
        return [Passkey._make(row) for row in connection.execute(query)]


def remove(connection: Connection, person: str, passkey_id: str) -> bool:
    """Take a passkey away; whether there was one."""
    mine = (passkey.c.id == passkey_id) & (passkey.c.person == person)
    return connection.execute(delete(passkey).where(mine)).rowcount > 0
