"""Volunteer hours as work: what a colleague confirms, posts, credits and settles; one entry with all that was said about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from domain.hours import CorrectionAsked, WrongHoursState
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, PostHours
from domain.hours_objections import ObjectToHours, UpholdHours
from ledger.events import Command, RuleBroken
from projections import enrolments, hours, organisations, people
from projections.hours import Entry
from web import record, sight
from web.access import here
from web.batches import execute_each
from web.forms import load
from web.house import own_files, reader, today
from web.schemas.hours import STATES, HoursFilter, Objection, Settlement, Ticked
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("hours", __name__)

PER_PAGE = 100
KEPT = ("state", "organisation", "month", "page")
"""The filters with which one comes back to the list."""
NEXT: dict[str, tuple[str, str, str, Callable[[str, str, int], Command]]] = {
    "proposed": ("确认", "confirmed", "已确认 {n} 笔。", ConfirmHours),
    "confirmed": (
        "公示 7 天",
        "posted",
        "已公示 {n} 笔，7 天后可以入账。",
        lambda slot, person, _: PostHours(slot, person),
    ),
    "posted": ("入账", "booked", "已入账 {n} 笔。", lambda slot, person, _: CreditHours(slot, person)),
}
"""What comes next for many entries in a state: the word, the icon, the sentence afterwards, the command."""
SETTLES: dict[str, tuple[str, Callable[[str, str, int], Command]]] = {
    "upholding": ("维持原来的分钟数。", lambda slot, person, _: UpholdHours(slot, person)),
    "adjustment": ("已调整为 {minutes} 分钟。", AdjustHours),
    "voiding": ("这一笔已作废，不再计入。", lambda slot, person, _: VoidHours(slot, person)),
}
"""How one entry is settled: the sentence afterwards and the command."""


@blueprint.get("/hours")
def index() -> str | tuple[str, int]:
    """The work list."""
    return draw()


def draw(*, status: int = 200, **more: Any) -> str | tuple[str, int]:
    """The work list by the filters of the address; with `failed` what was refused stands above it."""
    given, _ = load(HoursFilter(), request.args)
    wanted: dict[str, Any] = {"state": "proposed", "organisation": "", "month": "", "page": 1} | given
    mine = g.viewer.at("hours.index")
    if wanted["organisation"] and wanted["organisation"] not in mine:
        abort(404)
    within = organisations.under(reader(), [wanted["organisation"]]) & mine if wanted["organisation"] else mine
    page: int = wanted["page"]
    entries = hours.work(
        reader(),
        within,
        wanted["state"],
        month=wanted["month"] or None,
        most=PER_PAGE + 1,
        skip=(page - 1) * PER_PAGE,
    )
    shown = sight.dressed(entries[:PER_PAGE])
    sums = hours.tally_under(reader(), within, month=wanted["month"] or None)
    text = render_template(
        "hours/index.html",
        wanted=wanted,
        entries=shown,
        why={(entry.slot, entry.person): why_not(entry) for entry in shown},
        names=sight.names(entry.proposer for entry in shown if entry.proposer),
        organisations=organisations.in_order(
            {key: name for key, name in organisations.names(reader()).items() if key in mine}
        ),
        sums=sums,
        counts={state: sum(one.entries for one in sums if one.state == state) for state in STATES},
        months=sorted({one.month for one in hours.tally_under(reader(), within)}, reverse=True),
        next=NEXT.get(wanted["state"]),
        has_older=len(entries) > PER_PAGE,
        **{"failed": [], "ticked": None} | more,
    )
    return (text, status) if status != 200 else text


def why_not(entry: Entry) -> str:
    """Why the viewer cannot take the next step with an entry; empty where they can."""
    if entry.person in own_files():
        return "这是你自己的时长，由另一位同事决定"
    if entry.state == "proposed" and entry.proposer in own_files():
        return "你提交的，由另一位同事确认"
    if entry.state == "objected" and entry.proposer in own_files():
        return "你提交的，由另一位同事答复"
    if entry.state == "posted" and (entry.until or "") >= today():
        return f"公示到 {entry.until}"
    return ""


@blueprint.post("/hours")
def advance() -> Any:
    """Take the next step with everything ticked: confirm, post or credit."""
    state = request.args.get("state") or "proposed"
    if state not in NEXT:
        abort(404)
    _, _, done, command = NEXT[state]
    values, _ = load(Ticked(), request.form)
    chosen = [found for found in map(ticked, values.get("e", ())) if found]
    if not chosen:
        return draw(status=422, failed=[("没有办成", "一笔都没有选。")], ticked=set())
    commands = [command(entry.slot, entry.person, minutes) for entry, minutes in chosen]
    refusals = execute_each(commands, [entry.organisation for entry, _ in chosen])
    if len(chosen) > len(refusals):
        flash(done.format(n=len(chosen) - len(refusals)), "ok")
    if refusals:
        failed = [(chosen[refusal.place][0].name, sentence(refusal.error)) for refusal in refusals]
        return draw(status=422, failed=failed, ticked=set(values["e"]))
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return redirect(url_for("hours.index", **kept), 303)  # type: ignore[arg-type]  # a query, no option


def ticked(key: str) -> tuple[Entry, int] | None:
    """The entry that a tick names, and the minutes that were looked at; None where it is not the viewer's to decide."""
    slot, _, rest = key.partition(" ")
    person, _, minutes = rest.partition(" ")
    entry = found(slot, person)
    if entry is None or entry.organisation not in here() or not minutes.isdecimal():
        return None
    return entry, int(minutes)


