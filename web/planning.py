"""The organiser's side of an activity: plan it, give it time bands, publish, call off, close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.closing import ArchiveActivity, CancelActivity, CloseActivity, ReopenActivity
from domain.documents import DOCUMENTS, AttachDocument
from domain.planning import AddSlot, DraftActivity, PublishActivity, ReviseActivity
from domain.words import LABELS, ZONE
from ledger.events import Command, RuleBroken, Source
from projections import activities, organisations
from projections.activities import Activity
from web import access, description, offers
from web.forms import Form, load
from web.house import id_from, instant, reader, today
from web.schemas import planning as schemas
from web.words import sentence
from web.writing import execute, together

blueprint = Blueprint("planning", __name__)
HELD = "已补录。现在到名册里加上来过的人、清点人数，再收尾。"
Answer = str | Response | tuple[str, int]

MOVES: dict[str, tuple[type[Command], str]] = {
    "closing": (CloseActivity, "活动已结束，{missing}。"),
    "reopening": (ReopenActivity, "活动已重新打开，可以更正。"),
    "cancellation": (CancelActivity, "活动已取消。"),
    "archiving": (ArchiveActivity, "活动已归档，什么都没有删。"),
}
"""Steps of an activity's life: the command and what is said afterwards."""


@blueprint.get("/activities/new")
def new() -> Answer:
    """An empty form, or (`?copy=`) one filled from an earlier activity, for a day a week from now."""
    return draw_new(template_of(request.args.get("copy")))


@blueprint.post("/activities/new")
def create() -> Answer:
    """Draft the activity and its time bands; publish at once where that button was pressed."""
    given, errors = load(schemas.NewActivity(), request.form)
    if not errors and given["organisation"] not in access.here():
        abort(404)
    if errors:
        return draw_new(request.form, errors)
    activity = id_from(request.form.get("command", ""), "a")
    about = {name: given[name] for name in schemas.Description().fields}
    try:
        whose = given["organisation"]
        with together():
            draft = DraftActivity(activity, organisation=whose, contacts=(g.viewer.person,), **about)
            execute(draft, organisation=whose, part=":draft", **entered(given))
            slots = add_bands(activity, whose, given, first=1)
            if "publish" in request.form:
                execute(PublishActivity(activity, slots), organisation=whose, part=":publish", **entered(given))
    except RuleBroken as broken:
        if activities.find(reader(), activity) is None:
            return draw_new(request.form, {}, sentence(broken))
        flash(sentence(broken), "look")
        return redirect(url_for("planning.edit", activity_id=activity), 303)
    if entered(given) and "publish" in request.form:
        flash(HELD, "ok")
        return redirect(url_for("planning.edit", activity_id=activity), 303)
    flash("已发布，可以报名了。" if "publish" in request.form else "草稿已保存，发布后别人才看得到。", "ok")
    return redirect(url_for("activities.page", activity_id=activity), 303)


def entered(given: dict[str, Any]) -> dict[str, Any]:
    """The circumstances of what is entered only after it was held: from where, and why so late."""
    return {"source": "late", "reason": given["late"]} if given["late"] else {}


def draw_new(typed: Any, errors: dict[str, list[str]] | None = None, failed: str = "") -> Answer:
    """The form for a new activity; what was typed stays in it."""
    mine = [one for one in organisations.every(reader()) if one.id in access.here() and not one.suspended]
    typed = typed or {"organisation": g.viewer.organisation}
    page = render_template(
        "planning/new.html",
        typed=typed,
        errors=errors or {},
        failed=failed,
        organisations=[(one.id, one.name) for one in mine],
        **choices(),
    )
    return (page, 422) if errors or failed else page


def choices() -> dict[str, Any]:
    """What the form's lists offer."""
    return {"forms": [(form, LABELS[form]) for form in schemas.FORMS]}


def template_of(earlier: str | None) -> dict[str, Any]:
    """What a copy of an earlier activity starts from: its description and its first time band."""
    if not earlier:
        return {}
    found = access.activity(earlier, to_run=True)
    typed: dict[str, Any] = {name: getattr(found, name) for name in schemas.Description().fields}
    typed["organisation"] = found.organisation
    for slot in activities.slots(reader(), earlier)[:1]:
        typed |= {name: getattr(slot, name) for name in ("skills", "over", "risk", "insurance", "approval")}
        typed |= {"volunteer_seats": slot.volunteer_seats, "participant_seats": slot.participant_seats}
        typed |= {"starts": slot.starts[11:16], "ends": (slot.ends or "")[11:16]}
    return typed | {"day": (date.fromisoformat(today()) + timedelta(days=7)).isoformat()}


def bands(day: date, starts: time, ends: time, every: int | None) -> Iterator[tuple[datetime, datetime]]:
    """One span of local time, or equal ones of `every` minutes, which divide it (see the form)."""
    first, last = (datetime.combine(day, clock, ZONE) for clock in (starts, ends))
    step = timedelta(minutes=every) if every else last - first
    while first + step <= last:
        yield first, first + step
        first += step


def add_bands(activity: str, whose: str, given: dict[str, Any], *, first: int) -> tuple[str, ...]:
    """Add the slots that a form describes, numbered from `first`; their ids. Raises RuleBroken."""
    spans = list(bands(given["day"], given["starts"], given["ends"], given["every"]))
    rest = {
        n: given[n]
        for n in ("volunteer_seats", "participant_seats", "over", "risk", "dangerous", "insurance", "deadline")
    }
    skills = tuple(skill for skill in given["skills"].replace("，", "、").split("、") if skill)
    ids = tuple(f"{activity}.{first + number}" for number in range(len(spans)))
    for slot, (starts, ends) in zip(ids, spans, strict=True):
        add = AddSlot(activity, slot, starts, ends, skills=skills, approval=given["approval"], **rest)
        execute(add, organisation=whose, part=f":{slot}", **entered(given))
    return ids


