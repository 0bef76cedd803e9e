"""From served to serving: first service received, first sign-up as a volunteer, first confirmed hours, whom they served since. (§5)"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
journey = Table(
    "journey",
    tables,
    Column("person", Text, primary_key=True),
    Column("served", Text),  # day of the first valid receipt
    Column("served_contact", Text),
    Column("served_position", Integer),
    Column("served_sealed", Integer, default=0),
    Column("interested", Text),  # day of the first sign-up as a volunteer after it
    Column("interested_position", Integer),
    Column("converted", Text),  # day of the first confirmed hours in another slot
    Column("converted_slot", Text),
    Column("converted_position", Integer),
    Column("last_day", Text),  # day of the last confirmed hours
)
assist = Table(
    "assist",  # one row a volunteer and receipt: who helped at which contact
    tables,
    Column("contact", Text, primary_key=True),
    Column("person", Text, primary_key=True),  # who received
    Column("volunteer", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("position", Integer),
)
Index("assist_volunteer", assist.c.volunteer, assist.c.day)
projection = Projection("journeys", 1, journey, assist)
