"""What became of what was due: kept, not derived, in a database that no rebuild touches. Workers write it, a page reads it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, func, inspect, select, update
from sqlalchemy.engine import Connection

from domain.words import Due
from ledger.address import Where
from ledger.database import Database

tables = MetaData()
deliveries = Table(
    "deliveries",
    tables,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("person", Text, nullable=False),  # "": the whole slot
    Column("organisation", Text),
    Column("due", Text, nullable=False),  # local wall times
    Column("until", Text),
    Column("asked", Integer, nullable=False),  # the position that asked for it last
    Column("attempts", Integer, nullable=False, default=0),
    Column(
        "not_before", Text, nullable=False
    ),  # when it is worked on next; while somebody works on it, when they are given up
    Column("outcome", Text),  # empty: not yet
    Column("error", Text),  # why the last attempt failed
    Column("at", Text),  # of the last attempt
)
taken = Table(
    "taken",  # how far the rows of what is due were taken over, of which generation of the read model
    tables,
    Column("name", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
)
_open = deliveries.c.outcome.is_(None)
Index("deliveries_waiting", deliveries.c.not_before, sqlite_where=_open, postgresql_where=_open)
Index("deliveries_outcome", deliveries.c.outcome, deliveries.c.organisation)

OUTCOMES = ("done", "moot", "late", "nobody", "no_channel", "dead")
"""Done; no longer wanted; too late to be of use; nobody to write to; no mail server is set; given up."""
RETRIED = frozenset({"nobody", "no_channel", "dead"})
"""What a person may ask for again once the obstacle is gone."""


def forget(kept: Database, person: str) -> None:
    """Why something could not be done may quote an address; of whoever was forgotten nothing stays."""
    with kept.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.person == person).values(error=None))


class Delivery(msgspec.Struct, frozen=True):
    """One thing that was due; times are local wall times, `attempts` counts from its last taking over."""

    key: str
    kind: Due
    slot: str
    person: str
    organisation: str | None
    due: str
    until: str | None
    asked: int
    attempts: int
    not_before: str
    outcome: str | None
    error: str | None
    at: str | None


def open_kept(where: Where) -> Database:
    """The database in which it is kept, created where there is none."""
    kept = Database(where, "outbox")
    with kept.read() as connection:
        known = inspect(connection).has_table(taken.name)
    if not known:
        with kept.write() as connection:  # two processes that start together must not both create it
            tables.create_all(connection)
    return kept


def find(connection: Connection, key: str) -> Delivery | None:
    """The delivery with this key."""
    row = connection.execute(select(deliveries).where(deliveries.c.key == key)).first()
    return Delivery(*row) if row else None


def of_outcome(
    connection: Connection, outcome: str | None, within: Collection[str] | None, most: int, skip: int = 0
) -> list[Delivery]:
    """Those with this outcome, None: those not done yet; the latest first, the next first where nothing was done yet.

    `within`: of these organisations only, None: of all.
    """
    order = deliveries.c.not_before if outcome is None else deliveries.c.at.desc()
    query = (
        select(deliveries).where(deliveries.c.outcome.is_not_distinct_from(outcome)).order_by(order, deliveries.c.key)
    )
    if within is not None:
        query = query.where(deliveries.c.organisation.in_(within))
    return [Delivery(*row) for row in connection.execute(query.limit(most).offset(skip))]


def counts(connection: Connection, within: Collection[str] | None = None) -> dict[str | None, int]:
    """How many there are of each outcome."""
    query = select(deliveries.c.outcome, func.count()).group_by(deliveries.c.outcome)
    if within is not None:
        query = query.where(deliveries.c.organisation.in_(within))
    return {row[0]: row[1] for row in connection.execute(query)}


def oldest(connection: Connection, now: str) -> str | None:
    """Since when the oldest of those waits that should have been done by now, a local wall time; None: nothing waits."""
    waiting = select(func.min(deliveries.c.due)).where(_open, deliveries.c.not_before <= now)
    found: str | None = connection.scalar(waiting)
    return found


def waits_since(connection: Connection, now: str) -> str | None:
    """Since when the oldest waits that nobody works on and that nothing holds back, a local wall time; None: nothing does."""
    found: str | None = connection.scalar(
        select(func.min(deliveries.c.not_before)).where(_open, deliveries.c.not_before <= now)
    )
    return found
