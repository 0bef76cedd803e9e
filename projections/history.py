"""The history of every thing: which events speak of it, by whom, when and from where; the filters of the audit page."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
entry = Table(
    "entry",
    tables,
    Column("position", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("organisation", Text),
    Column("source", Text, nullable=False),
    Column("occurred", Text),
    Column("recorded", Text, nullable=False),
)
mention = Table(
    "mention",  # thing: a tag such as person:p1, slot:a1.1, activity:a1, organisation:u
    tables,
    Column("thing", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
Index("entry_actor", entry.c.actor)
Index("entry_organisation", entry.c.organisation)
projection = Projection("history", 1, entry, mention)
