"""Signing up and leaving, and one's own record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from domain.enrolments import Accepted, Requested, Waitlisted, Withdrawn
from domain.sign_up import Overlaps, SignUp, Withdraw
from ledger.events import Event, RuleBroken
from ledger.execute import Outcome
from projections import activities, enrolments
from projections.activities import Activity, Slot
from web import access, record, sight
from web.activity_page import draw
from web.forms import load
from web.house import reader
from web.schemas.activities import Leaving, SigningUp
from web.words import clock, day, sentence, span
from web.writing import execute

blueprint = Blueprint("enrolments", __name__)
Answer = Response | tuple[str, int]
SIGNING_UP, LEAVING = SigningUp(), Leaving()
"""Made once: a rush signs up many times a second."""


@blueprint.post("/slots/<slot_id>/enrolments")
def sign_up(slot_id: str) -> Answer:
    """Take a place, for oneself or, as staff of the organisation, for somebody else; then the page says which place it is."""
    slot, activity = access.slot_in(slot_id)
    if g.viewer is None:
        return to_sign_in(slot)
    values, errors = load(SIGNING_UP, request.form)
    if errors:
        return refuse(slot, values.get("side", ""), next(iter(errors.values()))[0], status=422)
    person = values["person"] or g.viewer.person
    runs = whose(slot, person)
    command = SignUp(slot.id, person, values["side"])
    part = f":{slot.id}:{person}:{values['side']}"
    return carry_out(slot, activity, command, values["reason"] if runs else "", part)


@blueprint.post("/slots/<slot_id>/enrolments/<person_id>/withdrawal")
def withdraw(slot_id: str, person_id: str) -> Answer:
    """Give a place back; whoever is next moves up."""
    slot, activity = access.slot_in(slot_id)
    if g.viewer is None:
        return to_sign_in(slot)
    runs = whose(slot, person_id)
    place = enrolments.of_person_in(reader(), person_id, [slot.id]).get(slot.id) or abort(404)
    values, errors = load(LEAVING, request.form)
    if errors:
        return refuse(slot, place.side, next(iter(errors.values()))[0], status=422)
    command = Withdraw(slot.id, person_id, place.side)  # type: ignore[arg-type]  # the side as it was signed up for
    return carry_out(slot, activity, command, values["reason"] if runs else "", f":{slot.id}:{person_id}:leave")


def to_sign_in(slot: Slot) -> Response:
    """To the sign-in page, and back to the activity."""
    back = url_for("activities.page", activity_id=slot.activity)
    return redirect(url_for("signin.page", next=back), 303)


def whose(slot: Slot, person: str) -> bool:
    """Whether the viewer runs the slot. Aborts with 404 for a person who is neither themselves nor theirs to put on lists."""
    runs = slot.organisation in access.here()
    if person != g.viewer.person and not (runs and sight.is_usable(person, access.here())):
        abort(404)
    return runs


def carry_out(slot: Slot, activity: Activity, command: SignUp | Withdraw, reason: str, part: str) -> Answer:
    """Do it and say what it led to; a rule that refuses leaves everything as it was and says why."""
    theirs = command.person == g.viewer.person
    organisation = None if theirs and not reason else slot.organisation
    try:
        done = execute(command, override=reason, organisation=organisation, part=part)
    except RuleBroken as error:
        return refuse(slot, command.side, sentence(error), error=error, leaving=isinstance(command, Withdraw))
    flash(*outcome(slot, activity, command, done))
    back = url_for("activities.page", activity_id=slot.activity, side=command.side, _anchor=f"s-{slot.id}")
    return redirect(back, 303)


def outcome(slot: Slot, activity: Activity, command: SignUp | Withdraw, done: Outcome) -> tuple[str, str]:
    """The state after the command as a sentence, and how the page marks it."""
    state, place = standing(slot, command.person, done)
    theirs = command.person == g.viewer.person
    who = "" if theirs else sight.one(command.person).name + "："
    when = f"{day(slot.starts)} {span(slot.starts, slot.ends)} {activity.title}"
    words = {
        "accepted": f"报上了，正式：{when}。",
        "waiting": f"排上了，候补第 {place} 位：{when}。有人退出时按顺序转正。",
        "requested": f"已报名，等负责人审核：{when}。",
        "withdrawn": f"已退出：{when}。",
    }
    is_done = isinstance(command, Withdraw) == (state == "withdrawn")
    return who + words.get(state, f"{when}现在的状态已经变了，请看下面。"), "ok" if is_done else "look"


def standing(slot: Slot, person: str, done: Outcome) -> tuple[str, int | None]:
    """The state of somebody in a slot and their place in the queue: what the events say that were just written, else (the
    form was sent again) how it stands now.
    """
    for told in done.events:
        if type(told.event) in STATES and told.event.person == person:  # type: ignore[attr-defined]  # all of these have one
            return STATES[type(told.event)], getattr(told.event, "place", None)
    place = enrolments.of_person_in(reader(), person, [slot.id])[slot.id]
    return place.state, place.place


STATES: dict[type[Event], str] = {
    Accepted: "accepted",
    Waitlisted: "waiting",
    Requested: "requested",
    Withdrawn: "withdrawn",
}


def refuse(
    slot: Slot, side: str, said: str, *, status: int = 409, error: RuleBroken | None = None, leaving: bool = False
) -> tuple[str, int]:
    """The activity again, with the sentence and, for an overlap, the way to the slot that is in the way."""
    refused: dict[str, Any] = {"slot": slot.id, "text": said, "leaving": leaving, "action": None}
    if isinstance(error, Overlaps):
        other = activities.find_slot(reader(), error.facts["slot"])
        known = activities.find(reader(), other.activity) if other else None
        if other and known:
            named = f"{day(other.starts)} {clock(other.starts)} {known.title}"
            refused["text"] = f"和已报的“{named}”时间重叠。先退出那一场，才能报这里。"
            refused["action"] = (
                "去看那一场",
                url_for("activities.page", activity_id=known.id, _anchor=f"s-{other.id}"),
            )
    return draw(access.activity(slot.activity), side=side, refused=refused), status


# --- my record


@blueprint.get("/me/record")
def mine() -> str | tuple[str, int]:
    """My commitments, my hours and my stars."""
    return record.draw()
