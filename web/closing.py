"""Closing a slot: what does not close by itself first, then the hours of all the rest at once, then the slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for

from domain.attendance import CorrectAttendance, Door, MarkNoShow
from domain.closing import CloseSlot, ReopenSlot
from domain.hours_crediting import ProposeHours
from domain.minutes import REVIEW_MINUTES
from domain.sign_up import RejectRequest, Withdraw
from domain.words import ZONE, Side
from ledger.events import Command, RuleBroken
from projections import activities, enrolments, hours
from projections.activities import Slot
from projections.enrolments import Seat
from web import access, sight
from web.batches import execute_each
from web.forms import load
from web.house import now, reader
from web.schemas.rosters import Exceptional, Proposals, Reasoned
from web.words import sentence
from web.writing import execute

DOES: dict[str, Callable[[Slot, Seat, int | None], Command]] = {
    "slot": lambda slot, seat, _: ProposeHours(slot.id, seat.person, minutes_to_end(slot, seat)),
    "minutes": lambda slot, seat, minutes: ProposeHours(slot.id, seat.person, minutes),
    "limit": lambda slot, seat, _: ProposeHours(
        slot.id, seat.person, REVIEW_MINUTES - elsewhere(slot, [seat])[seat.person]
    ),
    "measured": lambda slot, seat, _: ProposeHours(slot.id, seat.person),
    "absent": lambda slot, seat, _: MarkNoShow(slot.id, seat.person),
    "came": lambda slot, seat, _: CorrectAttendance(slot.id, seat.person, moment(slot.starts), moment(slot.ends)),
    "told": lambda slot, seat, _: Withdraw(slot.id, seat.person, cast(Side, seat.side)),
    "declined": lambda slot, seat, _: RejectRequest(slot.id, seat.person, cast(Side, seat.side)),
}
"""What an exception is settled with, by the word that the form sends."""
UNANSWERED = ("requested", "waiting")
"""Who is on a list and has no answer yet."""
OVERRIDING = ("minutes", "told")
DONE = {"absent": "已记缺席", "came": "已补录到场", "told": "已退出名单", "declined": "已答复没有排上"}


@dataclass(frozen=True)
class Sorted:
    """The lines of a slot by what closing has to do with them; `minutes` is what the attendance of each says.

    `elsewhere` are the minutes that each has on the same day in other slots: 8 hours are of a person and a day.
    `missed` had a seat and did not come, and nothing was said about it before the slot closed.
    """

    no_end: list[Seat]
    unusual: list[Seat]
    absent: list[Seat]
    unanswered: list[Seat]
    rest: list[Seat]
    claimed: list[Seat]
    missed: list[Seat]
    minutes: dict[str, int]
    elsewhere: dict[str, int]

    @property
    def exceptions(self) -> int:
        """How many things want a decision."""
        return len(self.no_end) + len(self.unusual) + bool(self.absent) + bool(self.unanswered)

    def open_words(self) -> str:
        """Who has still to be settled, by name, for whoever closes all the same."""
        kinds = [
            (self.no_end, "没有签退"), (self.unusual, "时长要核对"), (self.absent, "没有签到"), (self.unanswered, "没有答复"),
        ]  # fmt: skip
        return "；".join(f"{'、'.join(seat.name for seat in seats)}{words}" for seats, words in kinds if seats)

    def steps(self, slot: Slot, *, is_over: bool) -> list[tuple[str, str]]:
        """How far closing has come, for the row of steps; what is still on has no exceptions yet."""
        states = {seat.hours for seat in self.claimed}
        words = [
            (
                f"处理例外 {self.exceptions}" if is_over and self.exceptions else "处理例外",
                is_over and (not self.exceptions or slot.state == "closed"),
            ),
            ("其余一并提交", not self.rest),
            ("结束时段", slot.state == "closed"),
            ("第二人确认", bool(states) and "proposed" not in states),
            ("公示 7 天", bool(states) and not states & {"proposed", "confirmed"}),
            ("入账", bool(states) and states == {"credited"}),
        ]
        first = next((n for n, (_, done) in enumerate(words) if not done), len(words))
        return [(text, "done" if n < first else "now" if n == first else "") for n, (text, _) in enumerate(words)]


def moment(local: str | None) -> datetime | None:
    """Local wall time as an instant."""
    return datetime.fromisoformat(local).replace(tzinfo=ZONE) if local else None


def served(slot: Slot, seat: Seat) -> int:
    """Whole minutes between coming and leaving that lie within the slot, as the rule counts them."""
    if not seat.checked_in or not seat.checked_out:
        return 0
    starts, ends = max(seat.checked_in, slot.starts), min(seat.checked_out, slot.ends or seat.checked_out)
    return max(0, int((datetime.fromisoformat(ends) - datetime.fromisoformat(starts)).total_seconds()) // 60)


def minutes_to_end(slot: Slot, seat: Seat) -> int | None:
    """Minutes from coming to the end of the slot, None where it has no end."""
    if not seat.checked_in or not slot.ends:
        return None
    starts, ends = datetime.fromisoformat(max(seat.checked_in, slot.starts)), datetime.fromisoformat(slot.ends)
    return max(0, int((ends - starts).total_seconds()) // 60)


def elsewhere(slot: Slot, seats: list[Seat]) -> dict[str, int]:
    """The minutes of each on the slot's day in other slots."""
    found = hours.elsewhere(reader(), slot.id, slot.starts[:10], [seat.person for seat in seats])
    return {seat.person: found.get(seat.person, 0) for seat in seats}