@blueprint.get("/activities/<activity_id>/edit")
def edit(activity_id: str) -> Answer:
    """Everything that its organiser may change."""
    return draw(access.activity(activity_id, to_run=True))


def draw(activity: Activity, at: str = "", typed: Any = None, errors: Any = None, failed: str = "") -> Answer:
    """The organiser's page. `at` names the form that came back; what was typed and what is wrong stand in it."""
    slots, moment = activities.slots(reader(), activity.id), instant()
    page = render_template(
        "planning/edit.html",
        activity=activity,
        slots=slots,
        standing={slot.id: offers.standing(slot, moment) for slot in slots},
        now=offers.overall([offers.standing(slot, moment) for slot in slots if slot.state == "open"], activity.state),
        held=any(slot.starts <= moment for slot in slots if slot.state != "cancelled"),
        first=1 + max((int(slot.id.rpartition(".")[2]) for slot in slots), default=0),
        at=at,
        typed={} if typed is None else typed,
        errors=errors or {},
        failed=failed,
        documents=DOCUMENTS,
        contacts=description.offered(activity),
        **choices(),
    )
    return (page, 422) if errors or failed else page


def carry_out(
    activity: Activity, at: str, commands: Sequence[Command], said: str, *, reason: str = "", source: Source = "web"
) -> Answer:
    """Execute for the activity's organisation and go back to its page; a refusal is said in the form it came from."""
    try:
        for number, command in enumerate(commands):
            execute(command, organisation=activity.organisation, reason=reason, source=source, part=f":{number}")
    except RuleBroken as broken:
        return draw(activity, at, request.form, {}, sentence(broken))
    flash(said, "ok")
    return redirect(url_for("planning.edit", activity_id=activity.id), 303)


def loaded(activity: Activity, at: str, form: Form) -> tuple[dict[str, Any], Answer | None]:
    """The values of a form of the organiser's page, or the page with what is wrong."""
    given, errors = load(form, request.form)
    return given, draw(activity, at, request.form, errors) if errors else None


@blueprint.post("/activities/<activity_id>/edit")
def revise(activity_id: str) -> Answer:
    """Change the description."""
    activity = access.activity(activity_id, to_run=True)
    given, wrong = loaded(activity, "description", schemas.Revision())
    if not wrong and "contacts" in request.form and not description.fits(activity, given["contacts"]):
        wrong = draw(activity, "description", request.form, {"contacts": [description.MISSING]})
    changed = {} if wrong else description.changes(activity, given)
    revised = [ReviseActivity(activity.id, **changed)] if changed else []
    return wrong or carry_out(activity, "description", revised, "已保存。")


@blueprint.post("/activities/<activity_id>/slots")
def add_slots(activity_id: str) -> Answer:
    """Add one time band, or a morning split into several."""
    activity = access.activity(activity_id, to_run=True)
    given, wrong = loaded(activity, "slot", schemas.MoreSlots())
    if wrong:
        return wrong
    try:
        with together():
            added = add_bands(activity.id, activity.organisation, given, first=given["first"])
    except RuleBroken as broken:
        return draw(activity, "slot", request.form, {}, sentence(broken))
    flash(f"加了 {len(added)} 个时段。", "ok")
    return redirect(url_for("planning.edit", activity_id=activity.id), 303)


@blueprint.post("/activities/<activity_id>/publication")
def publish(activity_id: str) -> Answer:
    """Open it for sign-up; where it has begun, enter it late, with a reason."""
    activity = access.activity(activity_id, to_run=True)
    given, wrong = loaded(activity, "state", schemas.Move())
    live = [slot for slot in activities.slots(reader(), activity.id) if slot.state != "cancelled"]
    command = PublishActivity(activity.id, tuple(slot.id for slot in live))
    if not any(slot.starts <= instant() for slot in live):
        return wrong or carry_out(activity, "state", [command], "已发布，可以报名了。")
    return wrong or carry_out(activity, "state", [command], HELD, reason=given["reason"], source="late")


@blueprint.post("/activities/<activity_id>/<any(closing, reopening, cancellation, archiving):step>")
def move(activity_id: str, step: str) -> Answer:
    """Close, reopen, call off or archive it."""
    activity = access.activity(activity_id, to_run=True)
    given, wrong = loaded(activity, step, schemas.Move())
    command, said = MOVES[step]
    build: Any = command
    said = said.format(missing=missing(activity))
    return wrong or carry_out(activity, step, [build(activity.id)], said, reason=given["reason"])


def missing(activity: Activity) -> str:
    """Which of the five documents are not there."""
    there = (activity.documents or "").split()
    found = "、".join(LABELS[one] for one in DOCUMENTS if one not in there)
    return f"还缺{found}，在下面补" if found else "五有齐了"


@blueprint.post("/activities/<activity_id>/documents")
def attach(activity_id: str) -> Answer:
    """Note that one of the five documents is there."""
    activity = access.activity(activity_id, to_run=True)
    given, wrong = loaded(activity, "document", schemas.Attachment())
    if wrong:
        return wrong
    return carry_out(activity, "document", [AttachDocument(activity.id, given["document"], given["title"])], "已记下。")
