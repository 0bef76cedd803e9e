"""The tables of people's files, and what one row of each says."""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from ledger.projection import PERSONAL

tables = MetaData()
person = Table(
    "person",
    tables,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, info=PERSONAL),
    Column("search", Text, info=PERSONAL),  # name, full pinyin and initials, lower case, for LIKE
    Column("sound", Text, info=PERSONAL),  # what names are put in order by
    Column("phone_at", Integer),  # the position of the event that holds the phone number; it stands nowhere else
    Column("identity", Text),
    Column("over", Integer),
    Column("born", Integer),  # the year alone
    Column("organisation", Text),
    Column("root", Text),  # the file that this one was merged into
    Column("note", Text, info=PERSONAL),
    Column("position", Integer),
    Column("state", Text),  # restricted forgotten
    Column("asked", Integer),  # the position at which they asked to be forgotten
    Column("restriction", Text, info=PERSONAL),  # why the data may only be stored
    Column("marks", Text, info=PERSONAL),  # health, hardship, joined by a blank
    Column("flags", Text, default=""),  # positions of the open duplicate flags that name this file, joined by a blank
)
phone_index = Table(
    "phone_index",  # keyed hashes of whole phone numbers
    tables,
    Column("person", Text, primary_key=True),
    Column("blind", Text, nullable=False, info=PERSONAL),
)
role = Table(
    "role",
    tables,
    Column("person", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("organisation", Text, primary_key=True, default=""),
    Column("nth", Integer, primary_key=True, default=1),  # a role that ended may be granted again
    Column("since", Text),
    Column("until", Text),
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
    Column("guardian", Integer, default=0),
)
duplicate = Table(
    "duplicate",  # one row a flag; open until merged or dismissed
    tables,
    Column("position", Integer, primary_key=True),
    Column("candidates", Text, nullable=False),  # ids joined by a blank
    Column("settled", Integer),  # the position that settled it
)
Index("role_organisation", role.c.organisation, role.c.role)
Index("phone_index_blind", phone_index.c.blind)
Index("person_root", person.c.root)
Index("person_organisation", person.c.organisation)


class Person(msgspec.Struct, frozen=True):
    """A person's file. `root` names the file that it was merged into; `over` is an age surely reached, in years."""

    id: str
    name: str
    identity: str
    organisation: str | None
    root: str | None
    phone_at: int | None = None
    over: int = 0
    note: str | None = None
    search: str = ""
    state: str | None = None
    asked: int | None = None
    restriction: str | None = None
    born: int | None = None
    marks: str | None = None

    @property
    def is_restricted(self) -> bool:
        """Whether the data may be stored and protected, and nothing else."""
        return self.state == "restricted"

    @property
    def is_forgotten(self) -> bool:
        """Whether what was personal is destroyed."""
        return self.state == "forgotten"


class Role(msgspec.Struct, frozen=True):
    """A role for an organisation ("" where none), from `since` to `until`, both local days and both inclusive."""

    role: str
    organisation: str
    since: str | None
    until: str | None


class Duplicate(msgspec.Struct, frozen=True):
    """A flag, by its position: these files may be one person."""

    position: int
    candidates: tuple[str, ...]


class Dated(msgspec.Struct, frozen=True):
    """A qualification or a consent: what, from, until (local days, inclusive)."""

    what: str
    since: str | None
    until: str | None
