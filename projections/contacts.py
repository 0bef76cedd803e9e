"""Where people are written to: the address and the language of each file, and of the file that it was merged into."""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, MetaData, Table, Text, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from domain.contacts import ContactChanged
from domain.person_states import Forgotten
from ledger.events import Recorded
from ledger.prepared import Prepared
from ledger.projection import PERSONAL, Projection, Rows
from projections.moments import local
from projections.person_files import person

contact = Table(
    "contact",
    MetaData(),
    Column("person", Text, primary_key=True),
    Column("email", Text, info=PERSONAL),
    Column("language", Text, nullable=False, default="zh"),
    Column("since", Text),  # from when on the address is theirs, a local wall time
)
projection = Projection("contacts", 4, contact)


class Contact(msgspec.Struct, frozen=True):
    """Where somebody is written to, None: nowhere; since when (local wall time); and how they are addressed."""

    name: str
    email: str | None = None
    language: str = "zh"
    since: str | None = None


@projection.on(ContactChanged)
def changed(rows: Rows, r: Recorded[ContactChanged]) -> None:
    """The last word counts."""
    before = rows.get(contact, r.event.person)
    since = before["since"] if before and before["email"] == r.event.email else local(r.recorded)
    rows.put(contact, person=r.event.person, email=r.event.email, language=r.event.language, since=since)


@projection.on(Forgotten)
def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
    """Nobody is written to any more."""
    for file in (r.event.person, *r.event.carried):
        rows.delete(contact, file)


_file = person.alias("file")
_find = Prepared(
    select(person.c.name, contact.c.email, contact.c.language, contact.c.since)
    .select_from(_file)
    .join(person, or_(person.c.id == _file.c.root, person.c.id == _file.c.id))
    .outerjoin(contact, contact.c.person == person.c.id)
    .where(_file.c.id == bindparam("id"))
    .order_by(contact.c.email.is_(None), person.c.id == _file.c.id)
)


_addressed = Prepared(
    select(contact.c.person)
    .join(person, person.c.id == contact.c.person)
    .where(func.lower(contact.c.email) == bindparam("email"), person.c.root.is_(None), person.c.state.is_(None))
)


def addressed(connection: Connection, email: str) -> list[str]:
    """The living files whose mail goes to this address, whatever its case; sealed and restricted ones are not looked for."""
    return [row[0] for row in _addressed.rows(connection, email=email.lower())]


def find(connection: Connection, person_id: str) -> Contact | None:
    """How to write to a person; of a file that was merged away, as the living one says, else as it said itself."""
    row = _find.first(connection, id=person_id)
    return Contact(row[0], row[1], row[2] or "zh", row[3]) if row else None
