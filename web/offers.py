"""What a slot offers to whoever looks: a seat, a place in the queue, a request – or the reason why not, told before they try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.sign_up import BothSides, NoSeatsHere, NotQualified, SignUpClosed
from domain.words import LABELS, Side
from projections import people
from projections.activities import Slot
from projections.activity_lists import Busy
from web.access import Viewer
from web.house import reader

Kind = Literal["seat", "queue", "request", "mine", "off"]
Phase = Literal["ahead", "shut", "running", "over"]
"""Before the end of sign-up, between that and the start, under way, after the end."""
ENDED = {"draft": "还是草稿，发布后才能报名。", "closed": "时段已结束。", "cancelled": "时段已取消。"}
ORDER = ("published", "running", "closed", "requested")
"""How slots stand by the clock, what asks for most first."""
STANDS: dict[Phase, tuple[str, str | None]] = {
    "ahead": ("published", None),
    "shut": ("closed", "报名已截止"),
    "running": ("running", None),
    "over": ("requested", "待收尾"),
}
LEAVABLE = ("requested", "waiting", "accepted")


@dataclass(frozen=True, slots=True)
class Offer:
    """One slot as one side of it is offered. `why` is the sentence where it is off; `clash` what stands in the way."""

    slot: Slot
    kind: Kind
    why: str = ""
    clash: Busy | None = None
    lacks: bool = False
    mine: Busy | None = None
    may_leave: bool = False


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever looks, as far as offers need it."""

    person: str
    busy: Sequence[Busy]
    skills: dict[str, str | None]
    over: int


def asker(viewer: Viewer | None, busy: Sequence[Busy], slots: Sequence[Slot]) -> Asker | None:
    """What is known about the viewer; qualifications and age are read only where a slot asks for them."""
    if viewer is None:
        return None
    skills: dict[str, str | None] = {}
    over = 0
    if any(slot.skills for slot in slots):
        skills = {one.what: one.until for one in people.qualifications(reader(), viewer.person)}
    if any(slot.over for slot in slots):
        found = people.find(reader(), viewer.person)
        over = (found.over or 0) if found else 0
    return Asker(viewer.person, busy, skills, over)


def has_room(slot: Slot, side: Side) -> bool:
    """Whether a seat of this side is free and nobody waits for it."""
    seats = slot.seats(side)
    return (seats is None or slot.taken(side) < seats) and not slot.waiting(side)


def has_side(slot: Slot, side: Side) -> bool:
    """Whether the slot has seats of this side; `None` seats are without limit."""
    return slot.seats(side) != 0


def closes(slot: Slot) -> str:
    """Until when one signs up and leaves, in local time."""
    return slot.deadline or slot.starts


def end_of(starts: str, ends: str | None) -> str:
    """The end of an interval; an unknown end lasts to the end of its local day."""
    return ends or starts[:10] + "T99"


def offer(slot: Slot, side: Side, who: Asker | None, now: str) -> Offer:
    """What the slot offers on this side at a local time: the same answers, in the same order, as the rule of signing up."""
    mine = next((one for one in who.busy if one.slot == slot.id), None) if who else None
    if who and mine and mine.side == side:
        own = mine.person == who.person and mine.state in LEAVABLE and slot.state == "open"
        own = own and phase(slot, now) != "over"
        return Offer(slot, "mine", mine=mine, may_leave=own and (now <= closes(slot) or mine.state != "accepted"))
    if slot.state != "open" or phase(slot, now) == "over":
        return Offer(slot, "off", ENDED.get(slot.state, ENDED["closed"]))
    if mine is not None:
        return Offer(slot, "off", str(BothSides(side=LABELS[mine.side])), mine=mine)
    if not has_side(slot, side):
        return Offer(slot, "off", str(NoSeatsHere()))
    if now > closes(slot):
        return Offer(slot, "off", str(SignUpClosed(since=datetime.fromisoformat(closes(slot)))))
    if who is not None:
        if side == "volunteer" and (missing := lacking(slot, who)):
            return Offer(slot, "off", str(NotQualified(missing="、".join(missing))), lacks=True)
        if clash := clashing(slot, who.busy):
            return Offer(slot, "off", clash=clash)
    kind: Kind = "request" if slot.approval == "reviewed" else "seat" if has_room(slot, side) else "queue"
    return Offer(slot, kind)


def lacking(slot: Slot, who: Asker) -> list[str]:
    """What the slot asks of volunteers and the viewer's file does not show."""
    day = slot.starts[:10]
    wanted = slot.skills.split("、") if slot.skills else []
    missing = [skill for skill in wanted if skill not in who.skills or (who.skills[skill] or "9999") < day]
    return [*missing, f"满 {slot.over} 周岁"] if who.over < slot.over else missing


def clashing(slot: Slot, busy: Sequence[Busy]) -> Busy | None:
    """Something that shares time with the slot; touching ends do not."""
    ends = end_of(slot.starts, slot.ends)
    return next(
        (
            one
            for one in busy
            if one.slot != slot.id and slot.starts < end_of(one.starts, one.ends) and one.starts < ends
        ),
        None,
    )


def day_before(local: str) -> str:
    """The local day before this time: where to begin to look for what lasts over midnight."""
    return (datetime.fromisoformat(local) - timedelta(days=1)).isoformat()[:10]


def phase(slot: Slot, now: str) -> Phase:
    """What the clock says of a slot at a local time, for whoever takes part: over is over, also before staff closed it."""
    if slot.state == "closed" or now >= end_of(slot.starts, slot.ends):
        return "over"
    if now >= slot.starts:
        return "running"
    return "ahead" if now <= closes(slot) else "shut"


def standing(slot: Slot, now: str) -> tuple[str, str | None]:
    """How a slot stands at a local time for staff: the chip, and other words on it where the chip's own would not do."""
    return STANDS[phase(slot, now)] if slot.state == "open" else (slot.state, None)


def overall(found: list[tuple[str, str | None]], state: str) -> tuple[str, str | None]:
    """How an activity stands: as its slots do, the one that asks for most first."""
    if state != "published" or not found:
        return state, "待结束" if state == "published" else None
    return min(found, key=lambda one: ORDER.index(one[0]))
