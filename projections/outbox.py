"""What is due, and when: mails to people and acts of the system, derived from the log and from nothing else.

At most one row stands for each aspect of a thing, so what comes later takes the place of what is no longer wanted: whoever
leaves is not reminded, whoever was promoted and then displaced reads the last word. What became of a row is kept
elsewhere (`deliveries.py`), under its key: its kind and the position that caused it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, Row, Table, Text, select
from sqlalchemy.engine import Connection

from domain.activities import SlotAdded, SlotCancelled, SlotClosed, SlotReopened
from domain.deliveries import Retried
from domain.enrolments import Accepted, Displaced, Promoted, Rejected, Released, Requested, Waitlisted, Withdrawn
from domain.hours import Adjusted, Confirmed, Credited, Objected, Posted, Upheld, Voided
from domain.words import ZONE, Due, end_of_day
from ledger.events import Event, Recorded
from ledger.projection import Projection, Rows
from ledger.views import positions
from projections.moments import local

tables = MetaData()
due = Table(
    "due",
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True, default=""),  # "": the whole slot
    Column(
        "aspect", Text, primary_key=True
    ),  # reminder, news, hours, absence; its own key where nothing takes its place
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("organisation", Text),
    Column("due", Text),  # local wall time; empty while an objection is open
    Column("held", Text),  # when it was due before the objection
    Column("until", Text),  # from then on it is pointless
    Column("cause", Integer, nullable=False),  # the position that made it due
    Column("asked", Integer, nullable=False),  # the last position that asked for it: `cause`, or a retry
)
due_slot = Table(
    "due_slot",  # when slots are, for events that do not say it
    tables,
    Column("slot", Text, primary_key=True),
    Column("organisation", Text),
    Column("starts", Text, nullable=False),
    Column("ends", Text),
)
due_address = Table(
    "due_address",  # who is written to somewhere
    tables,
    Column("person", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)
Index("due_asked", due.c.asked)
Index("due_key", due.c.key)
projection = Projection("outbox", 2, due, due_slot, due_address)

LIVE = frozenset({"web", "kiosk", "qr", "command", "system"})
"""Nothing follows from what was taken over from old records or made up for a demonstration."""
NOTICE = timedelta(hours=24)
"""How long before a slot people are reminded of it."""
FRESH = timedelta(days=3)
"""How long news is worth telling, at most."""
GRACE = timedelta(days=3)
"""How long after a slot its organiser has time to note who came, before the system takes them for absent."""
ASPECTS: dict[Due, str] = {
    "reminder": "reminder", "promotion": "news", "displacement": "news", "acceptance": "news", "queueing": "news",
    "rejection": "news", "cancellation": "news", "removal": "news", "posting": "hours", "crediting": "hours",
    "absence": "absence",
}  # fmt: skip
"""Which place a kind takes: one row for each of a thing."""

NEVER = {"organisation": None, "starts": "1970-01-01T00:00:00", "ends": None}
"""A slot of which the log says nothing: whatever it was is over."""


def put(rows: Rows, r: Recorded[Any], kind: Due, moment: datetime, until: str | None = None) -> None:
    """Something is due at this moment, in the place of whatever was due of its aspect."""
    event = r.event
    rows.put(
        due,
        slot=event.slot,
        person=getattr(event, "person", ""),
        aspect=ASPECTS[kind],
        key=f"{kind}-{r.position}",
        kind=kind,
        organisation=slot_of(rows, event)["organisation"],
        due=local(moment),
        until=until,
        cause=r.position,
        asked=r.position,
    )


def slot_of(rows: Rows, event: Any) -> dict[str, Any]:
    """What is known of the event's slot."""
    return rows.get(due_slot, event.slot) or NEVER


def drop(rows: Rows, event: Any, aspect: str) -> None:
    """Nothing of this aspect is due any more."""
    place = (event.slot, getattr(event, "person", ""), aspect)
    if rows.get(due, *place):
        rows.delete(due, *place)


@projection.on(SlotAdded)
def slot_added(rows: Rows, r: Recorded[SlotAdded]) -> None:
    """Whoever has a seat and is not checked in some days after the end was absent."""
    e = r.event
    rows.put(due_slot, slot=e.slot, organisation=e.organisation, starts=local(e.starts), ends=e.ends and local(e.ends))
    if e.ends and r.source in LIVE:
        put(rows, r, "absence", e.ends + GRACE)


@projection.on(SlotReopened)
def slot_reopened(rows: Rows, r: Recorded[SlotReopened]) -> None:
    """Open for correction, with as many days for it."""
    if r.source in LIVE:
        put(rows, r, "absence", r.recorded + GRACE)


