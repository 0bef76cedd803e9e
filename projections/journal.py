"""The journal of the months: its tables, and how a line is written. What writes lines is told in `months.py`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.events import Recorded
from ledger.projection import Projection, Rows

tables = MetaData()
month_line = Table(
    "month_line",
    tables,
    Column("position", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("month", Text, nullable=False),
    Column("day", Text),
    Column("organisation", Text),
    Column("measure", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("person", Text),  # empty where heads were counted and not names
    Column("place", Text),
    Column("household", Text),
    Column("thing", Text, nullable=False),  # the stream that it is about
    Column("basis", Text),
    Column("sealed", Integer, default=0),
)
claim = Table(
    "claim",
    tables,
    Column("bulletin", Text, primary_key=True),
    Column("figure", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("organisation", Text),
    Column("section", Text),
    Column("value", Integer, nullable=False),
    Column("unit", Text),
    Column("what", Text),
    Column("measure", Text),
    Column("as_of", Text),
)
bulletin = Table(
    "bulletin",  # what was published about a month; its figures are claims
    tables,
    Column("record", Text, primary_key=True),
    Column("period", Text),
    Column("organisation", Text),
    Column("title", Text),
    Column("issue", Text),
    Column("position", Integer, nullable=False),
)
identity = Table(
    "identity",  # what is known about files being one person, by position: flagged, dismissed, merged
    tables,
    Column("position", Integer, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("persons", Text, nullable=False),  # ids joined by a blank
)
counted = Table(
    "month_counted",  # what stands in the journal for a thing at present, so that a later event can take it back
    tables,
    Column("thing", Text, primary_key=True),
    Column("month", Text),
    Column("day", Text),
    Column("organisation", Text),
    Column("measure", Text),
    Column("amount", Integer, default=0),
    Column("minutes", Integer, default=0),
    Column("person", Text),
    Column("place", Text),
    Column("household", Text),
    Column("sealed", Integer, default=0),
)
Index("month_line_month", month_line.c.month, month_line.c.measure)
Index("bulletin_period", bulletin.c.period)
Index("claim_period", claim.c.period)
projection = Projection("months", 3, month_line, claim, bulletin, identity, counted, weight=4)


def write(
    rows: Rows, r: Recorded[Any], measure: str, amount: int, day: str, part: int = 0, *,
    organisation: str | None, person: str | None = None, place: str | None = None, household: str | None = None,
    thing: str | None = None, sealed: int = 0,
) -> None:  # fmt: skip
    """A line of the journal; `day` may be a month where no more is known."""
    if amount:
        rows.append(
            month_line, r.position, part, day[:7], day if len(day) > 7 else None, organisation, measure, amount,
            person, place, household, thing or r.originator_id, r.basis, sealed,
        )  # fmt: skip
