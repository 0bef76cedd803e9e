"""Finding activities: the list by day, the month, and one activity with what its slots offer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, g, render_template, request

from projections import activities, activity_lists, enrolments
from projections.activity_lists import Listed
from projections.enrolments import Commitment
from web import access, activity_page, offers
from web.access import Viewer
from web.activity_filters import address, asked, find, fits, is_free, is_mine, scope, switches
from web.forms import FIRST, LAST
from web.house import instant, reader, today
from web.words import WEEKDAYS

blueprint = Blueprint("activities", __name__)
DAYS = 7


@blueprint.get("/activities")
def index() -> str | tuple[str, int]:
    """Slots by day, seven days from `?from=`, with what is mine and, for staff, what waits for them."""
    wanted, errors = asked()
    first = wanted["from"] or date.fromisoformat(today())
    last = first + timedelta(days=DAYS)
    found, mine = find(first.isoformat(), last.isoformat(), wanted)
    shown = [one for one in found if fits(one, wanted, mine)]
    viewer: Viewer | None = g.viewer
    moment = instant()
    text = render_template(
        "activities/index.html",
        wanted=wanted,
        errors=errors,
        typed=request.args,
        first=first.isoformat(),
        last=(last - timedelta(days=1)).isoformat(),
        strip=strip(first, found, mine, wanted),
        groups=by_day(shown),
        mine=mine,
        shown=len(shown),
        total=len(found),
        free=sum(is_free(one.slot, moment) for one in found),
        over=sum(offers.phase(one.slot, moment) == "over" for one in found),
        phase=offers.phase,
        chips=switches("activities.index", wanted, ("free", "unskilled", "weekend", "evening")),
        organisers=activity_lists.organisers(reader()),
        address=address,
        is_filtered=bool(wanted["q"] or wanted["organisation"] or wanted["side"] or wanted["narrow"]),
        next_day=activity_lists.next_day(reader(), last.isoformat(), text=wanted["q"], **scope(wanted)),
        earlier=max(first - timedelta(days=DAYS), FIRST).isoformat(),
        later=min(last, LAST).isoformat(),
        today=today(),
        now=moment,
        **(waiting_for(viewer) if viewer else {"coming": [], "queues": [], "closings": [], "drafts": []}),
    )
    return (text, 422) if errors else text


def waiting_for(viewer: Viewer) -> dict[str, Any]:
    """What comes next for the viewer, where they wait, and, for staff, what is to be closed or published."""
    coming = enrolments.coming(reader(), viewer.person, instant(), most=6)
    waits = [one for one in coming if one.state == "waiting" and one.starts > instant()]
    return {
        "coming": [one for one in coming if one.state != "waiting"][:3],
        "queues": [(one, slot) for one in waits[:2] if (slot := activities.find_slot(reader(), one.slot))],
        "closings": activity_lists.to_close(reader(), viewer.at("rosters.closing"), instant()),
        "drafts": activity_lists.drafts(reader(), viewer.at("planning.edit")),
    }


def strip(
    first: date, found: list[Listed], mine: dict[str, Commitment], wanted: dict[str, Any]
) -> list[dict[str, Any]]:
    """The seven days above the list, how many slots each has and whether one of them is mine."""
    items = []
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        those = [one for one in found if one.slot.starts[:10] == day.isoformat() and fits(one, wanted, mine)]
        my = any(is_mine(mine.get(one.slot.id)) for one in those)
        is_today = day.isoformat() == today()
        items.append({
            "weekday": "今天" if is_today else "周" + WEEKDAYS[day.weekday()],
            "day": day.day,
            "note": f"{len(those)} · 我" if my else f"{len(those)} 场",
            "url": f"#d{day.isoformat()}" if those else address("activities.index", wanted, **{"from": day.isoformat()}),
            "mine": my,
            "current": is_today,
            "rest": day.weekday() >= 5,
        })  # fmt: skip
    return items


def by_day(found: list[Listed]) -> list[tuple[str, list[Listed]]]:
    """The slots by local day."""
    days: dict[str, list[Listed]] = {}
    for one in found:
        days.setdefault(one.slot.starts[:10], []).append(one)
    return list(days.items())


@blueprint.get("/activities/month/<month>")
def month(month: str) -> str | tuple[str, int]:
    """A month as a calendar, and one day of it in full."""
    first = first_of(month)
    after = (first + timedelta(days=32)).replace(day=1)
    wanted, errors = asked()
    found, mine = find(first.isoformat(), after.isoformat(), wanted)
    groups = dict(by_day([one for one in found if fits(one, wanted, mine)]))
    day = chosen_day(wanted["day"], month, groups)
    names = ("free", "unskilled", "mine") if g.viewer else ("free", "unskilled")
    moment = instant()
    text = render_template(
        "activities/month.html",
        month=month,
        before=(first - timedelta(days=1)).isoformat()[:7],
        after=after.isoformat()[:7],
        wanted=wanted,
        errors=errors,
        typed=request.args,
        weeks=weeks(first, after, groups, mine, wanted, day),
        day=day,
        slots=groups.get(day, []),
        mine=mine,
        undated=activity_lists.undated(reader(), month, g.viewer.at("planning.edit") if g.viewer else ()),
        chips=switches("activities.month", wanted, names, month=month, day=wanted["day"]),
        address=address,
        free=sum(is_free(one.slot, moment) for one in groups.get(day, [])),
        phase=offers.phase,
        today=today(),
        now=moment,
    )
    return (text, 422) if errors else text


def first_of(month: str) -> date:
    """The first day of a month that one can turn to, or 404."""
    try:
        first = date.fromisoformat(month + "-01")
    except ValueError:
        abort(404)
    return first if FIRST < first < LAST else abort(404)


def chosen_day(wanted: date | None, month: str, groups: dict[str, list[Listed]]) -> str:
    """The day that is shown in full: the wanted one, else today, else the first with a slot, else the first."""
    if wanted and wanted.isoformat()[:7] == month:
        return wanted.isoformat()
    return today() if today()[:7] == month else next(iter(groups), month + "-01")


def weeks(
    first: date, after: date, groups: dict[str, list[Listed]], mine: dict[str, Commitment], wanted: dict[str, Any], chosen: str
) -> list[list[dict[str, Any] | None]]:  # fmt: skip
    """The calendar's weeks from Monday on; days of other months are empty."""
    cells: list[dict[str, Any] | None] = [None] * first.weekday()
    for n in range((after - first).days):
        day = (first + timedelta(days=n)).isoformat()
        those = sorted(groups.get(day, []), key=lambda one: not is_mine(mine.get(one.slot.id)))
        cells.append({
            "day": n + 1,
            "url": address("activities.month", wanted, month=day[:7], day=day, **{"from": None}) + "#day",
            "count": len(those),
            "past": day < today(),
            "today": day == today(),
            "selected": day == chosen,
            "mine": any(is_mine(mine.get(one.slot.id)) for one in those),
            "events": [(one.slot.starts[11:16], one.title, is_mine(mine.get(one.slot.id))) for one in those[:3]],
            "more": max(0, len(those) - 3),
        })  # fmt: skip
    cells += [None] * (-len(cells) % 7)
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


@blueprint.get("/activities/<activity_id>")
def page(activity_id: str) -> str:
    """One activity."""
    return activity_page.draw(access.activity(activity_id))