def sort(slot: Slot, seats: list[Seat]) -> Sorted:
    """Put every line where closing wants it."""
    volunteers = [seat for seat in seats if seat.side == "volunteer" and seat.is_here]
    open_ = [seat for seat in volunteers if seat.hours in (None, "voided")]
    out = [seat for seat in open_ if seat.state == "checked_out"]
    no_word = [seat for seat in seats if seat.state == "accepted"]
    minutes, others = {seat.person: served(slot, seat) for seat in out}, elsewhere(slot, out)
    usual = {person for person, length in minutes.items() if 0 < length <= REVIEW_MINUTES - others[person]}
    return Sorted(
        no_end=[seat for seat in open_ if seat.state == "checked_in"],
        unusual=[seat for seat in out if seat.person not in usual],
        absent=no_word if slot.state == "open" else [],
        unanswered=[seat for seat in seats if seat.state in UNANSWERED] if slot.state == "open" else [],
        rest=[seat for seat in out if seat.person in usual],
        claimed=[seat for seat in volunteers if seat.hours not in (None, "voided")],
        missed=no_word if slot.state == "closed" else [],
        minutes=minutes,
        elsewhere=others,
    )


def door_of(slot: Slot) -> Door:
    """When coming and leaving can be noted in this slot, as the rule has it."""
    return Door(moment(slot.starts) or now(), moment(slot.ends))


def is_over(slot: Slot) -> bool:
    """Whether the slot can be closed by now."""
    return door_of(slot).is_over(now())


def seats_of(slot_id: str) -> list[Seat]:
    """The lines of a slot as the viewer may read them."""
    return sight.dressed(enrolments.of_slot(reader(), slot_id))


def page(slot_id: str) -> str | tuple[str, int]:
    """What is left to do before the slot closes."""
    return draw(slot_id)


def draw(slot_id: str, *, status: int = 200, **more: Any) -> str | tuple[str, int]:
    """The closing page; with `errors` or `failed` what was typed stands in its form."""
    slot = access.slot(slot_id, to_run=True)
    seats = seats_of(slot_id)
    sorted_ = sort(slot, seats)
    text = render_template(
        "rosters/closing.html",
        slot=slot,
        activity=activities.find(reader(), slot.activity),
        slots=activities.slots(reader(), slot.activity),
        sorted=sorted_,
        steps_done=sorted_.steps(slot, is_over=is_over(slot)),
        total_rest=sum(sorted_.minutes[seat.person] for seat in sorted_.rest),
        came=[seat for seat in seats if seat.checked_in and seat.is_here],
        listed=[seat for seat in seats if seat.is_here and seat.state not in ("waiting", "requested")],
        to_end={seat.person: minutes_to_end(slot, seat) for seat in sorted_.no_end},
        is_over=is_over(slot),
        **{"errors": {}, "typed": {}, "failed": [], "ticked": None} | more,
    )
    return (text, status) if status != 200 else text


