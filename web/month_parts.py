"""What a month page is put together from: the scope asked for, numbers in words, the printed beside the computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import g, request, url_for

from projections import audit, figures, organisations
from projections.claims import Claim
from projections.figures import Few, Figures, Line, Value
from projections.hours_sums import GRADES, STATES, Sum
from projections.identities import Span
from projections.measures import MEASURES, MINUTES, Measure
from projections.small_cells import COUNTED_BY, OTHERS
from web import access, permissions
from web.forms import load
from web.house import reached, reader
from web.schemas.months import MonthQuery
from web.words import day, hours

CLAIM_STATES = {
    "differs": ("wait", "look", "不一致"),
    "unit": ("wait", "look", "单位不同"),
    "range": ("posted", "info", "只能给区间"),
    "agrees": ("in", "in", "一致"),
    "unknown": ("", "info", "无从知道"),
}
MOST_BARS = 8


class Asked(msgspec.Struct, frozen=True):
    """The scope of a month page. `as_of` is a position, None for now; `errors` are sentences per field.

    `scope` are the organisations that counted then, `present` those that count today: between the two the tree may move.
    """

    organisation: str | None
    scope: frozenset[str]
    present: frozenset[str]
    as_of: int | None
    typed: str
    page: int
    errors: dict[str, list[str]]

    @property
    def position(self) -> int:
        """The position that figures are computed at."""
        return reached() if self.as_of is None else self.as_of

    @property
    def keep(self) -> dict[str, Any]:
        """The arguments that links to other views of the same scope carry on."""
        kept = {"organisation": self.organisation, "as_of": self.as_of}
        return {name: value for name, value in kept.items() if value is not None}


def asked() -> Asked:
    """Read the query of this request. Aborts with 404 where the organisation is not the viewer's to read."""
    values, errors = load(MonthQuery(), request.args)
    organisation, typed = values.get("organisation"), request.args.get("as_of", "").strip()
    as_of = None
    if text := values.get("as_of"):
        as_of = int(text) if text.isdigit() else audit.position_on(reader(), text)
        if as_of > reached():
            errors["as_of"] = [f"记录只到第 {reached()} 条，没有第 {as_of} 条。"]
            as_of = None
    present = access.scope(organisation)
    scope = present if as_of is None else scope_then(organisation, as_of)
    return Asked(organisation, scope, present, as_of, typed, values.get("page") or 1, errors)


def scope_then(organisation: str | None, as_of: int) -> frozenset[str]:
    """What stood at a position under the organisation, or under those that the viewer acts for or reviews today.

    What has since moved elsewhere counts, up to that position: it was this organisation's figure, and it stays one.
    """
    tops = [organisation] if organisation else g.viewer.nodes(permissions.of(g.page))
    return organisations.under(reader(), tops, as_of)


def organisation_options(nothing: str) -> list[tuple[str, str]]:
    """The organisations that the viewer may read as a tree, indented, for a select."""
    allowed = access.here()
    every = [one for one in organisations.every(reader()) if one.id in allowed]
    inside = {one.id for one in every}
    found: list[tuple[str, str]] = [("", nothing)]

    def add(parent: str | None, depth: int) -> None:
        for one in every:
            is_here = one.parent == parent if parent else one.parent not in inside
            if is_here:
                found.append((one.id, "　" * depth + one.name))
                add(one.id, depth + 1)

    add(None, 0)
    return found


def worded(measure: Measure, value: Value) -> tuple[str, str]:
    """A figure in words, and its unit if any was noted. Minutes are hours; withheld ones say how few are behind them."""
    if value is None:
        return "未记", ""
    if measure.name not in MINUTES or isinstance(value, Span):
        return str(value), measure.unit
    if isinstance(value, Few):
        return str(value), MEASURES[COUNTED_BY[measure.name]].unit
    return hours(value), measure.unit


def amount(line: Line) -> str:
    """What a line adds, with its sign where it takes away; minutes stay minutes, because hours are rounded on paper only."""
    value = f"{abs(line.amount)} 分钟" if line.measure in MINUTES else str(abs(line.amount))
    return f"−{value}" if line.amount < 0 else value


def printed_rows(claims: Sequence[Claim], found: Figures) -> list[tuple[Claim, str, str, str]]:
    """Each printed number that can be held against the log: the claim, its label, a note, and the gap in words."""
    rows = []
    for claim in claims:
        if claim.measure:
            rows.append((claim, MEASURES[claim.measure].label, note_of(claim, claims, found), gap_words(claim)))
    return rows


