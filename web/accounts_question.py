"""What the pages ask a browser about passkeys, for this site's address."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from web import accounts_passkeys as passkeys
from web.accounts_store import accounts
from web.house import now


def site() -> passkeys.Site:
    """This site, as the browser's address line shows it."""
    origin = request.host_url.rstrip("/")
    return passkeys.Site(urlsplit(origin).hostname or "", origin)


def to_sign() -> dict[str, str]:
    """For the sign-in page: what to sign, and the challenge sealed."""
    fresh, sealed = passkeys.challenge(accounts(), "get", now())
    return {"options": passkeys.request_for(site(), fresh), "sealed": sealed}


def to_make(person: str, name: str) -> dict[str, str]:
    """For the page of a new passkey: what to make, and the challenge sealed."""
    fresh, sealed = passkeys.challenge(accounts(), "create", now())
    return {"options": passkeys.creation(accounts(), site(), person, name, fresh), "sealed": sealed}
