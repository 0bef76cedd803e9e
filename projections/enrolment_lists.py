"""The table of sign-ups and what is read from it: a slot's roster, a person's commitments, the place in a queue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, case, func, or_, select
from sqlalchemy.engine import Connection

from domain.minutes import grade_of
from ledger.prepared import Prepared
from projections.activities import activity
from projections.activities import slot as slots
from projections.hours_journal import files, hours
from projections.person_files import person as people

tables = MetaData()
enrolment = Table(
    "enrolment",
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queue", Integer),  # order among those who wait; smaller is earlier
    Column("starts", Text),  # local wall time of the slot
    Column("ends", Text),
    Column("checked_in", Text),
    Column("checked_out", Text),
    Column("in_by", Text),
    Column("out_by", Text),
    Column("corrected", Integer, default=0),
    Column("position", Integer),  # of the sign-up
    Column("changed", Integer),  # of the last event
)
Index("enrolment_person", enrolment.c.person, enrolment.c.starts)

HERE = ("requested", "waiting", "accepted", "checked_in", "checked_out", "no_show")
"""States of those who are on a list now; the others left it."""


class Seat(msgspec.Struct, frozen=True):
    """One line of a roster. Times are local wall time; `place` is the place in the queue from 1, None who does not wait.

    `hours`, `minutes`, `grade`: what was written about them afterwards.
    """

    person: str
    name: str
    side: str
    state: str
    checked_in: str | None
    checked_out: str | None
    in_by: str | None
    out_by: str | None
    corrected: int
    changed: int
    queue: int | None
    place: int | None = None
    hours: str | None = None
    minutes: int | None = None
    grade: str | None = None

    @property
    def evidence(self) -> str | None:
        """The grade of what is written about coming and leaving (§7), None who was not there."""
        return grade_of(self.in_by, self.out_by) if self.checked_in else None

    @property
    def is_here(self) -> bool:
        """Whether they are on the list now."""
        return self.state in HERE


class Commitment(msgspec.Struct, frozen=True):
    """One person's place in one slot, with the slot as a volunteer reads it."""

    slot: str
    activity: str
    title: str
    venue: str
    side: str
    state: str
    place: int | None
    starts: str
    ends: str | None
    slot_state: str
    deadline: str | None
    checked_in: str | None
    checked_out: str | None
    in_by: str | None
    out_by: str | None


_ahead = enrolment.alias("ahead")
_place = case(
    (
        enrolment.c.state == "waiting",
        select(func.count())
        .where(
            _ahead.c.slot == enrolment.c.slot,
            _ahead.c.state == "waiting",
            _ahead.c.side == enrolment.c.side,
            _ahead.c.queue <= enrolment.c.queue,
        )
        .scalar_subquery(),
    ),
    else_=None,
)
_commitment: Any = (
    select(
        enrolment.c.slot,
        enrolment.c.activity,
        func.coalesce(activity.c.title, ""),
        func.coalesce(func.nullif(slots.c.place, ""), activity.c.place, ""),
        enrolment.c.side,
        enrolment.c.state,
        _place,
        enrolment.c.starts,
        enrolment.c.ends,
        func.coalesce(slots.c.state, ""),
        slots.c.deadline,
        enrolment.c.checked_in,
        enrolment.c.checked_out,
        enrolment.c.in_by,
        enrolment.c.out_by,
    )
    .outerjoin(slots, slots.c.id == enrolment.c.slot)
    .outerjoin(activity, activity.c.id == enrolment.c.activity)
    .where(enrolment.c.person.in_(files))
)
_since = (
    _commitment.where(enrolment.c.starts >= bindparam("since"))
    .order_by(enrolment.c.starts, enrolment.c.slot)
    .limit(bindparam("most"))
)
_coming = Prepared(
    _commitment.where(
        enrolment.c.starts >= bindparam("since"),
        func.coalesce(enrolment.c.ends, enrolment.c.starts) > bindparam("now"),
        or_(*(enrolment.c.state == state for state in ("requested", "waiting", "accepted", "checked_in", "released"))),
    )
    .order_by(enrolment.c.starts, enrolment.c.slot)
    .limit(bindparam("most"))
)
_in_vain = Prepared(
    _commitment.where(
        enrolment.c.starts >= bindparam("since"),
        or_(enrolment.c.state == "rejected", enrolment.c.state == "unseated"),
    )
    .order_by(enrolment.c.starts.desc(), enrolment.c.slot)
    .limit(bindparam("most"))
)
_in_slots = _commitment.where(enrolment.c.slot.in_(bindparam("slots", expanding=True)))
_seat: Any = (
    select(
        enrolment.c.person,
        func.coalesce(people.c.name, enrolment.c.person),
        enrolment.c.side,
        enrolment.c.state,
        enrolment.c.checked_in,
        enrolment.c.checked_out,
        enrolment.c.in_by,
        enrolment.c.out_by,
        enrolment.c.corrected,
        enrolment.c.changed,
        enrolment.c.queue,
    )
    .outerjoin(people, people.c.id == enrolment.c.person)
    .where(enrolment.c.slot == bindparam("slot"))
)
_of_slot = Prepared(_seat.order_by(enrolment.c.queue, enrolment.c.position))
_seat_of = Prepared(
    _seat.add_columns(_place, hours.c.state, hours.c.minutes, hours.c.grade)
    .outerjoin(hours, (hours.c.slot == enrolment.c.slot) & (hours.c.person == enrolment.c.person))
    .where(enrolment.c.person == bindparam("person"))
)
# Before it is over a slot has no hours: one look at all of them is cheaper than one for each line.
_worked = Prepared(
    select(hours.c.person, hours.c.state, hours.c.minutes, hours.c.grade).where(hours.c.slot == bindparam("slot"))
)


