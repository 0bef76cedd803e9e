"""What a provider's word is worth here: whom it lets in for the first time, whose addresses count, when it was two factors."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from domain.accounts import Factor
from projections import contacts, organisations
from web import access
from web import accounts_links as links
from web import accounts_providers as providers
from web.accounts_providers import Provider
from web.accounts_store import accounts
from web.house import house, now, reader
from web.id_tokens import is_strong


def invited(token: str) -> str | None:
    """Whose invitation this is, while it works."""
    link = links.find(accounts(), token, now())
    if link is None or link.purpose != "invitation" or access.load_viewer(link.person) is None:
        return None
    return link.person


def may_open(connection: Connection, person: str, invitation: str) -> bool:
    """Whether an account there may still open one here, asked under the lock of the accounts: for the invitation, which is
    used up with what it leads to, else only where nobody opened an account since it was looked for.
    """
    if invitation:
        return links.spend_within(connection, links.Link(person, "invitation"), invitation)
    return accounts().find(person) is None


def known_by_mail(found: Provider, claims: dict[str, Any]) -> str | None:
    """Who of this very organisation is written to at the address that its provider has checked, and has no account yet; never
    whoever has a role that asks for a second factor, because colleagues may have written that address.
    """
    keys = house().ledger.keys
    if not found.domains or keys is None:
        return None
    files = contacts.addressed(reader(), keys.blinds(str(claims["email"])))
    viewer = access.load_viewer(files[0]) if len(files) == 1 else None
    if viewer is None or viewer.needs_second or accounts().find(viewer.person) is not None:
        return None
    held = {organisation for _, organisation in viewer.roles if organisation}
    return viewer.person if held and held <= organisations.under(reader(), [found.organisation]) else None


def is_enough(found: Provider, person: str, subject: str) -> bool:
    """Whether the account there may open this one: what an address alone linked does not open a role that asks for a second
    factor, which somebody may have got since.
    """
    viewer = access.load_viewer(person)
    return viewer is None or not viewer.needs_second or not providers.is_by_mail(accounts(), found, subject)


def is_allowed(found: Provider, claims: dict[str, Any]) -> bool:
    """Whether the provider's word about this person counts: where mail domains are named, for checked addresses in them."""
    if not found.domains:
        return True
    domain = str(claims.get("email", "")).rpartition("@")[2].casefold()
    return claims.get("email_verified") is True and domain in found.domains


def second_of(found: Provider, person: str, claims: dict[str, Any]) -> Factor | None:
    """The second factor, where the provider says that it asked for one and may say so: no organisation answers for what
    somebody sees of another that does not stand below it, in whatever office.
    """
    viewer = access.load_viewer(person)
    return "provider" if viewer and is_strong(claims) and viewer.is_within([found.organisation]) else None
