"""Finding activities: days and months of slots, what waits for closing, when the next one is, how it was before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from ledger.prepared import Prepared
from projections.activities import Activity, Slot, activity, slot
from projections.enrolment_lists import HERE, enrolment
from projections.organisations import in_order, organisation
from projections.person_files import person
from projections.receipts import receipt


class Listed(msgspec.Struct, frozen=True):
    """A slot with what a list says about its activity; `place` is the slot's own or else the activity's."""

    slot: Slot
    title: str
    place: str
    activity_state: str


class Busy(msgspec.Struct, frozen=True):
    """A time for which somebody is on a list: no other slot may share it. `person`: the file of theirs that is on it."""

    slot: str
    activity: str
    title: str
    side: str
    state: str
    starts: str
    ends: str | None
    person: str
    place: int | None = None


class Earlier(msgspec.Struct, frozen=True):
    """A slot that was held under the same title: how many volunteers came, how many 人次 were served (§5)."""

    slot: str
    activity: str
    starts: str
    volunteers: int
    served: int


_ids: Any = bindparam("organisations", expanding=True)
_mine: Any = bindparam("runs", expanding=True)
_place = func.coalesce(func.nullif(slot.c.place, ""), activity.c.place, "")
_listed: Any = select(slot, activity.c.title, _place, activity.c.state).join(activity, activity.c.id == slot.c.activity)
_in_sight = and_(
    activity.c.state != "archived",
    or_(slot.c.state != "draft", slot.c.organisation.in_(_mine)),
    or_(bindparam("anywhere"), slot.c.organisation.in_(_ids)),
    or_(bindparam("like") == "", activity.c.title.like(bindparam("like"), escape="!"), _place.like(bindparam("like"), escape="!")),
)  # fmt: skip
_days = _listed.where(slot.c.starts >= bindparam("since"), slot.c.starts < bindparam("until"), _in_sight).order_by(
    slot.c.starts, slot.c.id
)
_next = (
    select(func.min(slot.c.starts))
    .join_from(slot, activity, activity.c.id == slot.c.activity)
    .where(slot.c.starts >= bindparam("since"), slot.c.state.in_(("open", "draft")), _in_sight)
)
_to_close = (
    _listed.where(
        slot.c.state == "open",
        slot.c.organisation.in_(_mine),
        func.coalesce(slot.c.ends, slot.c.starts) <= bindparam("now"),
    )
    .order_by(slot.c.starts.desc(), slot.c.id)
    .limit(bindparam("most"))
)
_drafts = (
    select(activity)
    .where(activity.c.state == "draft", activity.c.organisation.in_(_mine))
    .order_by(activity.c.position.desc())
    .limit(bindparam("most"))
)
_undated = (
    select(activity.c.id, activity.c.title, activity.c.place, activity.c.due)
    .where(
        activity.c.due.startswith(bindparam("month")),
        or_(activity.c.state == "published", and_(activity.c.state == "draft", activity.c.organisation.in_(_mine))),
        activity.c.id.not_in(select(slot.c.activity).where(slot.c.activity == activity.c.id)),
    )
    .order_by(activity.c.due, activity.c.title)
)
_organisers = select(organisation.c.id, organisation.c.name).where(
    organisation.c.id.in_(select(activity.c.organisation).where(activity.c.state != "draft"))
)
_files = select(person.c.id).where(or_(person.c.id == bindparam("person"), person.c.root == bindparam("person")))
_ahead = enrolment.alias("ahead")
_queue = (
    select(func.count())
    .where(
        _ahead.c.slot == enrolment.c.slot,
        _ahead.c.side == enrolment.c.side,
        _ahead.c.state == "waiting",
        _ahead.c.queue <= enrolment.c.queue,
        enrolment.c.state == "waiting",
    )
    .scalar_subquery()
)
_busy = Prepared(
    select(
        enrolment.c.slot,
        enrolment.c.activity,
        activity.c.title,
        enrolment.c.side,
        enrolment.c.state,
        enrolment.c.starts,
        enrolment.c.ends,
        enrolment.c.person,
        _queue,
    )
    .join(activity, activity.c.id == enrolment.c.activity)
    .where(
        enrolment.c.person.in_(_files),
        enrolment.c.starts < bindparam("until"),
        func.coalesce(enrolment.c.ends, func.substr(enrolment.c.starts, 1, 10) + "T99") > bindparam("since"),
        or_(*(enrolment.c.state == state for state in HERE)),  # IN is expanded anew at every execution
    )
    .order_by(enrolment.c.starts)
)
_held = and_(
    activity.c.title == bindparam("title"),
    activity.c.id != bindparam("activity"),
    slot.c.state == "closed",
    slot.c.starts < bindparam("before"),
)
_came = (
    select(func.count())
    .where(
        enrolment.c.slot == slot.c.id,
        enrolment.c.side == "volunteer",
        or_(enrolment.c.state == "checked_in", enrolment.c.state == "checked_out"),
    )
    .scalar_subquery()
)
_served = (
    select(func.count())
    .where(receipt.c.contact == slot.c.id, receipt.c.form == "activity", receipt.c.state == "received")
    .scalar_subquery()
)
_earlier = Prepared(
    select(
        slot.c.id,
        slot.c.activity,
        slot.c.starts,
        _came + func.coalesce(slot.c.volunteer_headcount, 0),
        _served + func.coalesce(slot.c.participant_headcount, 0),
        func.count().over(),
    )
    .join_from(slot, activity, activity.c.id == slot.c.activity)
    .where(_held)
    .order_by(slot.c.starts.desc(), slot.c.id)
    .limit(bindparam("most"))
)


def pattern(text: str) -> str:
    """Text as a LIKE pattern in which nothing but the text itself matches; empty for none."""
    for sign in "!%_":
        text = text.replace(sign, "!" + sign)
    return f"%{text}%" if text else ""


def listed(row: Any) -> Listed:
    """A row of the list."""
    return Listed(Slot(*row[:-3]), *row[-3:])


def sought(since: str, runs: Collection[str], text: str, within: Collection[str] | None) -> dict[str, Any]:
    """What a list is asked with."""
    anywhere, below = within is None, list(within or ())
    return {"since": since, "runs": list(runs), "like": pattern(text), "anywhere": anywhere, "organisations": below}


def between(
    connection: Connection,
    since: str,
    until: str,
    *,
    runs: Collection[str] = (),
    text: str = "",
    within: Collection[str] | None = None,
) -> list[Listed]:
    """Slots that start from `since` and before `until` (local days or times), by time; drafts of the organisations `runs` only.

    `text` is looked for in title and place; `within`: of these organisations alone.
    """
    found = connection.execute(_days, sought(since, runs, text, within) | {"until": until})
    return [listed(row) for row in found]


def next_day(
    connection: Connection, since: str, *, runs: Collection[str] = (), text: str = "", within: Collection[str] | None = None
) -> str | None:  # fmt: skip
    """The first local day from `since` on with a slot that `between` would list and that is still to come."""
    found = connection.execute(_next, sought(since, runs, text, within)).scalar()
    return found[:10] if found else None


def to_close(connection: Connection, runs: Collection[str], now: str, most: int = 5) -> list[Listed]:
    """Slots of these organisations that are over at a local time and still open, the latest first."""
    if not runs:
        return []
    return [listed(row) for row in connection.execute(_to_close, {"runs": list(runs), "now": now, "most": most})]


def drafts(connection: Connection, runs: Collection[str], most: int = 5) -> list[Activity]:
    """What these organisations have planned and not published, the latest first."""
    if not runs:
        return []
    return [Activity(*row) for row in connection.execute(_drafts, {"runs": list(runs), "most": most})]


def undated(connection: Connection, month: str, runs: Collection[str] = ()) -> list[tuple[str, str, str, str]]:
    """Activities planned for a month that have no slot yet: id, title, place, the month or day that they are due."""
    found = connection.execute(_undated, {"month": month, "runs": list(runs)})
    return [(row[0], row[1], row[2], row[3]) for row in found]


def organisers(connection: Connection) -> list[tuple[str, str]]:
    """Id and name of the organisations that have published anything, by the sound of their names."""
    return list(in_order({row[0]: row[1] for row in connection.execute(_organisers)}).items())


def busy(connection: Connection, person_id: str, since: str, until: str) -> list[Busy]:
    """What keeps a person busy between two local times, in every file that is theirs, earliest first; unknown ends last all day."""
    found = _busy.rows(connection, person=person_id, since=since, until=until)
    return [Busy(*(*row[:-1], row[-1] or None)) for row in found]


def earlier(
    connection: Connection, title: str, activity_id: str, before: str, most: int = 6
) -> tuple[int, list[Earlier]]:
    """How often an activity of this title was held before a local time, and the latest of those slots, the latest first."""
    rows = _earlier.rows(connection, title=title, activity=activity_id, before=before, most=most)
    return (rows[0][-1] if rows else 0), [Earlier(*row[:-1]) for row in rows]
