"""Journeys from served to serving, read from the facts that stand: who, in which stage, and whom they served since. (§5)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.engine import Connection

from projections.activities import activity
from projections.hours_journal import hours
from projections.journeys import assist, gave, human, joined, served
from projections.person_states import in_state

ACTIVE_DAYS = 365
"""A converted volunteer is active while their last confirmed hours are at most so many days ago (§5)."""
FEWEST_WITH_SEALED = 5
"""Sealed receipts count only inside totals of at least so many (§5)."""


class Journey(msgspec.Struct, frozen=True):
    """One human: first served, first signed up to serve after it, first served others. Days are local; `latest` see journeys."""

    person: str
    served: str
    served_contact: str
    interested: str | None = None
    converted: str | None = None
    converted_slot: str | None = None
    last_day: str | None = None
    times: int = 0
    minutes: int = 0

    @property
    def days(self) -> int | None:
        """Days from served to serving; None where the day of the service is not known."""
        if self.converted is None or len(self.served) < 10:
            return None
        return (date.fromisoformat(self.converted[:10]) - date.fromisoformat(self.served)).days

    def is_active(self, today: str) -> bool:
        """Whether they served others within the last 365 days."""
        since = (date.fromisoformat(today) - timedelta(days=ACTIVE_DAYS)).isoformat()
        return self.last_day is not None and self.last_day >= since


class Funnel(msgspec.Struct, frozen=True):
    """How many humans reached which stage, the median of days between, and 人次 assisted since, each counted once."""

    interested: int
    converted: int
    active: int
    median_days: float | None
    assisted: int


class Assisted(msgspec.Struct, frozen=True):
    """A receipt that recipients who became volunteers assisted: counted once, whoever helped."""

    contact: str
    person: str
    day: str
    sealed: bool
    position: int
    volunteers: tuple[str, ...]


class Given(msgspec.Struct, frozen=True):
    """Confirmed hours of one slot: local start, minutes, the activity's title, and how far they have come (`STATES`)."""

    slot: str
    starts: str
    minutes: int
    title: str
    state: str


_ids: Any = bindparam("ids", expanding=True)
_orgs: Any = bindparam("organisations", expanding=True)
_drivers = select(joined.c.person).union(select(gave.c.person).where(gave.c.confirmed > 0)).subquery()
_roots = (
    select(func.coalesce(human.c.root, _drivers.c.person).label("root"))
    .outerjoin_from(_drivers, human, human.c.person == _drivers.c.person)
    .distinct()
    .subquery()
)
_files = (
    select(_roots.c.root.label("person"), _roots.c.root)
    .union(select(human.c.person, human.c.root).where(human.c.root.in_(select(_roots.c.root))))
    .subquery()
)
_received = (
    select(_files.c.root, served.c.latest, served.c.day, served.c.contact)
    .join_from(_files, served, served.c.person == _files.c.person)
    .where(served.c.organisation.in_(_orgs), served.c.sealed <= bindparam("sealed"))
)
_received_by = select(served.c.person, served.c.latest, served.c.day, served.c.contact).where(
    served.c.person.in_(_ids), served.c.organisation.in_(_orgs), served.c.sealed <= bindparam("sealed")
)
_all_files = (
    select(human.c.person, human.c.root).where(human.c.root.in_(_ids))
)  # fmt: skip
_joined = select(joined.c.person, joined.c.moment).where(joined.c.person.in_(_ids), joined.c.organisation.in_(_orgs))
_gave = select(gave.c.person, gave.c.slot, gave.c.starts, gave.c.minutes).where(
    gave.c.person.in_(_ids), gave.c.confirmed > 0, gave.c.organisation.in_(_orgs)
)
_given = (
    select(gave.c.slot, gave.c.starts, gave.c.minutes, func.coalesce(activity.c.title, ""), hours.c.state)
    .outerjoin_from(gave, activity, activity.c.id == gave.c.activity)
    .join(hours, and_(hours.c.slot == gave.c.slot, hours.c.person == gave.c.person))
    .where(gave.c.person.in_(_ids), gave.c.confirmed > 0)
    .order_by(gave.c.starts)
)
_at_activities = (
    select(served, gave.c.person.label("volunteer"))
    .join_from(gave, served, served.c.contact == gave.c.slot)
    .where(gave.c.person.in_(_ids), gave.c.confirmed > 0, served.c.organisation.in_(_orgs))
)
_at_visits = (
    select(served, assist.c.volunteer)
    .join_from(assist, served, and_(served.c.contact == assist.c.contact, served.c.person == assist.c.person))
    .where(assist.c.volunteer.in_(_ids), served.c.organisation.in_(_orgs))
)


