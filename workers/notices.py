"""Mails about an account: where they go, what stands in them, and the way back in that is made when one is sent.

What a link holds is never in the log nor in the outbox: the accounts make it at the moment of sending and keep its hash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from ledger.log import Ledger
from ledger.views import Views
from projections import contacts
from projections.deliveries import Delivery
from projections.moments import local
from projections.notices import contact_before
from workers.account_tongues import ACCOUNT_TONGUES, ZH
from workers.letters import Letter
from workers.mail import Session, compose
from workers.tongues import TONGUES

KINDS = tuple(ZH.kinds)
SETTLED = timedelta(days=1)
"""How long an address must have stood in a file before it brings anybody back in: time for word of it to reach the old one."""


class Doors(Protocol):
    """What workers ask the accounts; `position`: of the event that caused the mail."""

    def has_account(self, person: str) -> bool:
        """Whether this person can sign in."""

    def address(self, person: str) -> str | None:
        """The e-mail address that somebody signs in with."""

    def address_before(self, person: str, position: int) -> str | None:
        """The one that they signed in with until then."""

    def way_back(self, person: str, at: datetime) -> str:
        """The path of a new link that works once and for half an hour."""


def send(
    ledger: Ledger, views: Views, doors: Doors | None, one: Delivery, session: Session | None, now: datetime
) -> str:
    """Write the letter and hand it over; the outcome. Raises ChannelDown, Refused."""
    if doors is None or not doors.has_account(one.person):
        return "moot"
    with views.read() as connection:
        contact = contacts.find(connection, ledger, one.person)
        before = contact_before(connection, one.person, position_of(one)) if one.kind == "address_changed" else None
    if contact is None:
        return "moot"
    if one.kind == "address_changed":
        address = contacts.address_at(ledger, before)
        if address is None or address == contacts.address_at(ledger, position_of(one)):
            return "moot"
    else:
        address = address_for(doors, one, contact, now)
    if not address:
        return "nobody"
    if session is None or (one.kind == "way_back" and not session.channel.link):
        return "no_channel"
    letter = write(one, contact, session.channel.link, doors, now)
    session.send(compose(letter, one.key, session.channel.sender, address, now))
    return "done"


def position_of(one: Delivery) -> int:
    """The position of the event that caused it."""
    return int(one.key.rpartition("-")[2])


def address_for(doors: Doors, one: Delivery, contact: contacts.Contact, now: datetime) -> str | None:
    """Where a letter goes: word of new names to the address that one signed in with before; a way back to the one that
    only the password changes, else to one that stands in the file for a day; everything else to the file's.
    """
    if one.kind == "way_back":
        stands = contact.since is None or contact.since <= local(now - SETTLED)
        return doors.address(one.person) or (contact.email if stands else None)
    former = doors.address_before(one.person, position_of(one)) if one.kind == "names_changed" else None
    return former or contact.email or doors.address(one.person)


def write(one: Delivery, contact: contacts.Contact, site: str, doors: Doors, now: datetime) -> Letter:
    """The letter of this kind in the person's language."""
    general, tongue = TONGUES[contact.language], ACCOUNT_TONGUES[contact.language]
    subject, text, advice = tongue.kinds[one.kind]
    path = doors.way_back(one.person, now) if one.kind == "way_back" else "/account"
    return Letter(
        general,
        subject,
        general.greeting.format(name=contact.name),
        text,
        ((tongue.when, f"{general.day(one.due)} {one.due[11:16]}"),),
        advice,
        f"{site}{path}" if site else None,
        link_words=tongue.way_back if one.kind == "way_back" else tongue.account,
        foot=tongue.foot,
    )
