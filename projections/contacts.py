"""Where people are written to: the language of each file, and of the file that it was merged into, and where the log holds
the address. The address itself stands in no table, as a phone number does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, or_, select
from sqlalchemy.engine import Connection

from domain.contacts import ContactChanged
from domain.person_states import Forgotten
from ledger.events import Recorded
from ledger.log import Ledger
from ledger.personal import ERASED
from ledger.prepared import Among, Prepared
from ledger.projection import PERSONAL, Projection, Rows
from projections.moments import local
from projections.person_files import person

contact = Table(
    "contact",
    MetaData(),
    Column("person", Text, primary_key=True),
    Column("email_at", Integer),  # the position of the event that holds the address; none where they are not written to
    Column("blind", Text, info=PERSONAL),  # the keyed hash of the address
    Column("language", Text, nullable=False, default="zh"),
    Column("since", Text),  # from when on the address is theirs, a local wall time
)
Index("contact_blind", contact.c.blind)
projection = Projection("contacts", 5, contact)


class Contact(msgspec.Struct, frozen=True):
    """Where somebody is written to, None: nowhere; since when (local wall time); and how they are addressed."""

    name: str
    email: str | None = None
    language: str = "zh"
    since: str | None = None


@projection.on(ContactChanged)
def changed(rows: Rows, r: Recorded[ContactChanged]) -> None:
    """The last word counts."""
    before, blind = rows.get(contact, r.event.person), r.blind or None
    rows.put(
        contact,
        person=r.event.person,
        email_at=r.position if r.event.email else None,
        blind=blind,
        language=r.event.language,
        since=before["since"] if before and before["blind"] == blind else local(r.recorded),
    )


@projection.on(Forgotten)
def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
    """Nobody is written to any more."""
    for file in (r.event.person, *r.event.carried):
        rows.delete(contact, file)


_file = person.alias("file")
_find = Prepared(
    select(person.c.name, contact.c.email_at, contact.c.language, contact.c.since)
    .select_from(_file)
    .join(person, or_(person.c.id == _file.c.root, person.c.id == _file.c.id))
    .outerjoin(contact, contact.c.person == person.c.id)
    .where(_file.c.id == bindparam("id"))
    .order_by(contact.c.email_at.is_(None), person.c.id == _file.c.id)
)


_addressed = Prepared(
    select(contact.c.person)
    .join(person, person.c.id == contact.c.person)
    .where(contact.c.blind.op("IN")(Among("blinds")), person.c.root.is_(None), person.c.state.is_(None))
)


def addressed(connection: Connection, blinds: Sequence[str]) -> list[str]:
    """The living files whose mail goes to the address with these keyed hashes; sealed and restricted ones are not looked for."""
    return [row[0] for row in _addressed.rows(connection, blinds=list(blinds))]


def find(connection: Connection, ledger: Ledger, person_id: str) -> Contact | None:
    """How to write to a person; of a file that was merged away, as the living one says, else as it said itself."""
    row = _find.first(connection, id=person_id)
    return Contact(row[0], address_at(ledger, row[1]), row[2] or "zh", row[3]) if row else None


def address_at(ledger: Ledger, position: int | None) -> str | None:
    """The address that an event of the log says; none where it was forgotten, or where there was none."""
    event = ledger.at([position])[0].event if position else None
    found: str | None = getattr(event, "email", None)
    return found if found and found != ERASED else None
