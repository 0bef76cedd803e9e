"""Services received: one row a person and contact, and who assisted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from domain.receipts import Received, Voided
from ledger.events import Recorded
from ledger.personal import ERASED
from ledger.projection import PERSONAL, Projection, Rows
from projections.person_files import person as person_file
from projections.spoken import blank_when_forgotten, note, register_of

VISITS = ("phone_visit", "home_visit")
WORDS = ("next_step", "note")
"""What somebody wrote about a service in words of their own."""

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
    Column("next_step", Text, info=PERSONAL),
    Column("note", Text, info=PERSONAL),
    Column("sealed", Integer, default=0),
    Column("state", Text, nullable=False),  # received voided
    Column("basis", Text),
    Column("recorder", Text),
    Column("position", Integer),
)
Index("receipt_person", receipt.c.person, receipt.c.day)
Index("receipt_month", receipt.c.organisation, receipt.c.month)
notes = register_of("receipt_notes")
projection = Projection("receipts", 5, receipt, notes, weight=2)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One person at one contact. `day` is a local date or, where no more is known, a month; `name` is the person's, in full."""

    contact: str
    person: str
    form: str
    organisation: str
    day: str
    slot: str | None
    place: str
    minutes: int | None
    worker: str | None
    assisted_by: str
    outcome: str
    next_step: str
    note: str | None
    sealed: int
    state: str
    recorder: str | None
    position: int
    name: str = ""
    worker_name: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether it counts."""
        return self.state == "received"


@projection.on(Received)
def received(rows: Rows, r: Recorded[Received]) -> None:
    e = r.event
    if e.note or e.next_step:
        note(rows, notes, e.person, e.contact)
    rows.put(
        receipt,
        contact=e.contact,
        person=e.person,
        form=e.form,
        organisation=e.organisation,
        day=e.day,
        month=e.day[:7],
        slot=e.slot,
        place=e.place,
        minutes=e.minutes,
        worker=e.worker,
        assisted_by=" ".join(e.assisted_by),
        household=e.household,
        mode=e.mode,
        purpose="、".join(e.purpose),
        outcome=e.outcome,
        next_step=e.next_step,
        note=e.note,
        sealed=int(e.sealed),
        state="received",
        basis=r.basis,
        recorder=r.actor,
        position=r.position,
    )


def blank(rows: Rows, contact: str, person: str) -> None:
    """Take the words about a service out; the service stays."""
    found = rows.get(receipt, contact, person) or {}
    rows.change(receipt, contact, person, **{field: ERASED for field in WORDS if found.get(field)})


blank_when_forgotten(projection, notes, blank)


@projection.on(Voided)
def voided(rows: Rows, r: Recorded[Voided]) -> None:
    rows.change(receipt, r.event.contact, r.event.person, state="voided")


_own = [
    receipt.c.contact, receipt.c.person, receipt.c.form, receipt.c.organisation, receipt.c.day, receipt.c.slot,
    receipt.c.place, receipt.c.minutes, receipt.c.worker, receipt.c.assisted_by, receipt.c.outcome,
    receipt.c.next_step, receipt.c.note, receipt.c.sealed, receipt.c.state, receipt.c.recorder, receipt.c.position,
]  # fmt: skip
_worker = person_file.alias("worker")
_named = (
    select(*_own, func.coalesce(person_file.c.name, "").label("name"), func.coalesce(_worker.c.name, "").label("worker_name"))
    .outerjoin_from(receipt, person_file, person_file.c.id == receipt.c.person)
    .outerjoin(_worker, _worker.c.id == receipt.c.worker)
)  # fmt: skip
_find = _named.where(receipt.c.contact == bindparam("contact"), receipt.c.person == bindparam("person"))
_ids: Any = bindparam("ids", expanding=True)
_orgs: Any = bindparam("organisations", expanding=True)
_of = _named.where(receipt.c.person.in_(_ids)).order_by(receipt.c.day, receipt.c.position)
_list = and_(
    receipt.c.organisation.in_(_orgs),
    # Sealed contacts are listed to nobody but whoever held or wrote them.
    or_(
        receipt.c.form.in_(VISITS),
        and_(receipt.c.sealed == 1, or_(receipt.c.worker == bindparam("me"), receipt.c.recorder == bindparam("me"))),
    ),
    or_(bindparam("month") == "", receipt.c.month == bindparam("month")),
    or_(bindparam("worker") == "", receipt.c.worker == bindparam("worker")),
    or_(bindparam("place") == "", receipt.c.place == bindparam("place")),
)
_page = _named.where(_list).order_by(receipt.c.position.desc()).limit(bindparam("most")).offset(bindparam("after"))
_count = select(func.count()).select_from(receipt).where(_list)
_valid_visit = and_(receipt.c.organisation.in_(_orgs), receipt.c.form.in_(VISITS), receipt.c.state == "received")
_months = select(receipt.c.month).where(_valid_visit).distinct().order_by(receipt.c.month.desc())
_places = select(receipt.c.place).where(_valid_visit, receipt.c.place != "").distinct().order_by(receipt.c.place)
_workers = (
    select(person_file.c.id, person_file.c.name)
    .where(person_file.c.id.in_(select(receipt.c.worker).where(_valid_visit)))
    .order_by(person_file.c.sound, person_file.c.id)
)
_alike = (
    _named.where(
        receipt.c.organisation.in_(_orgs),
        receipt.c.form.in_(VISITS),
        receipt.c.state == "received",
        receipt.c.day >= bindparam("since"),
        or_(
            receipt.c.person == bindparam("person"),
            and_(person_file.c.name == bindparam("name"), receipt.c.place == bindparam("place")),
        ),
    )
    .order_by(receipt.c.position.desc())
    .limit(5)
)
_sealed = select(func.count(), func.coalesce(func.sum(receipt.c.minutes), 0)).where(
    receipt.c.organisation.in_(_orgs), receipt.c.sealed == 1, receipt.c.state == "received",
    receipt.c.month == bindparam("month"),
)  # fmt: skip


def find(connection: Connection, contact: str, person_id: str) -> Receipt | None:
    """The receipt of this person at this contact, voided or not."""
    row = connection.execute(_find, {"contact": contact, "person": person_id}).mappings().first()
    return Receipt(**row) if row else None


def of_person(connection: Connection, files: Iterable[str]) -> list[Receipt]:
    """Everything that these files of one human received, voided or not, the earliest first."""
    return [Receipt(**row) for row in connection.execute(_of, {"ids": list(files)}).mappings()]


def visits(
    connection: Connection, organisations: frozenset[str], me: str, *, month: str = "", worker: str = "",
    place: str = "", limit: int = 50, offset: int = 0,
) -> tuple[list[Receipt], int]:  # fmt: skip
    """One page of visits, the latest written first, and how many there are; of sealed ones only those of `me`."""
    asked = {"organisations": sorted(organisations), "me": me, "month": month, "worker": worker, "place": place}
    total = connection.execute(_count, asked).scalar_one()
    found = connection.execute(_page, asked | {"most": limit, "after": offset}).mappings()
    return [Receipt(**row) for row in found], total


def filters(
    connection: Connection, organisations: frozenset[str]
) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Months, workers (id and name) and places that visits of these organisations have."""
    asked = {"organisations": sorted(organisations)}
    months = list(connection.execute(_months, asked).scalars())
    workers = [(worker, name) for worker, name in connection.execute(_workers, asked)]
    return months, workers, list(connection.execute(_places, asked).scalars())


def alike(
    connection: Connection, organisations: frozenset[str], person_id: str, name: str, place: str, since: str
) -> list[Receipt]:
    """Visits since that day to this person, or to somebody of the same name at the same place: perhaps the same contact."""
    asked = {"organisations": sorted(organisations), "person": person_id, "name": name, "place": place, "since": since}
    return [Receipt(**row) for row in connection.execute(_alike, asked).mappings()]


def counselling(connection: Connection, organisations: frozenset[str], month: str) -> tuple[int, int] | None:
    """Sessions and minutes of counselling in a month; None below five, which would say too much about somebody (§5)."""
    asked = {"organisations": sorted(organisations), "month": month}
    sessions, minutes = connection.execute(_sealed, asked).one()
    return (sessions, minutes) if sessions >= 5 else None
