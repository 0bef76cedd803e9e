"""Who stands on which list in what state: the roster of a slot, the commitments of a person."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
enrolment = Table(
    "enrolment",
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queue", Integer),  # order among those who wait; smaller is earlier
    Column("starts", Text),  # local wall time of the slot
    Column("ends", Text),
    Column("checked_in", Text),
    Column("checked_out", Text),
    Column("in_by", Text),
    Column("out_by", Text),
    Column("corrected", Integer, default=0),
    Column("position", Integer),  # of the sign-up
    Column("changed", Integer),  # of the last event
)
Index("enrolment_person", enrolment.c.person, enrolment.c.starts)
projection = Projection("enrolments", 1, enrolment)
