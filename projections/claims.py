"""What a bulletin printed beside what the log adds up to: agrees, differs, only from–to, another unit, or nobody can know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import msgspec
from sqlalchemy import bindparam, case, func, select
from sqlalchemy.engine import Connection

from projections.figures import NO_LIMIT, Few, Figures, Value, scoped
from projections.identities import Span
from projections.journal import bulletin, claim
from projections.measures import MEASURES, MINUTES

State = Literal["differs", "unit", "range", "agrees", "unknown"]
ORDER: tuple[State, ...] = ("differs", "unit", "range", "agrees", "unknown")
"""Loudest first: what must be looked at stands on top."""
ALIASES = {"counselling_persons": "persons_counselled"}
"""Names that printed figures use for a measure."""


WORDS = {
    "help messages, cumulative": "收到的求助，累计",
    "on-site counselling since 2019": "2019 年以来进企业的心理咨询",
    "free counselling, 近年来": "免费心理咨询，近年来",
    "mental-health events, 近年来": "心理健康活动，近年来",
    "心理义工 training, 近两年来": "心理义工培训，近两年来",
    "service lines": "服务项目",
}
"""What a printed number that no log can know is about, where files say it in English."""


class Claim(msgspec.Struct, frozen=True):
    """A printed number and the computed one. `computed` is None where the log cannot know, and then nothing agrees or differs."""

    figure: str
    printed: int
    unit: str
    what: str
    section: str
    measure: str | None
    computed: int | float | Span | None
    computed_unit: str
    agrees: bool | None
    state: State
    position: int
    bulletin: str
    as_of: str | None

    @property
    def words(self) -> str:
        """What it is about, as pages say it."""
        return WORDS.get(self.what, self.what)

    @property
    def gap(self) -> int | float | None:
        """Computed minus printed, where both are one number of one unit."""
        if isinstance(self.computed, Span) or self.computed is None or self.state == "unit":
            return None
        return self.computed - self.printed


class Bulletin(msgspec.Struct, frozen=True):
    """A bulletin of the month: what it calls itself, and where the log tells of it."""

    record: str
    title: str
    issue: str
    position: int


_claims = scoped(
    select(claim).where(claim.c.period == bindparam("month"), claim.c.position <= bindparam("until")),
    claim.c.organisation,
)
_bulletins = scoped(
    select(bulletin.c.record, bulletin.c.title, bulletin.c.issue, bulletin.c.position)
    .where(bulletin.c.period == bindparam("month"), bulletin.c.position <= bindparam("until"))
    .order_by(bulletin.c.position),
    bulletin.c.organisation,
)
_before, _after = claim.c.period < bindparam("month"), claim.c.period > bindparam("month")
_nearest = scoped(
    select(func.max(case((_before, claim.c.period))), func.min(case((_after, claim.c.period)))).where(
        claim.c.position <= bindparam("until")
    ),
    claim.c.organisation,
)


def claims(
    connection: Connection, figures: Figures, organisations: Collection[str] | None = None, as_of: int | None = None
) -> list[Claim]:
    """Every number that was printed about the month, in the order of the log."""
    asked = asked_for(figures.month, organisations, as_of)
    rows = connection.execute(_claims[organisations is not None].order_by(claim.c.position), asked)
    return [judge(row, figures) for row in rows]


def bulletins(
    connection: Connection, month: str, organisations: Collection[str] | None = None, as_of: int | None = None
) -> list[Bulletin]:
    """The bulletins of the month."""
    asked = asked_for(month, organisations, as_of)
    return [Bulletin(*row) for row in connection.execute(_bulletins[organisations is not None], asked)]


def nearest(
    connection: Connection, month: str, organisations: Collection[str] | None = None, as_of: int | None = None
) -> tuple[str | None, str | None]:
    """The last month before and the first one after about which numbers were printed."""
    before, after = connection.execute(
        _nearest[organisations is not None], asked_for(month, organisations, as_of)
    ).one()
    return before, after


def asked_for(month: str, organisations: Collection[str] | None, as_of: int | None) -> dict[str, Any]:
    """The values of a scoped statement."""
    asked: dict[str, Any] = {"month": month, "until": NO_LIMIT if as_of is None else as_of}
    return asked if organisations is None else asked | {"organisations": sorted(organisations)}


def loudest_first(found: list[Claim]) -> list[Claim]:
    """Disagreements before everything else, larger gaps before smaller ones."""
    return sorted(found, key=lambda c: (ORDER.index(c.state), -relative(c), c.position))


def relative(one: Claim) -> float:
    """How large what is disputed is; of two equal gaps the one about more people is the louder."""
    return float(one.printed) if one.state == "differs" else 0.0


def judge(row: Any, figures: Figures) -> Claim:
    """Hold one printed number against the month."""
    name = ALIASES.get(row.measure, row.measure)
    computed, unit = computed_for(name, row.unit, figures)
    agrees, state = compare(row.value, row.unit, computed, unit)
    return Claim(
        figure=row.figure,
        printed=row.value,
        unit=row.unit,
        what=row.what,
        section=row.section,
        measure=name if name in MEASURES else None,
        computed=computed,
        computed_unit=unit,
        agrees=agrees,
        state=state,
        position=row.position,
        bulletin=row.bulletin,
        as_of=row.as_of,
    )


def computed_for(name: str | None, unit: str, figures: Figures) -> tuple[int | float | Span | None, str]:
    """What the log adds up to, in the printed unit where the same thing is counted, else in its own."""
    if name not in MEASURES:
        return None, unit
    value: Value = figures.values[name]
    if isinstance(value, Few):
        return None, unit
    if name == "activity_persons" and figures.anonymous:
        return figures.total("participations"), "人次"
    if name in MINUTES:
        return in_hours(figures.total(name)), "小时"
    return value.max if isinstance(value, Span) and value.is_sure else value, unit


def in_hours(minutes: int) -> int | float:
    """Minutes as hours, a whole number where it is one."""
    return minutes // 60 if minutes % 60 == 0 else round(minutes / 60, 2)


def compare(
    printed: int, unit: str, computed: int | float | Span | None, computed_unit: str
) -> tuple[bool | None, State]:
    """Whether they agree, and how to say it. A range that contains the printed number neither agrees nor differs."""
    if computed is None:
        return None, "unknown"
    if unit != computed_unit:
        return False, "unit"
    if isinstance(computed, Span):
        return (None, "range") if computed.min <= printed <= computed.max else (False, "differs")
    return (True, "agrees") if printed == computed else (False, "differs")
