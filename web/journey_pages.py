"""From served to serving, on pages: one person's timeline, and the funnel of everybody with the list behind it. (§5)"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.words import LABELS
from projections import activities, organisations, people, receipts, stories
from projections.hours_sums import STATES
from web import access, sensitive, sight
from web.forms import page_of
from web.house import reader, today
from web.words import hours

PER_PAGE = 50
SHOWN_ONE_BY_ONE = 6
"""More receipts than these are told month by month."""


def draw(blueprint: Blueprint) -> None:
    """Add the pages to the people's pages."""
    blueprint.add_url_rule("/people/<person_id>/story", "story", story)
    blueprint.add_url_rule("/stories", "stories", overview)
    blueprint.add_url_rule("/stories/assisted", "assisted", assisted)


def story(person_id: str) -> str | Response:
    """One person's timeline, as far as the viewer may see it. Sealed contacts are on nobody's page."""
    found = access.person(person_id)
    if found.root:
        return redirect(url_for("people.story", person_id=found.root))
    if sensitive.is_closed(found):
        return redirect(url_for("people.page", person_id=found.id))
    mine = found.id == g.viewer.person
    files = people.files_of(reader(), found.id)
    open_to_all = mine or people.has_consented(reader(), found.id, "story")
    everything = [r for r in receipts.of_person(reader(), files) if r.is_valid and not r.sealed]
    shown = [r for r in everything if open_to_all or r.organisation in g.viewer.at("receipt.contents")]
    every = frozenset(organisations.names(reader()))
    scope = every if open_to_all else g.viewer.at("receipt.contents")
    journey = next(iter(stories.journeys(reader(), scope, only=found.id)), None)
    given = stories.given(reader(), files)
    helped = stories.assisted(reader(), every, [journey]) if journey else []
    return render_template(
        "people/story.html",
        person=found,
        mine=mine,
        journey=journey,
        items=timeline(shown, journey, given, sum(not one.sealed for one in helped)),
        hidden=len(everything) - len(shown),
        consented=people.has_consented(reader(), found.id, "story"),
        name=sight.one(found.id).name,
        today=today(),
    )


def timeline(
    shown: list[receipts.Receipt], journey: stories.Journey | None, given: list[stories.Given], helped: int
) -> list[tuple[str, str, str, str]]:
    """The items of the `story` component: what was received, the turn, what was given by year."""
    turn = journey.interested or journey.converted if journey else None
    items = [(when, title, note, "received", when) for when, title, note in received(shown)]
    if journey and turn:
        first = next((one for one in given if one.slot == journey.converted_slot), None)
        note = f"第一次服务：{first.title}，{hours(first.minutes)} 小时" if first else "还没有第一次服务"
        items.append((turn, "报名做志愿者", note, "turn", turn))
    years: dict[str, list[stories.Given]] = {}
    for one in given:
        years.setdefault(one.starts[:4], []).append(one)
    for year, several in years.items():
        last = max(one.starts for one in several)[:10]
        is_latest = year == max(years)
        note = by_state(several) + (f"；转身之后共帮到 {helped} 人次" if is_latest and helped else "")
        items.append((f"{year} 年", f"服务 {len(several)} 场", note, "gave", last))
    return [item[:4] for item in sorted(items, key=lambda item: item[4])]


def by_state(several: list[stories.Given]) -> str:
    """What was given, hours of each state for themselves: what may still change is never added to what was credited."""
    sums: dict[str, int] = {}
    for one in several:
        sums[one.state] = sums.get(one.state, 0) + one.minutes
    return "，".join(f"{LABELS[state]} {hours(sums[state])} 小时" for state in STATES if state in sums)


def received(shown: list[receipts.Receipt]) -> list[tuple[str, str, str]]:
    """Day or month, what, note: one by one while they are few, else month by month."""
    if len(shown) <= SHOWN_ONE_BY_ONE:
        return [(r.day, title_of(r), r.place or "") for r in shown]
    months: dict[tuple[str, str], int] = {}
    for r in shown:
        months[r.day[:7], r.form] = months.get((r.day[:7], r.form), 0) + 1
    return [(month, LABELS[form], f"{count} 次") for (month, form), count in months.items()]


def title_of(r: receipts.Receipt) -> str:
    """What a receipt was: the activity's title, or 电访 and the like."""
    slot = activities.find_slot(reader(), r.slot) if r.slot else None
    found = activities.find(reader(), slot.activity) if slot else None
    return f"参加{found.title}" if found else f"接受{LABELS[r.form]}"


def overview() -> str:
    """The funnel of the viewer's organisations, and everybody in it whose service was not sealed."""
    scope = access.scope(request.args.get("organisation") or None)
    found = stories.journeys(reader(), scope)
    stage = request.args.get("stage", "")
    wanted = [one for one in found if in_stage(one, stage)]
    page = page_of(request.args)
    part = wanted[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "people/stories.html",
        funnel=stories.funnel(reader(), scope, today()),
        found=[(one, shown_name(one.person)) for one in part],
        stage=stage,
        counts={name: sum(in_stage(one, name) for one in found) for name in ("", "interested", "converted", "active")},
        total=len(wanted),
        page=page,
        per_page=PER_PAGE,
        **scope_words(),
    )


def in_stage(one: stories.Journey, stage: str) -> bool:
    """Whether a journey reached a stage; `interested` as a filter means: not further yet."""
    return {
        "interested": one.converted is None,
        "converted": one.converted is not None,
        "active": one.is_active(today()),
    }.get(stage, True)


def assisted() -> str:
    """The receipts behind 人次 assisted, each once; sealed ones are counted and not listed."""
    scope = access.scope(request.args.get("organisation") or None)
    every = stories.assisted(reader(), scope, stories.journeys(reader(), scope, sealed=True))
    helped = every if len(every) >= stories.FEWEST_WITH_SEALED else [one for one in every if not one.sealed]
    listed = [one for one in helped if not one.sealed]
    page = page_of(request.args)
    part = listed[(page - 1) * PER_PAGE : page * PER_PAGE]
    details = [receipts.find(reader(), one.contact, one.person) for one in part]
    titles = [title_of(detail) if detail else "" for detail in details]
    everybody = {person for one in part for person in (one.person, *one.volunteers)}
    names = {person: shown_name(person)[0] for person in everybody}
    return render_template(
        "people/assisted.html",
        rows=list(zip(part, titles, strict=True)),
        names=names,
        total=len(helped),
        listed=len(listed),
        page=page,
        per_page=PER_PAGE,
        **scope_words(),
    )


def shown_name(person: str) -> tuple[str, bool]:
    """A name as the viewer may see it, and whether it opens: in full for staff who know them, or with consent."""
    found = people.find(reader(), person)
    if found is None:
        return "—", False
    seen = sight.one(person)
    if seen.way == "masked" and people.has_consented(reader(), person, "story"):
        return found.name, True
    return seen.name, people.is_known_to(reader(), person, g.viewer.at("person.name"))


def scope_words() -> dict[str, Any]:
    """The scope of a page of figures, for its head and its links."""
    chosen = request.args.get("organisation") or ""
    found = organisations.find(reader(), chosen or g.viewer.organisation or "")
    return {"organisation": chosen, "scope_name": found.name if found else "全部", "today": today()}
