"""The figures of a month: sums over the journal, for a scope, as of a position; what they are made of are its lines. (§8)"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Column, Select, bindparam, func, select
from sqlalchemy.engine import Connection

from projections import identities
from projections.identities import Identities, Span
from projections.journal import month_line
from projections.measures import MEASURES, Measure

NO_LIMIT = 2**62


class Few(msgspec.Struct, frozen=True):
    """A figure that is not shown: see `small_cells.py`. `least`: what the rest of it comes to, where only a part is withheld."""

    least: int | None = None

    def __str__(self) -> str:
        return "不足 5" if self.least is None else f"至少 {self.least}"


Value = int | Span | Few | None


class Figures(msgspec.Struct, frozen=True):
    """A month for a scope as of a position. `values` holds every measure; households are None where visits lack them."""

    month: str
    values: dict[str, Value]
    visits_by_place: dict[str, int]
    visits_by_day: dict[str, int]
    anonymous: int

    def total(self, name: str) -> int:
        """A summed figure."""
        value = self.values[name]
        return value if isinstance(value, int) else 0

    def persons(self, name: str) -> Span:
        """A count of persons."""
        value = self.values[name]
        return value if isinstance(value, Span) else Span(0, 0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted at all, neither in the month nor planned for the next."""
        return not any(value.max if isinstance(value, Span) else value for value in self.values.values())


class Line(msgspec.Struct, frozen=True):
    """A line of the journal: what one event added to a figure or took from it."""

    position: int
    month: str
    day: str | None
    organisation: str | None
    measure: str
    amount: int
    person: str | None
    place: str | None
    thing: str
    basis: str | None
    sealed: int


def scoped(statement: Select[Any], column: Column[Any] = month_line.c.organisation) -> dict[bool, Select[Any]]:
    """The statement for everybody, and for a set of organisations, of which the column names one."""
    return {False: statement, True: statement.where(column.in_(bindparam("organisations", expanding=True)))}


_until = month_line.c.month == bindparam("month"), month_line.c.position <= bindparam("until")
_total = func.sum(month_line.c.amount)
_sums = scoped(select(month_line.c.measure, _total).where(*_until).group_by(month_line.c.measure))
_persons = scoped(
    select(month_line.c.measure, month_line.c.person)
    .where(*_until, month_line.c.person.is_not(None))
    .group_by(month_line.c.measure, month_line.c.person)
    .having(_total > 0)
)
_visits = scoped(
    select(month_line.c.place, month_line.c.day, month_line.c.household, _total)
    .where(*_until, month_line.c.measure == "visits")
    .group_by(month_line.c.place, month_line.c.day, month_line.c.household)
    .having(_total > 0)
    .order_by(month_line.c.day)
)
_named = scoped(
    select(_total).where(*_until, month_line.c.measure == "participations", month_line.c.person.is_not(None))
)
_lines = scoped(
    select(*(month_line.c[name] for name in Line.__struct_fields__))
    .where(
        month_line.c.month.in_(bindparam("months", expanding=True)),
        month_line.c.measure.in_(bindparam("measures", expanding=True)),
        month_line.c.position > bindparam("after"),
        month_line.c.position <= bindparam("until"),
    )
    .order_by(month_line.c.position, month_line.c.part)
)
_latest = scoped(select(func.max(month_line.c.month)).where(month_line.c.measure != "planned"))
_at = (
    select(*(month_line.c[name] for name in Line.__struct_fields__))
    .where(month_line.c.position == bindparam("position"))
    .order_by(month_line.c.part)
)


def next_month(month: str, step: int = 1) -> str:
    """The month after (or so many after) `2026-11`."""
    year, number = map(int, month.split("-"))
    count = year * 12 + number - 1 + step
    return f"{count // 12:04}-{count % 12 + 1:02}"


def figures(
    connection: Connection, month: str, organisations: Collection[str] | None = None, as_of: int | None = None
) -> Figures:
    """The figures of a month for these organisations (None: all), as of a position (None: now)."""
    ask = asker(connection, organisations, as_of)
    sums = dict(ask(_sums, month))
    sums["planned"] = dict(ask(_sums, next_month(month))).get("planned", 0)
    persons: dict[str, set[str]] = {}
    for measure, person in ask(_persons, month):
        persons.setdefault(measure, set()).add(person)
    known = identities.known_at(connection, NO_LIMIT if as_of is None else as_of)
    visits = list(ask(_visits, month))
    values = {m.name: value_of(m, sums, persons, visits, known) for m in MEASURES.values()}
    named = next(iter(ask(_named, month)))[0] or 0
    return Figures(
        month=month,
        values=values,
        visits_by_place=tally((place or "未记地点", amount) for place, _, _, amount in visits),
        visits_by_day=tally(((day or month, amount) for _, day, _, amount in visits), by_size=False),
        anonymous=sums.get("participations", 0) - named,
    )


def asker(connection: Connection, organisations: Collection[str] | None, as_of: int | None) -> Any:
    """A function that runs a scoped statement for a month."""
    until = {"until": NO_LIMIT if as_of is None else as_of}
    scope = {} if organisations is None else {"organisations": sorted(organisations)}

    def ask(statement: dict[bool, Select[Any]], month: str) -> Iterable[Any]:
        return connection.execute(statement[organisations is not None], until | scope | {"month": month}).all()

    return ask


def value_of(
    measure: Measure, sums: dict[str, int], persons: dict[str, set[str]], visits: list[Any], known: Identities
) -> Value:
    """One figure of the month."""
    if measure.way == "sum":
        return sum(sums.get(source, 0) for source in measure.sources)
    if measure.way == "persons":
        return known.span(set().union(*(persons.get(source, set()) for source in measure.sources)))
    column = 0 if measure.way == "places" else 2
    found = {visit[column] for visit in visits}
    if measure.way == "households" and (None in found or not found):
        return None if found else 0
    return len(found - {None})


def tally(pairs: Iterable[tuple[str, int]], *, by_size: bool = True) -> dict[str, int]:
    """Amounts added up by name, the largest first or in order of the names."""
    found: dict[str, int] = {}
    for name, amount in pairs:
        found[name] = found.get(name, 0) + amount
    return dict(sorted(found.items(), key=(lambda item: -item[1]) if by_size else None))


def lines(
    connection: Connection,
    month: str,
    measures: Iterable[Measure],
    organisations: Collection[str] | None = None,
    after: int = 0,
    until: int | None = None,
) -> list[Line]:
    """The lines of these figures behind `after` and up to `until`, in the order of the log."""
    wanted = list(measures)
    asked: dict[str, Any] = {
        "months": sorted({next_month(month) if m.of_next_month else month for m in wanted}),
        "measures": sorted({source for m in wanted for source in m.sources}),
        "after": after,
        "until": NO_LIMIT if until is None else until,
    }
    if organisations is not None:
        asked["organisations"] = sorted(organisations)
    found = [Line(*row) for row in connection.execute(_lines[organisations is not None], asked)]
    return [line for line in found if (line.measure == "planned") == (line.month != month)]


def lines_at(connection: Connection, position: int) -> list[Line]:
    """What one event counts towards."""
    return [Line(*row) for row in connection.execute(_at, {"position": position})]


def latest_month(connection: Connection, organisations: Collection[str] | None = None) -> str | None:
    """The last month in which anything was counted."""
    asked = {} if organisations is None else {"organisations": sorted(organisations)}
    found: str | None = connection.execute(_latest[organisations is not None], asked).scalar()
    return found
