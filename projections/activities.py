"""Activities and their slots with live seat counts: the list, the calendar, one activity."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, select
from sqlalchemy.engine import Connection

from domain import activities as facts
from domain.words import Side
from ledger.events import Event, Recorded
from ledger.prepared import Prepared
from ledger.projection import Projection, Rows

tables = MetaData()
activity = Table(
    "activity",
    tables,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("form", Text),
    Column("place", Text),
    Column("summary", Text),
    Column("audience", Text),
    Column("category", Text),
    Column("contacts", Text),  # person ids joined by a blank
    Column("due", Text),
    Column("state", Text, nullable=False),
    Column("documents", Text),  # kinds joined by a blank
    Column("missing", Text),
    Column("aliases", Text),
    Column("position", Integer),
)
slot = Table(
    "slot",
    tables,
    Column("id", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("organisation", Text),
    Column("state", Text, nullable=False),  # draft open closed cancelled
    Column("starts", Text, nullable=False),  # local wall time 2026-11-22T09:00:00
    Column("ends", Text),
    Column("place", Text),
    Column("skills", Text),  # joined by 、
    Column("over", Integer),
    Column("risk", Text),
    Column("insurance", Text),
    Column("deadline", Text),
    Column("approval", Text),
    Column("volunteer_seats", Integer),
    Column("participant_seats", Integer),
    Column("volunteer_taken", Integer, default=0),
    Column("participant_taken", Integer, default=0),
    Column("volunteer_waiting", Integer, default=0),
    Column("participant_waiting", Integer, default=0),
    Column("volunteer_requested", Integer, default=0),
    Column("participant_requested", Integer, default=0),
    Column("volunteer_headcount", Integer),
    Column("participant_headcount", Integer),
)
Index("slot_activity", slot.c.activity)
Index("slot_starts", slot.c.starts)
Index("activity_organisation", activity.c.organisation)
Index("activity_title", activity.c.title)
projection = Projection("activities", 2, activity, slot)


class Activity(msgspec.Struct, frozen=True):
    """One activity; lists are texts joined by a blank."""

    id: str
    title: str
    organisation: str
    form: str
    place: str
    summary: str
    audience: str
    category: str
    contacts: str
    due: str | None
    state: str
    documents: str
    missing: str
    aliases: str
    position: int


class Slot(msgspec.Struct, frozen=True):
    """One slot with its live counts; times are local wall times."""

    id: str
    activity: str
    organisation: str
    state: str
    starts: str
    ends: str | None
    place: str
    skills: str
    over: int
    risk: str
    insurance: str
    deadline: str | None
    approval: str
    volunteer_seats: int | None
    participant_seats: int | None
    volunteer_taken: int
    participant_taken: int
    volunteer_waiting: int
    participant_waiting: int
    volunteer_requested: int
    participant_requested: int
    volunteer_headcount: int | None
    participant_headcount: int | None

    def seats(self, side: Side) -> int | None:
        """How many seats a side has; None: nobody counted them."""
        return self.volunteer_seats if side == "volunteer" else self.participant_seats

    def taken(self, side: Side) -> int:
        """How many of them are taken."""
        return self.volunteer_taken if side == "volunteer" else self.participant_taken

    def waiting(self, side: Side) -> int:
        """How many wait for one."""
        return self.volunteer_waiting if side == "volunteer" else self.participant_waiting


@projection.on(facts.Drafted)
def drafted(rows: Rows, r: Recorded[facts.Drafted]) -> None:
    e = r.event
    rows.put(
        activity,
        id=e.activity,
        title=e.title,
        organisation=e.organisation,
        form=e.form,
        place=e.place,
        summary=e.summary,
        audience=e.audience,
        category=e.category,
        contacts=" ".join(e.contacts),
        due=e.due,
        state="draft",
        documents="",
        missing="",
        aliases="、".join(e.aliases),
        position=r.position,
    )


@projection.on(facts.Revised)
def revised(rows: Rows, r: Recorded[facts.Revised]) -> None:
    e = r.event
    fields = {name: getattr(e, name) for name in ("title", "place", "summary", "audience", "category", "form")}
    changed = {name: value for name, value in fields.items() if value is not None}
    if e.contacts is not None:
        changed["contacts"] = " ".join(e.contacts)
    rows.change(activity, e.activity, **changed)


@projection.on(facts.Published)
def published(rows: Rows, r: Recorded[facts.Published]) -> None:
    rows.change(activity, r.event.activity, state="published")
    for one in r.event.slots:
        rows.change(slot, one, state="open")


STATES: dict[type[Event], str] = {
    facts.Reopened: "published",
    facts.Closed: "closed",
    facts.Cancelled: "cancelled",
    facts.Archived: "archived",
}


@projection.on(*STATES)
def moved(rows: Rows, r: Recorded[Any]) -> None:
    rows.change(activity, r.event.activity, state=STATES[type(r.event)])
    if isinstance(r.event, facts.Closed):
        rows.change(activity, r.event.activity, missing=" ".join(r.event.missing))


@projection.on(facts.DocumentAttached)
def attached(rows: Rows, r: Recorded[facts.DocumentAttached]) -> None:
    known = (rows.get(activity, r.event.activity) or {}).get("documents") or ""
    rows.change(activity, r.event.activity, documents=f"{known} {r.event.document}".strip())


_find = Prepared(select(activity).where(activity.c.id == bindparam("id")))
_find_slot = Prepared(select(slot).where(slot.c.id == bindparam("id")))
_find_both = Prepared(
    select(slot, activity).join(activity, activity.c.id == slot.c.activity).where(slot.c.id == bindparam("id"))
)
_slots = Prepared(select(slot).where(slot.c.activity == bindparam("activity")).order_by(slot.c.starts, slot.c.id))


def find(connection: Connection, activity_id: str) -> Activity | None:
    """The activity with this id."""
    row = _find.first(connection, id=activity_id)
    return Activity(*row) if row else None


def find_slot(connection: Connection, slot_id: str) -> Slot | None:
    """The slot with this id."""
    row = _find_slot.first(connection, id=slot_id)
    return Slot(*row) if row else None


def find_slot_in(connection: Connection, slot_id: str) -> tuple[Slot, Activity] | None:
    """The slot with this id and its activity."""
    row, width = _find_both.first(connection, id=slot_id), len(slot.columns)
    return (Slot(*row[:width]), Activity(*row[width:])) if row else None


def slots(connection: Connection, activity_id: str) -> list[Slot]:
    """The slots of an activity, by time."""
    return [Slot(*row) for row in _slots.rows(connection, activity=activity_id)]