def gap_words(claim: Claim) -> str:
    """Computed minus printed."""
    if claim.gap is None:
        return ""
    return f"+{claim.gap}" if claim.gap > 0 else str(claim.gap).replace("-", "−")


def note_of(claim: Claim, claims: Sequence[Claim], found: Figures) -> str:
    """Why they differ, as far as the log or the same bulletin tells."""
    if claim.state == "unknown":
        return "记录里没有记这一项"
    if claim.state == "unit":
        return "清点的是人次，不能当人数"
    if isinstance(claim.computed, Span) and claim.state == "range":
        return "有几份档案可能是同一个人，还没有判定"
    if claim.state != "differs":
        return ""
    if claim.measure == "visit_places":
        missing = [place for place in found.visits_by_place if place.removesuffix("镇") not in claim.what]
        return f"没有印出 {'、'.join(missing)}" if 0 < len(missing) < len(found.visits_by_place) else ""
    others = {f"{c.section}印 {c.printed}": None for c in claims if c.measure == claim.measure and c.state == "agrees"}
    return "；".join(others)


def parts_of(lines: Sequence[Line], total: str, month: str, measure: Measure, keep: dict[str, Any]) -> list[Any]:
    """A figure as the sum of its parts, one per event while there are few, else one per kind of contact."""
    link = url_for("months.figure", month=month, measure=measure.name, **keep)
    if not lines or any(line.amount < 0 for line in lines):
        return []
    parts: list[tuple[str, str, str, str | None]] = []
    if len(lines) <= 4:
        for line in lines:
            event = url_for("audit.event", position=line.position)
            parts.append((day(line.day or line.month), amount(line), line.place or "", event))
    else:
        sums: dict[str, int] = {}
        for line in lines:
            sums[line.measure] = sums.get(line.measure, 0) + line.amount
        if len(sums) < 2:
            return []
        parts += [(MEASURES[name].label, str(value), "", None) for name, value in sums.items() if name in MEASURES]
    parts.append((measure.unit, total, f"看 {len(lines)} 条记录", link))
    return parts


def visit_bars(by_day: dict[str, int]) -> tuple[list[str], list[int]]:
    """Visits by day, or by seven days of the month where there are too many bars for a phone."""
    if len(by_day) <= MOST_BARS:
        return [f"{int(name[8:10])} 日" if len(name) > 7 else other_day(name) for name in by_day], list(by_day.values())
    weeks: dict[str, int] = {}
    for name, count in by_day.items():
        first = (int(name[8:10]) - 1) // 7 * 7 + 1 if len(name) > 7 else 0
        label = f"{first}–{min(first + 6, 31)} 日" if first else other_day(name)
        weeks[label] = weeks.get(label, 0) + count
    return list(weeks), list(weeks.values())


def other_day(name: str) -> str:
    """What stands for visits that are shown on no day."""
    return name if name == OTHERS else "日期未记"


def hours_rows(sums: Sequence[Sum]) -> list[tuple[str, list[str], str, int]]:
    """Volunteer hours by state, one column a grade, with their sum and the number of entries."""
    rows = []
    for state in STATES:
        of_state = [one for one in sums if one.state == state]
        if of_state:
            by_grade = {one.grade: one.minutes for one in of_state}
            columns = [hours(by_grade[grade]) if grade in by_grade else "–" for grade in GRADES]
            rows.append((state, columns, hours(sum(by_grade.values())), sum(one.entries for one in of_state)))
    return rows


def changes(then: Figures, now: Figures) -> list[tuple[str, str, str]]:
    """Which figures are others now than they were."""

    def words(measure: Measure, of: Figures) -> str:
        return " ".join(worded(measure, of.values[measure.name])).rstrip()

    differing = [measure for name, measure in MEASURES.items() if then.values[name] != now.values[name]]
    return [(measure.label, words(measure, then), words(measure, now)) for measure in differing]


def month_name(month: str) -> str:
    """`2020 年 2 月`."""
    return f"{month[:4]} 年 {int(month[5:])} 月"


def neighbours(month: str, keep: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    """The months before and after, for the switch."""
    before, after = figures.next_month(month, -1), figures.next_month(month)
    return [
        (f"{int(before[5:])} 月", url_for("months.page", month=before, **keep), False, "left"),
        (f"{int(after[5:])} 月", url_for("months.page", month=after, **keep), False, "right"),
    ]
