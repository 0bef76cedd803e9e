"""What is not said of few: a figure under five with somebody sealed in it would tell who that is. (requirements §5, trust §2)

The figure itself stays what the log adds up to; only showing it is withheld. Who is sealed now counts, whichever position is
asked for: sealing comes before repeating what was once shown. Lists by place and day put their small cells together with
others, and a sum of which a part is withheld says what it comes to at least, so that the whole minus the rest does not tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.engine import Connection

from projections.figures import NO_LIMIT, Few, Figures, Line, Value, scoped
from projections.identities import Span
from projections.journal import month_line
from projections.measures import MEASURES, Measure
from projections.person_states import in_state

FEWEST = 5
OTHERS = "其余"
"""Where the cells stand that are too small to stand alone."""
COUNTED_BY = {
    "counselling_minutes": "counselling", "volunteer_minutes": "volunteers", "visit_places": "visits", "households": "visits",
}  # fmt: skip
"""Figures that count no contacts and no people themselves, and the one that says how many are behind them."""

_sealed = scoped(
    select(month_line.c.measure, month_line.c.place, month_line.c.day)
    .where(
        month_line.c.month == bindparam("month"),
        month_line.c.position <= bindparam("until"),
        or_(month_line.c.sealed == 1, month_line.c.person.in_(bindparam("persons", expanding=True))),
    )
    .group_by(month_line.c.measure, month_line.c.place, month_line.c.day)
    .having(func.sum(month_line.c.amount) > 0)
)


def shown(
    connection: Connection, found: Figures, organisations: Collection[str] | None = None, as_of: int | None = None
) -> Figures:
    """The figures as they may be shown: too small ones with somebody sealed in them are withheld, small cells joined."""
    asked: dict[str, Any] = {
        "month": found.month, "until": NO_LIMIT if as_of is None else as_of, "persons": in_state(connection, "sealed"),
    }  # fmt: skip
    if organisations is not None:
        asked["organisations"] = sorted(organisations)
    sealed = connection.execute(_sealed[organisations is not None], asked).all()
    if not sealed:
        return found
    measures = {row.measure for row in sealed}
    places = {row.place or "未记地点" for row in sealed if row.measure == "visits"}
    days = {row.day or found.month for row in sealed if row.measure == "visits"}
    values: dict[str, Value] = {
        name: Few() if measures & {*MEASURES[name].sources} and is_small(found, name) else value
        for name, value in found.values.items()
    }
    return replace(
        found,
        values={name: whole(MEASURES[name], values) for name in values},
        anonymous=0 if isinstance(values["participations"], Few) else found.anonymous,
        visits_by_place=joined(found.visits_by_place, places),
        visits_by_day=joined(found.visits_by_day, days),
    )


def whole(measure: Measure, values: dict[str, Value]) -> Value:
    """A figure; one that others add up to says no more than those of them that are shown, for its rest would tell the others."""
    parts = [values[one.name] for one in MEASURES.values() if one.way == measure.way and is_part(one, measure)]
    if isinstance(values[measure.name], Few) or not any(isinstance(part, Few) for part in parts):
        return values[measure.name]
    return Few(sum(map(least, parts)) if measure.way == "sum" else max(map(least, parts)))


def is_part(one: Measure, other: Measure) -> bool:
    """Whether one figure counts some of what the other counts."""
    return set(one.sources) < set(other.sources)


def least(value: Value) -> int:
    """What a figure comes to at least, as it is shown: somebody is in one that is withheld."""
    if isinstance(value, Few):
        return 1 if value.least is None else value.least
    return value.min if isinstance(value, Span) else value or 0


def is_small(found: Figures, name: str) -> bool:
    """Whether fewer than five are behind a figure, and anybody at all."""
    value = found.values[COUNTED_BY.get(name, name)]
    number = value.max if isinstance(value, Span) else value
    return isinstance(number, int) and 0 < number < FEWEST


def joined(cells: dict[str, int], sealed: Collection[str]) -> dict[str, int]:
    """The cells, with small ones that hold somebody sealed put together with the next smallest until they are five.

    Nothing where all of them are fewer.
    """
    small = {name for name in sealed if 0 < cells.get(name, 0) < FEWEST}
    if not small:
        return cells
    for name in sorted(cells, key=lambda one: cells[one]):
        if sum(cells[one] for one in small) >= FEWEST and len(small) > 1:
            break
        small.add(name)
    together = sum(cells[name] for name in small)
    if together < FEWEST:
        return {}
    return {name: count for name, count in cells.items() if name not in small} | {OTHERS: together}


def lines_shown(connection: Connection, found: Figures, measure: Measure, lines: Iterable[Line]) -> list[Line]:
    """The lines behind a figure: all of them, or of one that is withheld those in which nobody is sealed."""
    every = list(lines)
    if not isinstance(found.values[measure.name], Few):
        return every
    persons = set(in_state(connection, "sealed"))
    return [line for line in every if not line.sealed and line.person not in persons]