@projection.on(SlotCancelled, SlotClosed)
def slot_over(rows: Rows, r: Recorded[SlotCancelled | SlotClosed]) -> None:
    """Its lists are complete, or it does not take place."""
    drop(rows, r.event, "absence")


NEWS: dict[type[Event], Due] = {
    Accepted: "acceptance", Waitlisted: "queueing", Promoted: "promotion", Displaced: "displacement",
    Rejected: "rejection", Withdrawn: "removal", Released: "cancellation",
}  # fmt: skip


@projection.on(*NEWS)
def listed(rows: Rows, r: Recorded[Any]) -> None:
    """Somebody's place in a slot changed: they are told unless they did it themselves, and reminded while they have a seat.

    Whoever comes onto the list had no reminder, and what was said before is judged by their state when it is sent: a rush
    of sign-ups reads nothing for each.
    """
    kind, starts = NEWS[type(r.event)], slot_of(rows, r.event)["starts"]
    begins = datetime.fromisoformat(starts).replace(tzinfo=ZONE)
    is_live = r.source in LIVE and r.recorded < begins
    if is_live and r.actor != r.event.person:
        put(rows, r, kind, r.recorded, min(starts, local(r.recorded + FRESH)))
    elif kind not in ("acceptance", "queueing"):
        drop(rows, r.event, "news")
    if is_live and kind in ("acceptance", "promotion") and r.recorded < begins - NOTICE:
        put(rows, r, "reminder", begins - NOTICE, starts)
    elif kind in ("displacement", "removal", "cancellation"):
        drop(rows, r.event, "reminder")


@projection.on(Requested)
def asked(rows: Rows, r: Recorded[Requested]) -> None:
    """Asked once more: what was said about an earlier request is old."""
    drop(rows, r.event, "news")


@projection.on(Confirmed)
def confirmed(rows: Rows, r: Recorded[Confirmed]) -> None:
    """Posted with the next day's list, so that a slip can be put right on the day itself."""
    if r.source in LIVE:
        put(rows, r, "posting", end_of_day(r.recorded))


@projection.on(Posted)
def posted(rows: Rows, r: Recorded[Posted]) -> None:
    """Credited when the last day of the notice is over."""
    if r.source in LIVE:
        put(rows, r, "crediting", first_instant(r.event.until + timedelta(days=1)))
    else:
        drop(rows, r.event, "hours")


def first_instant(day: date) -> datetime:
    """Midnight at the beginning of a local day."""
    return datetime.combine(day, time(), ZONE)


@projection.on(Objected)
def objected(rows: Rows, r: Recorded[Objected]) -> None:
    """An open objection stops what would come next."""
    row = rows.get(due, r.event.slot, r.event.person, "hours")
    if row and row["due"]:
        rows.change(due, r.event.slot, r.event.person, "hours", due=None, held=row["due"])


@projection.on(Upheld, Adjusted)
def settled(rows: Rows, r: Recorded[Upheld | Adjusted]) -> None:
    """The objection is answered: what was stopped goes on, at once where its time has passed."""
    row = rows.get(due, r.event.slot, r.event.person, "hours")
    if row and row["held"]:
        again = {"key": f"{row['kind']}-{r.position}", "cause": r.position, "asked": r.position}
        rows.change(due, r.event.slot, r.event.person, "hours", due=row["held"], held=None, **again)


@projection.on(Credited, Voided)
def settled_for_good(rows: Rows, r: Recorded[Credited | Voided]) -> None:
    """Nothing comes next."""
    drop(rows, r.event, "hours")


@projection.on(Retried)
def retried(rows: Rows, r: Recorded[Retried]) -> None:
    """Asked for again; what something later took the place of stays as it is."""
    place = (r.event.slot, r.event.person or "", ASPECTS.get(r.event.kind, r.event.delivery))
    row = rows.get(due, *place)
    if row and row["key"] == r.event.delivery:
        rows.change(due, *place, asked=r.position)


def taken_over(connection: Connection, after: int, most: int) -> Sequence[Row[Any]]:
    """Rows that were asked for behind a position and are due some day, in that order."""
    query = select(due).where(due.c.asked > after, due.c.due.is_not(None)).order_by(due.c.asked, due.c.key)
    return connection.execute(query.limit(most)).all()


def asked_for(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """Which of these keys still stand, because nothing came later that took their place, and who asked for them last."""
    query = select(due.c.key, due.c.asked).where(due.c.key.in_(keys), due.c.due.is_not(None))
    return {row.key: row.asked for row in connection.execute(query)} if keys else {}


def generation(connection: Connection) -> int:
    """Which building of the read model this is; another one may hold rows that the one before did not."""
    return connection.scalar(select(positions.c.generation).where(positions.c.name == projection.name)) or 0
