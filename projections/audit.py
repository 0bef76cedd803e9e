"""Finding events: the filters of the audit page over the history, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.engine import Connection

from projections.history import Entry, entry, mention
from projections.wordings import GROUPS, TOPICS

LATE = 24 * 60
"""Minutes after which an entry counts as late."""


OCCURRED = case(
    (entry.c.precision == "moment", func.coalesce(entry.c.occurred, entry.c.recorded)), else_=entry.c.occurred
)
"""When it happened: what happens now has only one time, what happened nobody knows when has none."""


class Scope(msgspec.Struct, frozen=True):
    """Whose events may be read; `homeless` are those that belong to no organisation."""

    organisations: frozenset[str]
    homeless: bool = False

    def holds(self, found: Entry) -> bool:
        """Whether this event may be read."""
        named = {found.organisation, found.owner} - {None}
        return bool(named & self.organisations) if named else self.homeless


class Filter(msgspec.Struct, frozen=True):
    """What to find; what is None does not matter. `days` bounds local dates, inclusive, of recording or of occurring.

    Of `hidden` things what was done with their file is found, and not what else mentions them: services, sign-ups, hours.
    """

    scope: Scope
    actors: tuple[str, ...] | None = None
    things: tuple[str, ...] | None = None
    hidden: frozenset[str] = frozenset()
    organisations: frozenset[str] | None = None
    topic: str | None = None
    source: str | None = None
    since: str | None = None
    until: str | None = None
    by: str = "recorded"
    late: bool = False


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """The filter as SQL."""
    found: list[ColumnElement[bool]] = [belongs(wanted.scope.organisations, homeless=wanted.scope.homeless)]
    if wanted.organisations is not None:
        found.append(belongs(wanted.organisations))
    if wanted.actors is not None:
        found.append(entry.c.actor.in_(wanted.actors))
    if wanted.things is not None:
        open_ones = [thing for thing in wanted.things if thing not in wanted.hidden]
        mentioned = select(mention.c.position).where(mention.c.thing.in_(open_ones))
        found.append(or_(entry.c.stream.in_(wanted.things), entry.c.position.in_(mentioned)))
    if wanted.topic in GROUPS:
        found.append(entry.c.topic.in_([topic for topic in TOPICS if topic.startswith(f"{wanted.topic}.")]))
    elif wanted.topic:
        found.append(entry.c.topic == wanted.topic)
    if wanted.source:
        found.append(entry.c.source == wanted.source)
    time: Any = OCCURRED if wanted.by == "occurred" else entry.c.recorded
    if wanted.since:
        found.append(time >= wanted.since)
    if wanted.until:
        found.append(time <= f"{wanted.until}T23:59:59")
    if wanted.late:
        found.append(entry.c.late > LATE)
    return found


def belongs(organisations: Iterable[str], *, homeless: bool = False) -> ColumnElement[bool]:
    """Whose events: acted for one of these, or about something of theirs."""
    ids = sorted(organisations)
    ours = or_(entry.c.organisation.in_(ids), entry.c.owner.in_(ids))
    return or_(ours, and_(entry.c.organisation.is_(None), entry.c.owner.is_(None))) if homeless else ours


_columns: Any = tuple(entry.c[name] for name in Entry.__struct_fields__)


def page(
    connection: Connection, wanted: Filter, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> list[Entry]:
    """Newest first: those before a position, or the next newer ones after it."""
    query = select(*_columns).where(*conditions(wanted)).limit(limit)
    if after is not None:
        rows = connection.execute(query.where(entry.c.position > after).order_by(entry.c.position))
        return [Entry(*row) for row in rows][::-1]
    if before is not None:
        query = query.where(entry.c.position < before)
    return [Entry(*row) for row in connection.execute(query.order_by(entry.c.position.desc()))]


def count(connection: Connection, wanted: Filter) -> int:
    """How many events the filter finds."""
    return connection.execute(select(func.count()).select_from(entry).where(*conditions(wanted))).scalar_one()


def by_day(connection: Connection, wanted: Filter, since: str) -> dict[str, tuple[int, int]]:
    """Day of recording → events in time and late ones, from `since` on."""
    day = func.substr(entry.c.recorded, 1, 10).label("day")
    late = func.sum(case((entry.c.late > LATE, 1), else_=0))
    rows = connection.execute(
        select(day, func.count(), late).where(*conditions(wanted), entry.c.recorded >= since).group_by(day)
    )
    return {row[0]: (row[1] - row[2], row[2]) for row in rows}


def entries(connection: Connection, positions: Iterable[int]) -> dict[int, Entry]:
    """The lines at these positions."""
    wanted = list(positions)
    rows: Any = connection.execute(select(*_columns).where(entry.c.position.in_(wanted))) if wanted else ()
    return {row[0]: Entry(*row) for row in rows}


def position_on(connection: Connection, day: str) -> int:
    """The last position that was recorded on or before a local day, 0 where there is none."""
    query = select(func.max(entry.c.position)).where(entry.c.recorded <= f"{day}T23:59:59")
    return connection.execute(query).scalar() or 0
