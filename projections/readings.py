"""Who read a sensitive file, why and until when; who asks to read a sealed or restricted one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Index, Integer, MetaData, Table, Text, bindparam, exists, or_, select
from sqlalchemy.engine import Connection

from domain.person_states import (
    Forgotten,
    OpeningApproved,
    OpeningAsked,
    OpeningRefused,
    OpeningWithdrawn,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitiveRead,
    Unsealed,
)
from ledger.events import Recorded
from ledger.personal import ERASED
from ledger.projection import PERSONAL, Projection, Rows
from projections.moments import local
from projections.spoken import keys_of, note, register_of

tables = MetaData()
reading = Table(
    "reading",
    tables,
    Column("position", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("since", Text, nullable=False),  # local wall times
    Column("until", Text, nullable=False),
    Column("reason", Text, info=PERSONAL),  # of a file that two opened: why it was asked for
)
opening = Table(
    "opening",  # the last time that somebody asked for a file that two open
    tables,
    Column("person", Text, primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("reason", Text, info=PERSONAL),  # why they ask, or why they were refused
    Column("since", Text, nullable=False),
    Column("until", Text),
    Column("answer", Text),  # approved, refused
    Column("position", Integer, nullable=False),
)
protecting = Table(
    "protecting",  # the last time that what protects a file changed: what was asked and opened before is over
    tables,
    Column("person", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)
Index("reading_reader", reading.c.reader, reading.c.until)
reasons = register_of("reading_reasons")
projection = Projection("readings", 5, reading, opening, protecting, reasons)


class Reading(msgspec.Struct, frozen=True):
    """One reading of a sensitive file, local wall times."""

    position: int
    reader: str
    what: str
    since: str
    until: str
    reason: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """Somebody asks to read a sealed or restricted file."""

    person: str
    reader: str
    reason: str | None
    since: str


@projection.on(SensitiveRead)
def was_read(rows: Rows, r: Recorded[SensitiveRead]) -> None:
    e = r.event
    until = local(r.recorded + timedelta(hours=e.hours))
    note(rows, reasons, e.person, f"@{r.position}")
    asked = rows.get(opening, e.person, e.reader) if r.actor != e.reader else None  # two opened it
    rows.put(
        reading,
        position=r.position,
        person=e.person,
        reader=e.reader,
        what=e.what,
        since=local(r.recorded),
        until=until,
        reason=asked["reason"] if asked else r.reason,
    )


@projection.on(OpeningAsked)
def asked(rows: Rows, r: Recorded[OpeningAsked]) -> None:
    note(rows, reasons, r.event.person, r.event.reader)
    rows.put(
        opening,
        person=r.event.person,
        reader=r.event.reader,
        reason=r.reason,
        since=local(r.recorded),
        until=local(r.event.until) if r.event.until else None,
        position=r.position,
    )


@projection.on(OpeningApproved)
def approved(rows: Rows, r: Recorded[OpeningApproved]) -> None:
    rows.change(opening, r.event.person, r.event.reader, answer="approved")


@projection.on(OpeningRefused)
def refused(rows: Rows, r: Recorded[OpeningRefused]) -> None:
    rows.change(opening, r.event.person, r.event.reader, answer="refused", reason=r.reason)


@projection.on(OpeningWithdrawn)
def withdrawn(rows: Rows, r: Recorded[OpeningWithdrawn]) -> None:
    rows.delete(opening, r.event.person, r.event.reader)


@projection.on(Sealed, Unsealed, Restricted, RestrictionLifted)
def begins_anew(rows: Rows, r: Recorded[Sealed | Unsealed | Restricted | RestrictionLifted]) -> None:
    rows.put(protecting, person=r.event.person, position=r.position)


@projection.on(Forgotten)
def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
    """Who read it and when stays; why told something of the person."""
    for file in (r.event.person, *r.event.carried):
        rows.put(protecting, person=file, position=r.position)
        for key in keys_of(rows, reasons, file):
            blank(rows, *((reading, int(key[1:])) if key[0] == "@" else (opening, file, key)))


def blank(rows: Rows, table: Table, *key: Any) -> None:
    """Take out why, where it says so."""
    if (rows.get(table, *key) or {}).get("reason"):
        rows.change(table, *key, reason=ERASED)


def still_holds(table: Table) -> ColumnElement[bool]:
    """Whether a row was written after what protects its file last changed."""
    return ~exists().where(protecting.c.person == table.c.person, protecting.c.position > table.c.position)


_of = (
    select(reading.c.position, reading.c.reader, reading.c.what, reading.c.since, reading.c.until, reading.c.reason)
    .where(reading.c.person == bindparam("person"))
    .order_by(reading.c.position.desc())
)
_open_to = select(reading.c.person, reading.c.what).where(
    reading.c.reader == bindparam("reader"), reading.c.until > bindparam("now"), still_holds(reading)
)
_waiting = (
    select(opening.c.person, opening.c.reader, opening.c.reason, opening.c.since)
    .where(
        opening.c.answer.is_(None),
        or_(opening.c.until.is_(None), opening.c.until > bindparam("now")),
        still_holds(opening),
    )
    .order_by(opening.c.position)
)
_asked = _waiting.where(opening.c.person == bindparam("person"))
_refusal = select(opening.c.reason).where(
    opening.c.person == bindparam("person"),
    opening.c.reader == bindparam("reader"),
    opening.c.answer == "refused",
    still_holds(opening),
)


def of_person(connection: Connection, person: str) -> list[Reading]:
    """Every reading of this file, the latest first."""
    return [Reading(*row) for row in connection.execute(_of, {"person": person})]


def open_to(connection: Connection, reader: str, now: str) -> dict[str, list[str]]:
    """The files that are open to this reader at this local time, each with why it was opened."""
    found: dict[str, list[str]] = {}
    for person, what in connection.execute(_open_to, {"reader": reader, "now": now}):
        found.setdefault(person, []).append(what)
    return found


def asked_for(connection: Connection, person: str, now: str) -> list[Asked]:
    """Who asks at this local time to read this file."""
    return [Asked(*row) for row in connection.execute(_asked, {"person": person, "now": now})]


def waiting(connection: Connection, now: str) -> list[Asked]:
    """Every asking that counts at this local time, the oldest first."""
    return [Asked(*row) for row in connection.execute(_waiting, {"now": now})]


def refusal(connection: Connection, person: str, reader: str) -> str | None:
    """Why this reader was not let, where nothing came of it since."""
    return connection.scalar(_refusal, {"person": person, "reader": reader})
