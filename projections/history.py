"""The history of every thing: which events speak of it, by whom, when and from where; the filters of the audit page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, select, union
from sqlalchemy.engine import Connection

import domain  # noqa: F401  # registers every event, so that none is without a history
from domain.activities import Drafted, SlotAdded
from domain.receipts import Received
from ledger.events import TOPICS, Event, Recorded
from ledger.projection import Projection, Rows
from projections.moments import local

tables = MetaData()
entry = Table(
    "entry",
    tables,
    Column("position", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("organisation", Text),  # for which the actor acted
    Column("owner", Text),  # whose thing it is: the event's own organisation, or that of its slot or activity
    Column("source", Text, nullable=False),
    Column("occurred", Text),  # local wall time, empty where nobody knows
    Column("precision", Text),
    Column("recorded", Text, nullable=False),
    Column("late", Integer, default=0),  # minutes between the last instant it can have happened and its recording
    Column("sealed", Integer, default=0),  # a service that never stands beside a name
)
mention = Table(
    "mention",  # thing: a tag such as person:p1, slot:a1.1, activity:a1, organisation:u; never the event's own stream
    tables,
    Column("thing", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
owner = Table(
    "owner",  # whose an activity, a slot or a receipt is, for events that do not say it themselves
    tables,
    Column("thing", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("sealed", Integer, default=0),
)
Index("entry_actor", entry.c.actor)
Index("entry_organisation", entry.c.organisation)
Index("entry_stream", entry.c.stream)
projection = Projection("history", 4, entry, mention, owner, weight=12)

KINDS = {
    "person": "person", "into": "person", "carried": "person", "candidates": "person", "affected": "person",
    "contacts": "person", "about": "person", "reader": "person", "assisted_by": "person", "worker": "person", "by": "person",
    "slot": "slot", "slots": "slot", "activity": "activity", "organisation": "organisation", "parent": "organisation",
    "buyer": "organisation",
    "provider": "organisation",
}  # fmt: skip
"""Which thing a field of an event names."""

SLACK = {"day": timedelta(days=1), "month": timedelta(days=31)}
"""How much later than `occurred` a fact of that precision can have happened."""

REMEMBERED: dict[Any, str] = {Drafted: "activity", SlotAdded: "slot", Received: "stream"}
"""Events that say whose a thing is, and where its name stands."""

Naming = Callable[[Event], list[str]]


def naming(event_type: type[Event]) -> Naming:
    """A function that tells which things an event of this type speaks of; field names are looked up once, not per event."""
    fields = [(f"{KINDS[name]}:", name) for name in event_type.__struct_fields__ if name in KINDS]

    def things(event: Event) -> list[str]:
        found = []
        for prefix, name in fields:
            value: Any = getattr(event, name)
            if not value:
                continue
            if type(value) is str:
                found.append(prefix + value)
            else:
                found.extend([prefix + one for one in value])
        return found

    return things


BELONGING: dict[type[Event], tuple[bool, list[str]]] = {
    event_type: (
        "organisation" in event_type.__struct_fields__,
        [name for name in ("slot", "activity") if name in event_type.__struct_fields__],
    )
    for event_type in TOPICS.values()
}
"""Whether an event says whose its thing is, and the fields by which it is known else."""
NAMING: dict[type[Event], Naming] = {event_type: naming(event_type) for event_type in TOPICS.values()}


@projection.on(*TOPICS.values())
def note(rows: Rows, r: Recorded[Any]) -> None:
    """One line, and a mention for everything that the event's fields name; its stream stands in the line.

    Whoever came to a sealed service is not mentioned.
    """
    event, position, stream = r.event, r.position, r.originator_id
    organisation, sealed = belonging(rows, event, stream)
    occurred, recorded, late = r.occurred, r.recorded, lateness(r.occurred, r.precision, r.recorded)
    rows.append(
        entry, position, event.topic, stream, r.actor, r.organisation, organisation, r.source,
        local(occurred) if occurred else None, r.precision, local(recorded), late, sealed,
    )  # fmt: skip
    rows.extend(
        mention,
        [
            (thing, position)
            for thing in dict.fromkeys(NAMING[type(event)](event))  # who proposes their own hours is named twice
            if thing != stream and not (sealed and thing.startswith("person:"))
        ],
    )


def belonging(rows: Rows, event: Any, stream: str) -> tuple[str | None, int]:
    """Whose thing the event is about, and whether it is sealed. What later events do not repeat is remembered."""
    named, places = BELONGING[type(event)]
    organisation: str | None = event.organisation if named else None
    if organisation is not None:
        thing = REMEMBERED.get(type(event))
        sealed = int(getattr(event, "sealed", False))
        if thing:
            name = stream if thing == "stream" else getattr(event, thing)
            rows.put(owner, thing=name, organisation=organisation, sealed=sealed)
        return organisation, sealed
    for place in places:
        name = getattr(event, place)
        known = rows.get(owner, name) if name else None
        if known:
            return known["organisation"], known["sealed"]
    known = rows.get(owner, stream)
    return (known["organisation"], known["sealed"]) if known else (None, 0)


def lateness(occurred: datetime | None, precision: str, recorded: datetime) -> int:
    """Minutes between the last instant at which it can have happened and its recording; 0 where nobody knows when it did."""
    if occurred is None or precision in ("before", "after", "unknown"):
        return 0
    gap = recorded - occurred
    if precision in SLACK:
        gap -= SLACK[precision]
    return max(0, gap.days * 1440 + gap.seconds // 60)


class Entry(msgspec.Struct, frozen=True):
    """One line of the audit page; times are local wall times, `late` is in minutes."""

    position: int
    topic: str
    stream: str
    actor: str
    organisation: str | None
    owner: str | None
    source: str
    occurred: str | None
    precision: str | None
    recorded: str
    late: int
    sealed: int


NO_LIMIT = 2**62
_positions = union(
    select(mention.c.position).where(mention.c.thing == bindparam("thing"), mention.c.position <= bindparam("until")),
    select(entry.c.position).where(entry.c.stream == bindparam("thing"), entry.c.position <= bindparam("until")),
).order_by("position")
_entry = select(entry).where(entry.c.position == bindparam("position"))
_of_topic = select(entry.c.position).where(entry.c.topic == bindparam("topic")).order_by(entry.c.position)


def positions_of(connection: Connection, thing: str, until: int | None = None) -> list[int]:
    """Where the log speaks of a thing such as `slot:a1.1`, oldest first, none behind `until`."""
    values = {"thing": thing, "until": NO_LIMIT if until is None else until}
    return list(connection.execute(_positions, values).scalars())


def positions_of_topic(connection: Connection, topic: str) -> list[int]:
    """Where the log holds events of one kind, oldest first."""
    return list(connection.execute(_of_topic, {"topic": topic}).scalars())


def find(connection: Connection, position: int) -> Entry | None:
    """The line of one event."""
    row = connection.execute(_entry, {"position": position}).first()
    return Entry(*row) if row else None
