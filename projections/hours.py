"""Volunteer hours: every entry, the journal of its minutes, and tallies by organisation and month."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
hours = Table(
    "hours",
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("before", Text),  # the state that an objection interrupted
    Column("grade", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("basis", Text),
    Column("proposer", Text),
    Column("confirmer", Text),
    Column("until", Text),  # last day of the notice
    Column("objection", Text),
    Column("objection_minutes", Integer),
    Column("changed", Integer),  # position of the last event
)
hours_line = Table(
    "hours_line",  # a journal: minutes leave one state and enter another; its sums are the tallies, as of any position
    tables,
    Column("position", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
)
hours_tally = Table(
    "hours_tally",
    tables,
    Column("organisation", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("grade", Text, primary_key=True),
    Column("minutes", Integer, default=0),
    Column("entries", Integer, default=0),
)
person_tally = Table(
    "person_tally",
    tables,
    Column("person", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("grade", Text, primary_key=True),
    Column("minutes", Integer, default=0),
    Column("entries", Integer, default=0),
)
Index("hours_person", hours.c.person, hours.c.day)
Index("hours_state", hours.c.organisation, hours.c.state)
Index("hours_line_organisation", hours_line.c.organisation, hours_line.c.month)
projection = Projection("hours", 1, hours, hours_line, hours_tally, person_tally)