def settle(slot_id: str) -> Any:
    """Settle exceptions: hours by the slot or by hand, absent, came after all, had said so before, never got a seat."""
    slot = access.slot(slot_id, to_run=True)
    values, errors = load(Exceptional(), request.form)
    if not errors and values["how"] == "minutes" and values["minutes"] is None:
        errors["minutes"] = ["选了另填，请填写分钟数。"]
    if not values.get("p"):
        errors["p"] = ["至少选一个人。"]
    if errors:
        return draw(slot_id, status=422, errors=errors, typed=request.form)
    seats = {seat.person: seat for seat in seats_of(slot_id)}
    chosen = [seats[person] for person in values["p"] if person in seats]
    commands = [DOES[values["how"]](slot, seat, values["minutes"]) for seat in chosen]
    overrides = values["how"] in OVERRIDING
    refusals = execute_each(commands, slot.organisation, values["reason"], overrides=overrides)
    done = [seat.name for n, seat in enumerate(chosen) if n not in {refusal.place for refusal in refusals}]
    if done:
        flash(f"{DONE.get(values['how'], '已提交时长')}：{'、'.join(done)}。", "ok")
    if refusals:
        failed = [(chosen[refusal.place].name, sentence(refusal.error)) for refusal in refusals]
        return draw(slot_id, status=422, failed=failed, typed=request.form)
    return redirect(url_for("rosters.closing", slot_id=slot_id), 303)


def propose(slot_id: str) -> Any:
    """Propose the hours of everybody ticked, as their attendance says; a colleague confirms them."""
    slot = access.slot(slot_id, to_run=True)
    values, _ = load(Proposals(), request.form)
    seats = {seat.person: seat for seat in seats_of(slot_id)}
    chosen = [seats[person] for person in values.get("p", ()) if person in seats]
    if not chosen:
        return draw(slot_id, status=422, failed=[("没有提交", "一个人都没有选。")], ticked=set())
    refusals = execute_each([ProposeHours(slot_id, seat.person) for seat in chosen], slot.organisation)
    if len(chosen) > len(refusals):
        flash(f"已提交 {len(chosen) - len(refusals)} 人的时长，等另一位同事确认。", "ok")
    if refusals:
        failed = [(chosen[refusal.place].name, sentence(refusal.error)) for refusal in refusals]
        return draw(slot_id, status=422, failed=failed, ticked=set(values["p"]))
    return redirect(url_for("rosters.closing", slot_id=slot_id), 303)


def close(slot_id: str) -> Any:
    """Close the slot: it was held and its lists are complete. What is not settled is named, and closing it then is said."""
    slot = access.slot(slot_id, to_run=True)
    unsettled = sort(slot, seats_of(slot_id))
    if is_over(slot) and unsettled.exceptions and not unsettled.unanswered and "anyway" not in request.form:
        why = f"{unsettled.open_words()}。先在上面处理；不处理也要结束，就在下面勾选。"
        return draw(slot_id, status=409, failed=[("没有结束", why)])
    try:
        execute(CloseSlot(slot.activity, slot_id), organisation=slot.organisation)
    except RuleBroken as error:
        return draw(slot_id, status=409, failed=[("没有结束", sentence(error))])
    flash("时段已结束，记为 1 场次。", "ok")
    return redirect(url_for("rosters.closing", slot_id=slot_id), 303)


def reopen(slot_id: str) -> Any:
    """Open a closed slot for correction."""
    slot = access.slot(slot_id, to_run=True)
    values, errors = load(Reasoned(), request.form)
    if errors:
        return draw(slot_id, status=422, errors=errors, typed=request.form)
    try:
        execute(ReopenSlot(slot.activity, slot_id), reason=values["reason"], organisation=slot.organisation)
    except RuleBroken as error:
        return draw(slot_id, status=409, failed=[("没有打开", sentence(error))], typed=request.form)
    flash("时段已重新打开，可以更正名册了。更正完再结束一次。", "ok")
    return redirect(url_for("rosters.closing", slot_id=slot_id), 303)
