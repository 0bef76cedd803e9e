"""People: files, dated roles, qualifications, consent, and which files are or may be the same person."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import Projection

tables = MetaData()
person = Table(
    "person",
    tables,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("search", Text),  # name, full pinyin and initials, lower case, for LIKE
    Column("phone", Text),
    Column("identity", Text),
    Column("over", Integer),
    Column("organisation", Text),
    Column("root", Text),  # the file that this one was merged into
    Column("note", Text),
    Column("position", Integer),
)
role = Table(
    "role",
    tables,
    Column("person", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("organisation", Text, primary_key=True, default=""),
    Column("since", Text),
    Column("until", Text),
    Column("subtype", Text),
)
qualification = Table(
    "qualification",
    tables,
    Column("person", Text, primary_key=True),
    Column("skill", Text, primary_key=True),
    Column("until", Text),
)
consent = Table(
    "consent",
    tables,
    Column("person", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("since", Text),
    Column("until", Text),
)
duplicate = Table(
    "duplicate",  # one row a flag; open until merged or dismissed
    tables,
    Column("position", Integer, primary_key=True),
    Column("candidates", Text, nullable=False),  # ids joined by a blank
    Column("settled", Integer),  # the position that settled it
)
Index("role_organisation", role.c.organisation, role.c.role)
Index("person_root", person.c.root)
projection = Projection("people", 1, person, role, qualification, consent, duplicate)