def journeys(
    connection: Connection, organisations: frozenset[str], *, sealed: bool = False, only: str | None = None
) -> list[Journey]:
    """Everybody whom these organisations served first and who then signed up or served others; the earliest first.

    `sealed` counts sealed receipts and sealed people too: for totals only, never for names. `only` reads the journey of one human.
    """
    asked: dict[str, Any] = {"organisations": sorted(organisations), "sealed": int(sealed)}
    first: dict[str, tuple[str, str, str]] = {}
    if only is not None:
        asked["ids"] = [only, *roots(connection, [only])]
    for root, latest, day, contact in connection.execute(_received if only is None else _received_by, asked):
        one = (latest, day, contact)
        first[only or root] = min(first.get(only or root, one), one)
    files = {root: root for root in first} | roots(connection, first)
    signed = together(files, connection.execute(_joined, asked | {"ids": list(files)}))
    hours = together(files, connection.execute(_gave, asked | {"ids": list(files)}))
    kept = first if sealed or only is not None else first.keys() - in_state(connection, "sealed")
    found = (journey(root, *first[root], signed.get(root, []), hours.get(root, [])) for root in kept)
    return sorted((one for one in found if one), key=lambda j: (j.converted or "~", j.served))


def journey(
    root: str, latest: str, day: str, contact: str, signed: list[tuple[Any, ...]], hours: list[tuple[Any, ...]]
) -> Journey | None:
    """One human's journey; None for whoever served others first, or never turned towards it."""
    elsewhere = sorted((starts, slot) for slot, starts, _ in hours if slot != contact)
    if elsewhere and elsewhere[0][0] <= latest:
        return None
    interested = min((moment for (moment,) in signed if moment > latest), default=None)
    if not elsewhere:
        return Journey(root, day, contact, interested[:10]) if interested else None
    converted, slot = elsewhere[0]
    return Journey(
        root,
        day,
        contact,
        interested and interested[:10],
        converted[:10],
        slot,
        max(starts for starts, _ in elsewhere)[:10],
        len(elsewhere),
        sum(minutes for _, _, minutes in hours),
    )


def given(connection: Connection, files: Iterable[str]) -> list[Given]:
    """What these files of one human gave in confirmed hours, the earliest first."""
    return [Given(*row) for row in connection.execute(_given, {"ids": list(files)})]


def roots(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """File → root of every file merged into one of these."""
    wanted = list(ids)
    return dict(connection.execute(_all_files, {"ids": wanted}).all()) if wanted else {}


def together(files: dict[str, str], rows: Iterable[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows that begin with a file's id, by the human whose file it is."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for person, *rest in rows:
        found[files[person]].append(tuple(rest))
    return found


def assisted(connection: Connection, organisations: frozenset[str], converted: Iterable[Journey]) -> list[Assisted]:
    """Receipts dated after an assistant's conversion, each once, with everybody of `converted` who helped.

    Those in which somebody who is sealed took part count as sealed.
    """
    since = {one.person: one.converted for one in converted if one.converted}
    files = {root: root for root in since} | roots(connection, since)
    if not files:
        return []
    asked = {"ids": list(files), "organisations": sorted(organisations)}
    found: dict[tuple[str, str], Any] = {}
    helpers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for statement in (_at_activities, _at_visits):
        for row in connection.execute(statement, asked):
            helper = files[row.volunteer]
            if row.day > since[helper] and files.get(row.person) != helper:
                found[row.contact, row.person] = row
                helpers[row.contact, row.person].add(helper)
    sealed = set(in_state(connection, "sealed"))

    def line(contact: str, person: str, row: Any) -> Assisted:
        helped = helpers[contact, person]
        is_sealed = bool(row.sealed) or not sealed.isdisjoint({person, *helped})
        return Assisted(contact, person, row.day, is_sealed, row.position, tuple(sorted(helped)))

    return sorted(
        (line(*key, row) for key, row in found.items()),
        key=lambda one: (one.day, one.position),
        reverse=True,
    )


def funnel(connection: Connection, organisations: frozenset[str], today: str) -> Funnel:
    """The stages in this scope. Each total holds sealed receipts only where it is at least five with them."""
    open_ones, everybody = (journeys(connection, organisations, sealed=sealed) for sealed in (False, True))

    def total(counted: Any) -> int:
        with_sealed: int = counted(everybody)
        return with_sealed if with_sealed >= FEWEST_WITH_SEALED else int(counted(open_ones))

    helped = assisted(connection, organisations, everybody)
    shown = helped if len(helped) >= FEWEST_WITH_SEALED else [one for one in helped if not one.sealed]
    days = [one.days for one in everybody if one.days is not None]
    if len(days) < FEWEST_WITH_SEALED:
        days = [one.days for one in open_ones if one.days is not None]
    return Funnel(
        interested=total(len),
        converted=total(lambda found: sum(one.converted is not None for one in found)),
        active=total(lambda found: sum(one.is_active(today) for one in found)),
        median_days=median(days) if days else None,
        assisted=len(shown),
    )