def found(slot: str, person: str) -> Entry | None:
    """An entry as the viewer may read it."""
    entry = hours.find(reader(), slot, person)
    return sight.dressed([entry])[0] if entry else None


def known(slot_id: str, person_id: str, *, to_decide: bool = False) -> Entry:
    """An entry that is the viewer's own, or of an organisation they act for or review. Aborts with 404."""
    entry = found(slot_id, person_id)
    if entry is None:
        abort(404)
    if entry.organisation not in here() and (to_decide or person_id not in own_files()):
        abort(404)
    return entry


@blueprint.get("/hours/<slot_id>/<person_id>")
def entry(slot_id: str, person_id: str) -> str | tuple[str, int]:
    """One entry: what it rests on, who said what, and what can be done about it."""
    return draw_entry(known(slot_id, person_id))


def names_shown(found: Entry) -> bool:
    """Whether the viewer reads whose hours these are, and what was said against them."""
    return found.person in own_files() or found.organisation in g.viewer.at("hours.name")


def draw_entry(found: Entry, *, status: int = 200, **more: Any) -> str | tuple[str, int]:
    """The entry; with `errors` or `failed` what was typed stands in its form."""
    decides = found.organisation in g.viewer.at("hours.settle")
    who = {one for one in (found.proposer, found.confirmer, found.objector, found.asker) if one}
    seats = enrolments.of_person_in(reader(), found.person, [found.slot])
    text = render_template(
        "hours/entry.html",
        entry=found,
        name=found.name if names_shown(found) or found.name == sight.SEALED else people.masked(found.name),
        reads=names_shown(found),
        seat=seats.get(found.slot),
        names=sight.names(who),
        is_mine=found.person in own_files(),
        decides=decides and found.person not in own_files(),
        is_proposer=found.proposer in own_files(),
        was_posted=bool({found.state, found.before} & {"posted", "credited"}),
        asked_by_me=found.asker in own_files(),
        why=why_not(found) if decides else "",
        next=NEXT.get(found.state),
        **{"errors": {}, "typed": {}, "failed": "", "deed": ""} | more,
    )
    return (text, status) if status != 200 else text


@blueprint.post("/hours/<slot_id>/<person_id>/objection")
def objection(slot_id: str, person_id: str) -> Any:
    """Say that an entry is wrong: the person it is about, or a colleague on their behalf."""
    found = known(slot_id, person_id)
    is_mine = person_id in own_files()
    if not is_mine and found.organisation not in here():
        abort(404)
    values, errors = load(Objection(), request.form)
    failed, status = "", 422
    if not errors:
        command = ObjectToHours(slot_id, person_id, values["text"], values["minutes"])
        try:
            execute(command, organisation=found.organisation)
        except RuleBroken as error:
            failed, status = sentence(error), 409 if isinstance(error, WrongHoursState) else 422
    if errors or failed:
        about: dict[str, Any] = {"errors": errors, "failed": failed, "typed": request.form, "status": status}
        return record.draw(objecting=slot_id, **about) if is_mine else draw_entry(found, deed="objection", **about)
    flash("异议已提出，5 个工作日内由另一位同事答复。", "ok")
    if is_mine:
        return redirect(url_for("enrolments.mine"), 303)
    return redirect(url_for("hours.entry", slot_id=slot_id, person_id=person_id), 303)


@blueprint.post("/hours/<slot_id>/<person_id>/<deed>")
def settle(slot_id: str, person_id: str, deed: str) -> Any:
    """Uphold, adjust or void one entry, with a reason."""
    found = known(slot_id, person_id, to_decide=True)
    if deed not in SETTLES:
        abort(404)
    done, command = SETTLES[deed]
    values, errors = load(Settlement(), request.form)
    if deed == "adjustment" and "minutes" not in errors and values.get("minutes") is None:
        errors["minutes"] = ["请填写调整后的分钟数。"]
    if deed == "voiding" and person_id in own_files():
        errors["reason"] = ["这是你自己的时长，由另一位同事决定。"]
    if errors:
        return draw_entry(found, status=422, errors=errors, typed=request.form, deed=deed)
    reason = values["reason"]
    try:
        outcome = execute(
            command(slot_id, person_id, values["minutes"] or 0),
            reason=reason,
            override=reason if deed == "adjustment" else None,
            organisation=found.organisation,
        )
    except RuleBroken as error:
        status = 409 if isinstance(error, WrongHoursState) else 422
        return draw_entry(found, status=status, failed=sentence(error), typed=request.form, deed=deed)
    if any(isinstance(one.event, CorrectionAsked) for one in outcome.events):
        done = "已经公示过，更正要两个人：记下了你的意见，等另一位同事同意。"
    flash(f"{found.name}：{done.format(minutes=values['minutes'])}", "ok")
    return redirect(url_for("hours.entry", slot_id=slot_id, person_id=person_id), 303)
