"""The tables of volunteer hours and what is read from them: entries to decide on, a person's record, sums as of any position."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, func, select
from sqlalchemy.engine import Connection

from ledger.prepared import Prepared
from ledger.projection import PERSONAL
from projections.activities import activity
from projections.person_files import person as people

tables = MetaData()
hours = Table(
    "hours",
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("before", Text),  # the state that an objection interrupted
    Column("grade", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("basis", Text),
    Column("reason", Text, info=PERSONAL),  # given with the claim
    Column("proposer", Text),
    Column("confirmer", Text),
    Column("until", Text),  # last day of the notice
    Column("objection", Text, info=PERSONAL),
    Column("objection_minutes", Integer),
    Column("objector", Text),
    Column("objected", Text),  # local day
    Column("answer", Text),  # what became of the objection, or of the entry: upheld adjusted voided
    Column("answer_reason", Text, info=PERSONAL),
    Column("was", Integer),  # minutes before the last adjustment
    Column("changed", Integer),  # position of the last event
    Column("asked", Integer),  # minutes that one person wants it corrected to after posting, 0: struck out
    Column("asker", Text),
    Column("asked_why", Text, info=PERSONAL),
)
hours_line = Table(
    "hours_line",  # a journal: minutes leave one state and enter another; its sums are the tallies, as of any position
    tables,
    Column("position", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
)
hours_tally = Table(
    "hours_tally",
    tables,
    Column("organisation", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("grade", Text, primary_key=True),
    Column("minutes", Integer, default=0),
    Column("entries", Integer, default=0),
)
person_tally = Table(
    "person_tally",
    tables,
    Column("person", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("grade", Text, primary_key=True),
    Column("minutes", Integer, default=0),
    Column("entries", Integer, default=0),
)
Index("hours_person", hours.c.person, hours.c.day)
Index("hours_state", hours.c.organisation, hours.c.state)
Index("hours_line_organisation", hours_line.c.organisation, hours_line.c.month)
Index("hours_line_person", hours_line.c.person)


class Entry(msgspec.Struct, frozen=True):
    """One entry with the words that a page needs beside it. `until` is the last day of the notice."""

    slot: str
    person: str
    activity: str
    organisation: str
    day: str
    month: str
    state: str
    before: str | None
    grade: str
    minutes: int
    basis: str | None
    reason: str | None
    proposer: str | None
    confirmer: str | None
    until: str | None
    objection: str | None
    objection_minutes: int | None
    objector: str | None
    objected: str | None
    answer: str | None
    answer_reason: str | None
    was: int | None
    changed: int
    asked: int | None = None
    asker: str | None = None
    asked_why: str | None = None
    title: str = ""
    name: str = ""


class OwnEntry(msgspec.Struct, frozen=True):
    """One entry as the record of its person shows it."""

    slot: str
    person: str
    activity: str
    day: str
    state: str
    grade: str
    minutes: int
    until: str | None
    objection: str | None
    objection_minutes: int | None
    objected: str | None
    answer: str | None
    answer_reason: str | None
    was: int | None
    title: str


def _entries(chosen: Any) -> Any:
    """Entries of these rows with their words."""
    return (
        select(
            *(hours.c[field] for field in Entry.__struct_fields__[:-2]),
            func.coalesce(activity.c.title, ""),
            func.coalesce(people.c.name, hours.c.person),
        )
        .select_from(chosen)
        .outerjoin(activity, activity.c.id == hours.c.activity)
        .outerjoin(people, people.c.id == hours.c.person)
    )


_entry = _entries(hours)
_me: Any = bindparam("person", type_=Text())
files: Any = select(_me).union_all(select(people.c.id).where(people.c.root == _me))
"""All files of a person: their own, and those that were merged into it."""
_one = _entry.where(hours.c.slot == bindparam("slot"), hours.c.person == bindparam("person"))
_elsewhere = (
    select(hours.c.person, func.sum(hours.c.minutes))
    .where(
        hours.c.person.in_(bindparam("persons", expanding=True)),
        hours.c.day == bindparam("day"),
        hours.c.slot != bindparam("slot"),
        hours.c.state != "voided",
    )
    .group_by(hours.c.person)
)
_in_slot = _entry.where(hours.c.slot == bindparam("slot")).order_by(hours.c.person)
_latest: Any = (hours.c.day.desc(), hours.c.slot.desc())
# Which rows a page shows is found in the index alone; whoever served for years has hundreds, and a page shows a dozen.
_shown = (
    select(hours.c.slot, hours.c.person)
    .where(hours.c.person.in_(files))
    .order_by(*_latest)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
    .subquery()
)
_chosen = _shown.join(hours, (hours.c.slot == _shown.c.slot) & (hours.c.person == _shown.c.person))
_of_person = Prepared(_entries(_chosen).order_by(*_latest))
_own = Prepared(
    select(*(hours.c[field] for field in OwnEntry.__struct_fields__[:-1]), func.coalesce(activity.c.title, ""))
    .select_from(_chosen)
    .outerjoin(activity, activity.c.id == hours.c.activity)
    .order_by(*_latest)
)
_count_of_person = select(func.coalesce(func.sum(person_tally.c.entries), 0)).where(person_tally.c.person.in_(files))
_organisations = hours.c.organisation.in_(bindparam("organisations", expanding=True))
_listed = _entry.where(_organisations, hours.c.state == bindparam("state"))
_order: Any = (hours.c.day, hours.c.slot, hours.c.person)
_work = _listed.order_by(*_order).limit(bindparam("most")).offset(bindparam("skip"))
_work_of_month = (
    _listed.where(hours.c.month == bindparam("month"))
    .order_by(*_order)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


def find(connection: Connection, slot: str, person: str) -> Entry | None:
    """One entry, None where there is none."""
    row = connection.execute(_one, {"slot": slot, "person": person}).first()
    return Entry(*row) if row else None


def in_slot(connection: Connection, slot: str) -> dict[str, Entry]:
    """The entries of a slot, by person."""
    return {row[1]: Entry(*row) for row in connection.execute(_in_slot, {"slot": slot})}


def elsewhere(connection: Connection, slot: str, day: str, persons: Collection[str]) -> dict[str, int]:
    """The minutes that these people have on a local day in other slots than this one; who has none is left out."""
    return dict(connection.execute(_elsewhere, {"slot": slot, "day": day, "persons": list(persons)}).all())


def of_person(connection: Connection, person: str, *, most: int = 20, skip: int = 0) -> list[Entry]:
    """Entries of a person, latest day first."""
    return [Entry(*row) for row in _of_person.rows(connection, person=person, most=most, skip=skip)]


def own(connection: Connection, person: str, *, most: int = 20, skip: int = 0) -> list[OwnEntry]:
    """The same entries with what their person's record shows of them, which half as many columns say."""
    return [OwnEntry(*row) for row in _own.rows(connection, person=person, most=most, skip=skip)]


def count_of(connection: Connection, person: str) -> int:
    """How many entries a person has, from the tally and not by counting."""
    return int(connection.execute(_count_of_person, {"person": person}).scalar_one())


def work(
    connection: Connection,
    organisations: Collection[str],
    state: str,
    *,
    month: str | None = None,
    most: int = 100,
    skip: int = 0,
) -> list[Entry]:
    """Entries in one state of these organisations (and of one month), oldest first: what waits for a colleague."""
    values = {"organisations": list(organisations), "state": state, "most": most, "skip": skip}
    if month:
        return [Entry(*row) for row in connection.execute(_work_of_month, values | {"month": month})]
    return [Entry(*row) for row in connection.execute(_work, values)]
