"""Organisations as a tree, for names, scopes and subtrees."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
organisation = Table(
    "organisation",
    tables,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("code", Text),
    Column("suspended", Integer, default=0),
)
projection = Projection("organisations", 1, organisation)
