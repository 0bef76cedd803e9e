"""The roster of a slot at the door and afterwards: who is on it, what is done about each line, who is added, who was counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from flask import Blueprint, abort, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.activities import WrongState
from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.closing import ConfirmHeadcount
from domain.enrolments import NotOnTheList
from domain.sign_up import AcceptRequest, RejectRequest, SignUp, Withdraw
from domain.words import LABELS
from ledger.events import Command, RuleBroken
from projections import activities, enrolments, people, person_states
from projections.activities import Slot
from projections.enrolments import Seat
from web import access, closing, rosters_csv, rosters_then, safeguards, sight
from web.forms import load
from web.house import now, reached, reader
from web.pickers import MOST_OFFERED, search
from web.schemas.rosters import Addition, Correction, Headcount, Plain, Reasoned, RosterFilter
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("rosters", __name__)

Deed = Callable[[str, Seat, dict[str, Any]], Command]
DEEDS: dict[str, tuple[type[Plain] | type[Reasoned], str, Deed]] = {
    "check-in": (Plain, "已签到：{name}。", lambda slot, seat, v: CheckIn(slot, seat.person, "desk")),
    "check-out": (Plain, "已签退：{name}。", lambda slot, seat, v: CheckOut(slot, seat.person, "desk")),
    "no-show": (Plain, "已记缺席：{name}。", lambda slot, seat, v: MarkNoShow(slot, seat.person)),
    "acceptance": (Plain, "已通过：{name}。", lambda slot, seat, v: AcceptRequest(slot, seat.person, side(seat))),
    "rejection": (Reasoned, "没有通过：{name}。", lambda slot, seat, v: RejectRequest(slot, seat.person, side(seat))),
    "withdrawal": (Reasoned, "已退出：{name}。", lambda slot, seat, v: Withdraw(slot, seat.person, side(seat))),
    "correction": (
        Correction,
        "已记下出勤：{name}。",
        lambda slot, seat, v: CorrectAttendance(slot, seat.person, v["checked_in"], v["checked_out"]),
    ),
}
"""What can be done about a line: the form, the sentence afterwards, the command."""
FILTER = RosterFilter()
MOVED = (NotOnTheList, WrongState)
"""Refusals which mean that the line changed while one looked at it."""


def side(seat: Seat) -> Any:
    """The side of the line, as commands want it."""
    return seat.side


def door(slot: Slot) -> dict[str, Any]:
    """What the rule takes now: `opens` is when checking in begins, the others say what can be noted at this moment."""
    found, at = closing.door_of(slot), now()
    return {
        "opens": found.opens,
        "is_early": found.is_early(at),
        "is_late": found.is_late(at),
        "is_shut": found.is_shut(at),
        "is_over": found.is_over(at),
        "has_begun": at >= found.begins,
    }


@blueprint.get("/slots/<slot_id>/roster")
def page(slot_id: str) -> str | tuple[str, int]:
    """The roster, live or (`?as_of=`) as it stood at a position of the log."""
    return draw(slot_id)


def draw(slot_id: str, **more: Any) -> str | tuple[str, int]:
    """The roster page; with `errors` what was typed stands in its form and the answer is 422."""
    slot = access.slot(slot_id, to_run=True)
    given = load(FILTER, request.args)[0] if request.args else {}
    wanted: dict[str, Any] = {"side": "", "state": "", "as_of": None, "q": ""} | given
    at = reached()
    seats = closing.seats_of(slot_id)
    then = rosters_then.roster(slot, seats, wanted["as_of"]) if wanted["as_of"] is not None else None
    seats = then.seats if then else seats
    text = render_template(
        "rosters/page.html",
        slot=slot,
        activity=activities.find(reader(), slot.activity),
        door=door(slot),
        then=then,
        wanted=wanted,
        counts=counts(seats),
        sides=listed(seats, wanted),
        notes=[] if then else safeguards.notes(slot, seats),
        before=max(map(CHANGED, seats), default=0) - 1,
        most_found=MOST_OFFERED,
        found=search(wanted["q"], MOST_OFFERED, g.viewer.at("people.options")) if wanted["q"] and not then else [],
        base=url_for("rosters.page", slot_id=slot_id),
        at=at,
        **{"errors": {}, "typed": {}, "failed": ""} | more,
    )
    return (text, more.get("status", 422)) if more else text


def counts(seats: list[Seat]) -> Counter[tuple[str, str]]:
    """How many lines by side ("": both) and state; `here` are on a list now, `left` are not any more."""
    found: Counter[tuple[str, str]] = Counter()
    for (one, state), number in Counter(map(SIDE_AND_STATE, seats)).items():
        is_here = state in enrolments.HERE
        for key in (one, ""):
            found[key, state if is_here else "left"] += number
            found[key, "here"] += number if is_here else 0
    return found


SIDE_AND_STATE, CHANGED = attrgetter("side", "state"), attrgetter("changed")
RANKS = {"requested": 0, "waiting": 2, "rejected": 3, "unseated": 3, "withdrawn": 3, "released": 3}


def listed(seats: list[Seat], wanted: dict[str, Any]) -> list[tuple[str, list[Seat]]]:
    """The two lists after the filters: requests first, then those with a seat, the queue in its order, the ones who left."""
    state = wanted["state"]
    chosen = [one for one in seats if (one.state if one.is_here else "left") == state] if state else seats
    chosen = sorted(chosen, key=lambda one: RANKS.get(one.state, 1))
    sides = [wanted["side"]] if wanted["side"] else ["volunteer", "participant"]
    return [(one, [seat for seat in chosen if seat.side == one]) for one in sides]


@blueprint.get("/slots/<slot_id>/roster.csv")
def export(slot_id: str) -> Response:
    """The roster as a table for a spreadsheet."""
    slot, seats = access.slot(slot_id, to_run=True), closing.seats_of(slot_id)
    response = make_response(
        rosters_csv.table(
            seats,
            sight.phones(seat.person for seat in seats),
            person_states.in_state(reader(), "restricted"),
            person_states.in_state(reader(), "sealed"),
        )
    )
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="roster-{slot.id}.csv"'
    return response


def seat_of(slot_id: str, person_id: str) -> Seat:
    """One line of the roster, or 404."""
    found = next((seat for seat in closing.seats_of(slot_id) if seat.person == person_id), None)
    return found or abort(404)


@blueprint.get("/slots/<slot_id>/roster/<person_id>")
def line(slot_id: str, person_id: str) -> str | tuple[str, int]:
    """Everything that can be done about one line: a drawer for htmx, a page of its own otherwise."""
    return draw_line(slot_id, person_id)


def draw_line(slot_id: str, person_id: str, **more: Any) -> str | tuple[str, int]:
    """The line; with `errors` or `failed` what was typed stands in its form."""
    slot, seat = access.slot(slot_id, to_run=True), seat_of(slot_id, person_id)
    is_fragment = request.method == "GET" and "HX-Request" in request.headers
    text = render_template(
        "rosters/drawer.html" if is_fragment else "rosters/line.html",
        slot=slot,
        activity=activities.find(reader(), slot.activity),
        door=door(slot),
        seat=seat,
        phone=sight.phones([person_id]).get(person_id),
        base=url_for("rosters.line", slot_id=slot_id, person_id=person_id),
        **{"errors": {}, "typed": {}, "failed": "", "deed": ""} | more,
    )
    return (text, more["status"]) if more else text


@blueprint.post("/slots/<slot_id>/roster/<person_id>/<deed>")
def act(slot_id: str, person_id: str, deed: str) -> Any:
    """Check in or out, mark absent, accept, reject, withdraw, correct."""
    slot = access.slot(slot_id, to_run=True)
    seat = seat_of(slot_id, person_id)
    if deed not in DEEDS:
        abort(404)
    schema, done, command = DEEDS[deed]
    values, errors = load(schema(), request.form)
    if errors:
        return draw_line(slot_id, person_id, status=422, errors=errors, typed=request.form, deed=deed)
    reason = values["reason"]
    try:
        execute(
            command(slot_id, seat, values),
            reason=reason,
            override=reason if deed == "withdrawal" else None,
            organisation=slot.organisation,
            part=f":{person_id}:{deed}",
        )
    except RuleBroken as error:
        status = 409 if isinstance(error, MOVED) else 422
        return draw_line(slot_id, person_id, status=status, failed=sentence(error), typed=request.form, deed=deed)
    flash(done.format(name=seat.name), "ok")
    kept = {name: request.args[name] for name in ("side", "state") if request.args.get(name)}
    return redirect(url_for("rosters.page", slot_id=slot_id, **kept), 303)  # type: ignore[arg-type]  # a query, no option


@blueprint.post("/slots/<slot_id>/roster")
def add(slot_id: str) -> Any:
    """Put a person on the list; a reason overrides the deadline and what the slot asks for."""
    slot = access.slot(slot_id, to_run=True)
    values, errors = load(Addition(), request.form)
    person = people.find(reader(), values.get("person", ""))
    if "person" not in errors and (person is None or not sight.is_usable(person.id, g.viewer.at("people.options"))):
        errors["person"] = ["本机构没有这个人的档案。"]
    if errors or person is None:
        return draw(slot_id, errors=errors, typed=request.form, form="add")
    command = SignUp(slot_id, person.id, values["side"])
    try:
        execute(command, override=values["reason"], organisation=slot.organisation, part=f":{person.id}")
    except RuleBroken as error:
        return draw(slot_id, failed=sentence(error) + safeguards.way_out(error), typed=request.form, form="add")
    seat = seat_of(slot_id, person.id)
    where = f"候补第 {seat.place} 位" if seat.place else LABELS[seat.state]
    flash(f"{person.name} 已加入{LABELS[seat.side]}名单：{where}。", "ok")
    return redirect(url_for("rosters.page", slot_id=slot_id), 303)


@blueprint.post("/slots/<slot_id>/headcounts")
def count(slot_id: str) -> Any:
    """Count those who came without being on the list; a later count replaces it."""
    slot = access.slot(slot_id, to_run=True)
    values, errors = load(Headcount(), request.form)
    is_closing = request.form.get("back") == "closing"
    if errors and is_closing:
        return closing.draw(slot_id, status=422, errors=errors, typed=request.form)
    if errors:
        return draw(slot_id, errors=errors, typed=request.form, form="count")
    command = ConfirmHeadcount(slot.activity, slot_id, values["side"], values["count"])
    try:
        execute(command, reason=values["reason"], organisation=slot.organisation)
    except RuleBroken as error:
        if is_closing:
            return closing.draw(slot_id, status=422, failed=[("人数没有记下", sentence(error))], typed=request.form)
        return draw(slot_id, failed=sentence(error), typed=request.form, form="count")
    flash(f"现场来的{LABELS[values['side']]}：{values['count']} 人次。只加人次，不加人数。", "ok")
    return redirect(url_for("rosters.closing" if is_closing else "rosters.page", slot_id=slot_id), 303)


blueprint.get("/slots/<slot_id>/closing", endpoint="closing")(closing.page)
blueprint.post("/slots/<slot_id>/closing", endpoint="close")(closing.close)
blueprint.post("/slots/<slot_id>/closing/exceptions", endpoint="settle")(closing.settle)
blueprint.post("/slots/<slot_id>/closing/proposals", endpoint="propose")(closing.propose)
blueprint.post("/slots/<slot_id>/reopening", endpoint="reopen")(closing.reopen)
