"""Where people are written to: the address and the language of each file, and of the file that it was merged into."""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, MetaData, Table, Text, bindparam, or_, select
from sqlalchemy.engine import Connection

from domain.contacts import ContactChanged
from domain.person_states import Forgotten
from ledger.events import Recorded
from ledger.prepared import Prepared
from ledger.projection import Projection, Rows
from projections.person_files import person

contact = Table(
    "contact",
    MetaData(),
    Column("person", Text, primary_key=True),
    Column("email", Text),
    Column("language", Text, nullable=False, default="zh"),
)
projection = Projection("contacts", 2, contact)


class Contact(msgspec.Struct, frozen=True):
    """Where somebody is written to, None: nowhere; and how they are addressed."""

    name: str
    email: str | None = None
    language: str = "zh"


@projection.on(ContactChanged)
def changed(rows: Rows, r: Recorded[ContactChanged]) -> None:
    """The last word counts."""
    rows.put(contact, person=r.event.person, email=r.event.email, language=r.event.language)


@projection.on(Forgotten)
def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
    """Nobody is written to any more."""
    for file in (r.event.person, *r.event.carried):
        rows.delete(contact, file)


_file = person.alias("file")
_find = Prepared(
    select(person.c.name, contact.c.email, contact.c.language)
    .select_from(_file)
    .join(person, or_(person.c.id == _file.c.root, person.c.id == _file.c.id))
    .outerjoin(contact, contact.c.person == person.c.id)
    .where(_file.c.id == bindparam("id"))
    .order_by(contact.c.email.is_(None), person.c.id == _file.c.id)
)


def find(connection: Connection, person_id: str) -> Contact | None:
    """How to write to a person; of a file that was merged away, as the living one says, else as it said itself."""
    row = _find.first(connection, id=person_id)
    return Contact(row[0], row[1], row[2] or "zh") if row else None
