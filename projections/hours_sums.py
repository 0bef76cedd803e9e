"""What volunteer hours add up to, by month, state and grade: of a person or of organisations, now or as of any position."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from ledger.prepared import Prepared
from projections.hours_journal import files, hours_line, hours_tally, person_tally

STATES = ("proposed", "confirmed", "posted", "objected", "credited")
"""In the order in which an entry passes through them; a voided one counts nowhere."""
GRADES = ("A", "B", "C")


class Sum(msgspec.Struct, frozen=True):
    """So many minutes in so many entries, of one month, state and grade: never merged over grades silently."""

    month: str
    state: str
    grade: str
    minutes: int
    entries: int


def _sums(table: Any, *where: Any) -> Select[Any]:
    """Sums by month, state and grade over a tally or the journal, of the lines that these conditions choose."""
    by = (table.c.month, table.c.state, table.c.grade)
    entries = func.sum(table.c.entries)
    return (
        select(*by, func.sum(table.c.minutes), entries).where(*where).group_by(*by).having(entries != 0).order_by(*by)
    )


_until = hours_line.c.position <= bindparam("position")
_organisations: Any = bindparam("organisations", expanding=True)
_tallied, _journalled = hours_tally.c.organisation.in_(_organisations), hours_line.c.organisation.in_(_organisations)
_tally = _sums(hours_tally, _tallied)
_tally_of_month = _sums(hours_tally, _tallied, hours_tally.c.month == bindparam("month"))
_journal = _sums(hours_line, _journalled, _until)
_journal_of_month = _sums(hours_line, _journalled, _until, hours_line.c.month == bindparam("month"))
_tally_of = Prepared(_sums(person_tally, person_tally.c.person.in_(files)))
_person_until = _sums(hours_line, hours_line.c.person.in_(files), _until)
_lines = (
    select(hours_line)
    .where(
        hours_line.c.organisation.in_(bindparam("organisations", expanding=True)),
        hours_line.c.month == bindparam("month"),
        _until,
    )
    .order_by(hours_line.c.position, hours_line.c.part)
)


def tally_of(connection: Connection, person: str, until: int | None = None) -> list[Sum]:
    """What a person's entries add up to, by month, state and grade; with `until` as of that position of the log."""
    if until is not None:
        return [Sum(*row) for row in connection.execute(_person_until, {"person": person, "position": until})]
    return [Sum(*row) for row in _tally_of.rows(connection, person=person)]


def tally_under(
    connection: Connection, organisations: Collection[str], *, month: str | None = None, until: int | None = None
) -> list[Sum]:
    """What the entries of these organisations add up to, by month, state and grade; with `until` as of that position."""
    values: dict[str, Any] = {"organisations": list(organisations), "month": month, "position": until}
    now, then = (_tally_of_month, _journal_of_month) if month else (_tally, _journal)
    statement = now if until is None else then
    return [Sum(*row) for row in connection.execute(statement, {k: v for k, v in values.items() if v is not None})]


class Line(msgspec.Struct, frozen=True):
    """A line of the journal: the event at `position` moved so many minutes into (or, negative, out of) a state."""

    position: int
    part: int
    person: str
    organisation: str
    month: str
    state: str
    grade: str
    minutes: int
    entries: int


def lines(connection: Connection, organisations: Collection[str], month: str, until: int = 1 << 62) -> list[Line]:
    """The journal of a month: which events the sums are made of."""
    values = {"organisations": list(organisations), "month": month, "position": until}
    return [Line(*row) for row in connection.execute(_lines, values)]


def total(sums: Iterable[Sum], *states: str) -> int:
    """Minutes in these states (all that count where none is given), over all grades."""
    wanted = states or STATES
    return sum(one.minutes for one in sums if one.state in wanted)