def of_slot(connection: Connection, slot: str) -> list[Seat]:
    """Everybody who ever stood on a list of the slot: by sign-up, those who wait in the order of their queue."""
    waiting = {"volunteer": 0, "participant": 0}
    worked = {person: written for person, *written in _worked.rows(connection, slot=slot)}
    seats = []
    for row in _of_slot.rows(connection, slot=slot):
        fields = row
        if row[3] == "waiting":
            waiting[row[2]] += 1
            fields = (*row, waiting[row[2]], *worked.get(row[0], ()))
        elif written := worked.get(row[0]):
            fields = (*row, None, *written)
        seats.append(Seat(*fields))
    return seats


def seat_of(connection: Connection, slot: str, person: str) -> Seat | None:
    """One line of the roster, also of somebody who left it; None who never stood on a list of the slot."""
    row = _seat_of.first(connection, slot=slot, person=person)
    return Seat(*row) if row else None


def of_person(connection: Connection, person: str, *, since: str = "", most: int = 100) -> list[Commitment]:
    """The places of a person in slots that start at or after a local time, earliest first, also those given back."""
    found = connection.execute(_since, {"person": person, "since": since, "most": most})
    return [Commitment(*row) for row in found]


def coming(connection: Connection, person: str, now: str, *, most: int = 20) -> list[Commitment]:
    """What a person is committed to and what is not over at this local time, or was called off; earliest first.

    Slots that began before yesterday are not looked at.
    """
    since = (date.fromisoformat(now[:10]) - timedelta(days=1)).isoformat()
    found = _coming.rows(connection, person=person, since=since, now=now, most=most)
    return [Commitment(*row) for row in found]


def in_vain(connection: Connection, person: str, now: str, *, most: int = 5) -> list[Commitment]:
    """For what a person asked or waited in vain, in slots that began in the last 90 days or will begin; the latest first."""
    since = (date.fromisoformat(now[:10]) - timedelta(days=90)).isoformat()
    return [Commitment(*row) for row in _in_vain.rows(connection, person=person, since=since, most=most)]


def of_person_in(connection: Connection, person: str, slots: Collection[str]) -> dict[str, Commitment]:
    """The places of a person in these slots, by slot; a slot where the person never was is missing."""
    if not slots:
        return {}
    found = connection.execute(_in_slots, {"person": person, "slots": list(slots)})
    return {row[0]: Commitment(*row) for row in found}


def place_of(connection: Connection, person: str, slot: str) -> int | None:
    """The place in the queue from 1, None who does not wait."""
    found = of_person_in(connection, person, [slot]).get(slot)
    return found.place if found else None


def streams_of(slot: str, seats: Sequence[Seat]) -> list[str]:
    """The streams of the log that speak of these lines: sign-up with attendance, and hours."""
    return [f"{kind}:{slot}/{seat.person}" for seat in seats for kind in ("enrolment", "hours")]
