"""Activities and their slots with live seat counts: the list, the calendar, one activity."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
activity = Table(
    "activity",
    tables,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("form", Text),
    Column("place", Text),
    Column("summary", Text),
    Column("audience", Text),
    Column("category", Text),
    Column("contacts", Text),  # person ids joined by a blank
    Column("due", Text),
    Column("state", Text, nullable=False),
    Column("documents", Text),  # kinds joined by a blank
    Column("missing", Text),
    Column("aliases", Text),
    Column("position", Integer),
)
slot = Table(
    "slot",
    tables,
    Column("id", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("organisation", Text),
    Column("state", Text, nullable=False),  # draft open closed cancelled
    Column("starts", Text, nullable=False),  # local wall time 2026-11-22T09:00:00
    Column("ends", Text),
    Column("place", Text),
    Column("skills", Text),  # joined by 、
    Column("over", Integer),
    Column("risk", Text),
    Column("insurance", Text),
    Column("deadline", Text),
    Column("approval", Text),
    Column("volunteer_seats", Integer),
    Column("participant_seats", Integer),
    Column("volunteer_taken", Integer, default=0),
    Column("participant_taken", Integer, default=0),
    Column("volunteer_waiting", Integer, default=0),
    Column("participant_waiting", Integer, default=0),
    Column("volunteer_requested", Integer, default=0),
    Column("participant_requested", Integer, default=0),
    Column("volunteer_headcount", Integer),
    Column("participant_headcount", Integer),
)
Index("slot_activity", slot.c.activity)
Index("slot_starts", slot.c.starts)
Index("activity_organisation", activity.c.organisation)
projection = Projection("activities", 1, activity, slot)
