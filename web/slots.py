"""The organiser's side of a slot: more or fewer seats, calling it off; whoever is affected is named first. (peers #3)"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.enrolments import NotOnTheList
from domain.resizing import CancelSlot, ListChanged, ResizeSlot
from domain.words import Side
from ledger.events import RuleBroken
from projections import activities, enrolments
from projections.activities import Slot
from web import access
from web.forms import load
from web.house import reader
from web.schemas import planning as schemas
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("slots", __name__)
Answer = str | Response | tuple[str, int]


@blueprint.route("/slots/<slot_id>/seats", methods=["GET", "POST"])
def resize(slot_id: str) -> Answer:
    """Another number of seats; below the bookings the page names who is affected, latest first, and asks for the reason."""
    slot = access.slot(slot_id, to_run=True)
    given, errors = load(schemas.Resizing(), request.values)
    side: Side = given.get("side", "volunteer")
    if request.method == "GET":
        return draw_seats(slot, side, given.get("seats"))
    if errors:
        return draw_seats(slot, side, given.get("seats"), errors), 422
    affected, named = losing(slot, side, given["seats"]), tuple(given["displaced"])
    if len(named) != len(affected):
        return draw_seats(slot, side, given["seats"]), 422
    if affected and not given["reason"]:
        return draw_seats(slot, side, given["seats"], {"reason": ["请写明原因，受影响的人会看到。"]}), 422
    try:
        command = ResizeSlot(slot.activity, slot.id, side, given["seats"], named)
        execute(command, organisation=slot.organisation, reason=given["reason"])
    except RuleBroken as broken:
        return draw_seats(slot, side, given["seats"], failed=sentence(broken)), status_of(broken)
    flash("席位已改。", "ok")
    return redirect(url_for("planning.edit", activity_id=slot.activity), 303)


def losing(slot: Slot, side: Side, seats: int) -> list[enrolments.Seat]:
    """Who would lose a seat: the latest to get one first."""
    held = [seat for seat in enrolments.of_slot(reader(), slot.id) if seat.side == side and seat.state == "accepted"]
    held.sort(key=lambda seat: seat.changed, reverse=True)
    return held[: max(0, slot.taken(side) - seats)][::-1]


def status_of(broken: RuleBroken) -> int:
    """409 where the list moved while somebody looked at it, else 422."""
    return 409 if isinstance(broken, (ListChanged, NotOnTheList)) else 422


def draw_seats(
    slot: Slot, side: Side, seats: int | None, errors: dict[str, list[str]] | None = None, failed: str = ""
) -> str:
    """The page of a slot's seats; with a number below the bookings it names who would lose theirs."""
    return render_template(
        "slots/seats.html",
        slot=slot,
        activity=activities.find(reader(), slot.activity),
        side=side,
        seats=slot.seats(side) if seats is None else seats,
        affected=[] if seats is None else losing(slot, side, seats),
        errors=errors or {},
        failed=failed,
        typed=request.form,
    )


@blueprint.route("/slots/<slot_id>/cancellation", methods=["GET", "POST"])
def cancel(slot_id: str) -> Answer:
    """Call a slot off: the page names everybody on its lists and asks for the reason."""
    slot = access.slot(slot_id, to_run=True)
    if request.method == "GET":
        return draw_cancel(slot)
    given, errors = load(schemas.CallingOff(), request.form)
    if errors:
        return draw_cancel(slot, next(iter(errors.values()))[0]), 422
    try:
        command = CancelSlot(slot.activity, slot.id, tuple(given["affected"]))
        execute(command, organisation=slot.organisation, reason=given["reason"])
    except RuleBroken as broken:
        return draw_cancel(slot, sentence(broken)), status_of(broken)
    flash("时段已取消，名单上的人都记下了。", "ok")
    return redirect(url_for("planning.edit", activity_id=slot.activity), 303)


def draw_cancel(slot: Slot, failed: str = "") -> str:
    """The page that calls a slot off."""
    listed = [s for s in enrolments.of_slot(reader(), slot.id) if s.state in ("requested", "waiting", "accepted")]
    return render_template(
        "slots/cancel.html",
        slot=slot,
        activity=activities.find(reader(), slot.activity),
        affected=listed,
        failed=failed,
        typed=request.form,
    )
