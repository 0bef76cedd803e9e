"""Services received: one row a person and contact, and who assisted."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
receipt = Table(
    "receipt",
    tables,
    Column("contact", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("day", Text, nullable=False),  # 2020-02-25, or 2020-02 where no more is known
    Column("month", Text, nullable=False),
    Column("slot", Text),
    Column("place", Text),
    Column("minutes", Integer),
    Column("worker", Text),
    Column("assisted_by", Text),  # person ids joined by a blank
    Column("household", Text),
    Column("mode", Text),
    Column("purpose", Text),  # joined by 、
    Column("outcome", Text),
    Column("next_step", Text),
    Column("note", Text),
    Column("sealed", Integer, default=0),
    Column("state", Text, nullable=False),  # received voided
    Column("basis", Text),
    Column("position", Integer),
)
Index("receipt_person", receipt.c.person, receipt.c.day)
Index("receipt_month", receipt.c.organisation, receipt.c.month)
projection = Projection("receipts", 1, receipt)
