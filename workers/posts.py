"""Mails that are due: who is written to, what stands in the letter, and what became of it."""

from __future__ import annotations

from datetime import datetime

from ledger.log import Ledger
from ledger.views import Views
from projections import contacts, enrolments
from projections.deliveries import Delivery
from projections.enrolments import Commitment
from workers.letters import News, write
from workers.mail import Session, compose
from workers.tongues import ZH

KINDS = tuple(ZH.kinds)
STATES = {
    "reminder": ("accepted",), "promotion": ("accepted",), "acceptance": ("accepted",), "displacement": ("waiting",),
    "queueing": ("waiting",), "rejection": ("rejected", "unseated"), "cancellation": ("released",), "removal": ("withdrawn",),
}  # fmt: skip
"""In which state somebody is to whom a letter is still news."""


def send(ledger: Ledger, views: Views, one: Delivery, session: Session | None, now: datetime) -> str:
    """Write the letter and hand it over; the outcome. Raises ChannelDown, Refused."""
    with views.read() as connection:
        place = enrolments.of_person_in(connection, one.person, [one.slot]).get(one.slot)
        if place is None or place.state not in STATES[one.kind]:
            return "moot"
        contact = contacts.find(connection, ledger, one.person)
        if contact is None or not contact.email:
            return "nobody"
        if session is None:
            return "no_channel"
        news = news_of(ledger, place, one, contact.name, session.channel.link)
    letter = write(one.kind, news, contact.language)
    session.send(compose(letter, one.key, session.channel.sender, contact.email, now))
    return "done"


def news_of(ledger: Ledger, place: Commitment, one: Delivery, name: str, site: str) -> News:
    """What the letter speaks of, as it stands now; a reminder has no reason, everything else may."""
    cause = ledger.at([int(one.key.rpartition("-")[2])])[0]
    return News(
        name=name,
        title=place.title,
        starts=place.starts,
        ends=place.ends,
        side=place.side,
        venue=place.venue,
        place=place.place,
        deadline=place.deadline or place.starts,
        reason=None if one.kind == "reminder" else cause.reason,
        link=f"{site}/activities/{place.activity}" if site else None,
    )
