"""My record: what I am committed to, my hours by month, state and grade, my stars, and where I say that an entry is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from flask import current_app, g, render_template, request
from markupsafe import Markup

from projections import enrolments, hours
from projections.hours import GRADES, STATES, Sum
from web.forms import load
from web.house import instant, reached, reader
from web.schemas.hours import RecordPage

STARS = (100, 300, 600, 1000, 1500)
"""Hours for one to five stars (Guangdong, requirements §5); from credited hours alone."""
PER_PAGE = 10
MONTHS = 12
ADDRESS = RecordPage()


@dataclass(frozen=True)
class Stars:
    """Where credited hours stand on the scale; `left` minutes are missing to the next star, 0 when all are there."""

    count: int
    left: int
    reached: float


def stars(minutes: int) -> Stars:
    """The stars that these credited minutes are enough for, and the place on the scale in per cent."""
    count = sum(minutes >= step * 60 for step in STARS)
    left = STARS[count] * 60 - minutes if count < len(STARS) else 0
    return Stars(count, left, min(100.0, 100 * minutes / (STARS[-1] * 60)))


@cache
def scale() -> Markup:
    """The marks of the scale, which are the same for everybody: hours, place in per cent, star."""
    marks = [(step, 100 * step / STARS[-1], f"{'一二三四五'[n]}星") for n, step in enumerate(STARS)]
    component = current_app.jinja_env.get_template("_components/chart.html").module
    return component.scale_marks(marks)  # type: ignore[attr-defined,no-any-return]  # a macro


Bars = tuple[float | None, ...]
"""Hours by month, None for a month without any."""
NO_BARS: Bars = (None,) * MONTHS


@dataclass(frozen=True)
class Chart:
    """Hours of the last twelve months that have any, credited, on the way and disputed apart."""

    labels: tuple[str, ...]
    credited: Bars
    pending: Bars
    disputed: Bars

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any((*self.credited, *self.pending, *self.disputed))


@lru_cache(maxsize=16)
def last_months(today: str) -> tuple[str, ...]:
    """The twelve months up to this day's or month's, oldest first."""
    year, month = int(today[:4]), int(today[5:7])
    counted = [year * 12 + month - 1 - back for back in range(MONTHS - 1, -1, -1)]
    return tuple(f"{number // 12:04}-{number % 12 + 1:02}" for number in counted)


def chart(sums: list[Sum], today: str) -> Chart:
    """The picture of the last twelve months, in hours."""
    months = last_months(today[:7])
    found: dict[str, dict[str, int]] = {}
    for one in sums:
        if one.month >= months[0]:
            kind = one.state if one.state in ("credited", "objected", "voided") else "pending"
            of_kind = found.setdefault(kind, {})
            of_kind[one.month] = of_kind.get(one.month, 0) + one.minutes

    def bars(kind: str) -> Bars:
        minutes = found.get(kind)
        return tuple(round(minutes[m] / 60, 1) if m in minutes else None for m in months) if minutes else NO_BARS

    return Chart(tuple(str(int(month[5:])) for month in months), bars("credited"), bars("pending"), bars("objected"))


@lru_cache(maxsize=512)
def drawn(picture: Chart) -> Markup | str:
    """The picture itself; months hardly change, and drawing them costs as much as all queries of the page."""
    if picture.is_empty:
        return ""
    series = [
        ("已入账", "c1", picture.credited),
        ("还没入账", "hatch", picture.pending),
        ("有异议", "hollow", picture.disputed),
    ]
    component = current_app.jinja_env.get_template("_components/chart.html").module
    return component.bar_chart("近 12 个月每月服务时长", picture.labels, series, "小时")  # type: ignore[attr-defined,no-any-return]  # a macro


def matrix(sums: list[Sum]) -> list[tuple[str, list[int], int, int]]:
    """Minutes by state and grade: state, one number a grade, their sum, how many entries. States without any are left out."""
    rows = []
    for state in (*STATES, "voided"):
        of_state = [one for one in sums if one.state == state]
        if of_state:
            grades = [sum(one.minutes for one in of_state if one.grade == grade) for grade in GRADES]
            rows.append((state, grades, sum(grades), sum(one.entries for one in of_state)))
    return rows


def draw(*, status: int = 200, **more: Any) -> str | tuple[str, int]:
    """The page; with `objecting` the entry of that slot is open, with what was typed and what is wrong with it."""
    me, connection, moment = g.viewer.person, reader(), instant()
    wanted = load(ADDRESS, request.args)[0] if request.args else {}
    page = wanted.get("page", 1)
    sums = hours.tally_of(connection, me)
    credited = hours.total(sums, "credited")
    entries = hours.own(connection, me, most=PER_PAGE, skip=(page - 1) * PER_PAGE)
    text = render_template(
        "enrolments/mine.html",
        coming=enrolments.coming(connection, me, moment),
        in_vain=enrolments.in_vain(connection, me, moment),
        now=moment,
        credited=credited,
        stars=stars(credited),
        scale=scale(),
        chart=drawn(chart(sums, moment)),
        matrix=matrix(sums),
        entries=entries,
        count=sum(one.entries for one in sums),
        page=page,
        most=PER_PAGE,
        position=reached(),
        **{"objecting": wanted.get("objecting", ""), "errors": {}, "typed": {}, "failed": ""} | more,
    )
    return (text, status) if status != 200 else text
