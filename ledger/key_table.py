"""The table of keys: whose each is, wrapped by the master key of which month, and when it was destroyed."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

subject_key = Table(
    "subject_key",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("subject", Text, nullable=False, unique=True),
    Column("epoch", Text, nullable=False),
    Column("wrapped", LargeBinary),  # empty once destroyed
    Column("erased", Text),
)
erasures = Index("subject_key_erased", subject_key.c.erased)
