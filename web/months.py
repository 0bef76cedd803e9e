"""A month at a glance: what the log adds up to, what was printed, and the events behind every number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from projections import audit, figures, hours_sums, organisations
from projections.claims import bulletins, claims, loudest_first, nearest
from projections.measures import MEASURES
from projections.small_cells import lines_shown, shown
from web import audit_query
from web import month_parts as parts
from web.house import reached, reader, today
from web.month_parts import Asked, asked
from web.naming import tell
from web.schemas.months import MONTH

blueprint = Blueprint("months", __name__)
LINES_A_PAGE = 100
CHANGES_SHOWN = 30
TILES = ("contacts", "persons_served", "sessions", "visits", "households", "counselling_minutes", "volunteer_minutes")


@blueprint.get("/months")
def latest() -> Response:
    """The month that was picked, else the last one in which anything was counted."""
    scope, picked = asked(), request.args.get("month", "")
    if MONTH.fullmatch(picked):
        return redirect(url_for("months.page", month=picked, **scope.keep))
    if picked:
        flash("月份要写成 2026-02 这样，下面是最近有数的月份。", "look")
    month = figures.latest_month(reader(), scope.scope) or today()[:7]
    return redirect(url_for("months.page", month=month, **scope.keep))


@blueprint.get("/months/<month>")
def page(month: str) -> tuple[str, int]:
    """Printed beside computed, the loudest disagreement on top; every figure leads to its events."""
    if not MONTH.fullmatch(month):
        abort(404)
    scope = asked()
    found = figures_shown(month, scope.scope, scope.as_of)
    printed = loudest_first(claims(reader(), found, scope.scope, scope.as_of))
    labels, bars = parts.visit_bars(found.visits_by_day)
    return render_template(
        "months/page.html",
        month=month,
        asked=scope,
        found=found,
        counted_last=figures.latest_month(reader(), scope.scope) if found.is_empty else None,
        measures=MEASURES,
        tiles=[(MEASURES[name], *parts.worded(MEASURES[name], found.values[name])) for name in TILES],
        figures=[(m, *parts.worded(m, found.values[m.name])) for m in MEASURES.values()],
        rows=parts.printed_rows(printed, found),
        unmatched=[claim for claim in printed if claim.measure is None],
        states=parts.CLAIM_STATES,
        loudest=loudest(printed, month, scope),
        head=[*ledger_head(printed, month, scope), *other_issues(month, scope)],
        neighbours=parts.neighbours(month, scope.keep),
        organisations=parts.organisation_options("全部"),
        crumbs=crumbs(scope),
        bars=(labels, bars),
        hours=hours_rows(month, scope, found),
        since=since(month, scope, found),
    ), 422 if scope.errors else 200


def figures_shown(month: str, scope: Collection[str], as_of: int | None = None) -> figures.Figures:
    """The figures of a month as they may be shown."""
    return shown(reader(), figures.figures(reader(), month, scope, as_of), scope, as_of)


def hours_rows(month: str, scope: Asked, found: figures.Figures) -> list[Any]:
    """Volunteer hours by state and grade; none where so few gave them that they are not shown."""
    if not scope.scope or isinstance(found.values["volunteer_minutes"], figures.Few):
        return []
    return parts.hours_rows(hours_sums.tally_under(reader(), scope.scope, month=month, until=scope.as_of))


def loudest(printed: list[Any], month: str, scope: Asked) -> dict[str, Any] | None:
    """The first disagreement with the parts of the computed number, None where nothing differs."""
    claim = next((c for c in printed if c.state == "differs" and c.measure), None)
    if claim is None:
        return None
    measure = MEASURES[claim.measure]
    lines = figures.lines(reader(), month, [measure], scope.scope, until=scope.as_of)
    same = [c for c in printed if c.measure == claim.measure and c is not claim]
    return {
        "claim": claim,
        "label": measure.label,
        "gap": parts.gap_words(claim),
        "parts": parts.parts_of(lines, str(claim.computed), month, measure, scope.keep),
        "same": same,
        "assumed": sum(line.amount for line in lines if line.basis == "assumed"),
        "link": url_for("months.figure", month=month, measure=measure.name, **scope.keep),
        "count": len(lines),
    }


def ledger_head(printed: list[Any], month: str, scope: Asked) -> list[tuple[str, str, str | None]]:
    """Computed to where, printed by whom, and what changed after printing."""
    position = scope.position
    head: list[tuple[str, str, str | None]] = [
        ("算到", f"第 {position:,} 条", url_for("audit.event", position=position) if is_readable(position) else None)
    ]
    for one in bulletins(reader(), month, scope.scope, scope.as_of):
        name = f"简报{one.issue}" if one.issue else one.title
        head.append(("印出的", name, url_for("audit.event", position=one.position)))
    if not printed:
        return [*head, ("印出的", "这个月没有录入简报" if scope.as_of is None else "那时还没有录入简报", None)]
    comparable = sum(claim.state != "unknown" for claim in printed)
    last = max(claim.position for claim in printed)
    later = figures.lines(reader(), month, MEASURES.values(), scope.scope, after=last, until=scope.as_of)
    link = url_for("months.page", month=month, **scope.keep | {"as_of": last}) if later else None
    return [
        *head,
        ("印出的数", f"{len(printed)} 个，{comparable} 个可对照", None),
        ("此后更正", f"{len(later)} 条" if later else "无", link),
    ]


def is_readable(position: int) -> bool:
    """Whether the event there is the viewer's to open."""
    line = audit.entries(reader(), [position]).get(position)
    return line is not None and audit_query.scope().holds(line)


