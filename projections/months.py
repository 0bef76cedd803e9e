"""The figures of a month as a journal: every event that moves a figure is a line, so a figure opens into its events, as of any position."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

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
identity = Table(
    "identity",  # what is known about files being one person, by position: flagged, dismissed, merged
    tables,
    Column("position", Integer, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("persons", Text, nullable=False),  # ids joined by a blank
)
Index("month_line_month", month_line.c.month, month_line.c.measure)
Index("claim_period", claim.c.period)
projection = Projection("months", 1, month_line, claim, identity)