def other_issues(month: str, scope: Asked) -> list[tuple[str, str, str | None]]:
    """Where to find the months before and after about which a bulletin was printed."""
    found = zip(("前一期简报", "后一期简报"), nearest(reader(), month, scope.scope, scope.as_of), strict=True)
    return [
        (words, parts.month_name(other), url_for("months.page", month=other, **scope.keep))
        for words, other in found
        if other and MONTH.fullmatch(other)
    ]


def crumbs(scope: Asked) -> list[tuple[str, str | None]]:
    """Where in the tree the scope lies."""
    if scope.organisation is None:
        return [("月报", None)]
    line = organisations.line(reader(), scope.organisation)
    return [("月报", url_for("months.latest"))] + [(one.name, None) for one in line if one.id in scope.present]


def since(month: str, scope: Asked, then: figures.Figures) -> dict[str, Any] | None:
    """What changed after the position that was asked for, because of which events, and who has moved in the tree since."""
    if scope.as_of is None:
        return None
    lines = figures.lines(reader(), month, MEASURES.values(), scope.present, after=scope.as_of)
    told = tell(line.position for line in lines[:CHANGES_SHOWN])
    names = organisations.names(reader())
    moved = (scope.scope ^ scope.present) & organisations.under(reader(), names, scope.as_of)
    return {
        "changes": parts.changes(then, figures_shown(month, scope.present)),
        "moved": [names[one] for one in sorted(moved)],
        "lines": [(told[line.position], line, parts.amount(line)) for line in lines[:CHANGES_SHOWN]],
        "count": len(lines),
    }


@blueprint.get("/months/<month>/figures/<measure>")
def figure(month: str, measure: str) -> tuple[str, int]:
    """The lines that a figure is made of, one event each, and where the same was printed."""
    if not MONTH.fullmatch(month) or measure not in MEASURES:
        abort(404)
    scope, asked_for = asked(), MEASURES[measure]
    found = figures_shown(month, scope.scope, scope.as_of)
    lines = figures.lines(reader(), month, [asked_for], scope.scope, until=scope.as_of)
    lines = lines_shown(reader(), found, asked_for, lines)
    first = (scope.page - 1) * LINES_A_PAGE
    shown = lines[first : first + LINES_A_PAGE]
    told = tell(line.position for line in shown)
    printed = [claim for claim in claims(reader(), found, scope.scope, scope.as_of) if claim.measure == measure]
    keep = scope.keep | {"month": month, "measure": measure}
    number, unit = parts.worded(asked_for, found.values[measure])
    return render_template(
        "months/figure.html",
        month=month,
        asked=scope,
        measure=asked_for,
        number=number,
        unit=unit,
        lines=[(told[line.position], line, parts.amount(line), MEASURES.get(line.measure)) for line in shown],
        is_sum=asked_for.way == "sum",
        count=len(lines),
        printed=[(claim, parts.CLAIM_STATES[claim.state]) for claim in printed],
        crumbs=[("月报", url_for("months.latest")), (month, url_for("months.page", month=month, **scope.keep))],
        head_position=scope.position,
        newer=url_for("months.figure", page=scope.page - 1, **keep) if scope.page > 1 else None,
        older=url_for("months.figure", page=scope.page + 1, **keep) if first + LINES_A_PAGE < len(lines) else None,
        range=(first + 1, first + len(shown)),
        is_now=scope.position == reached(),
    ), 422 if scope.errors else 200
