"""What happens at a slot of the demo town and right after: coming, leaving, staying away, counting heads, closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.closing import ArchiveActivity, CancelActivity, CloseActivity, CloseSlot, ConfirmHeadcount
from domain.documents import DOCUMENTS, AttachDocument
from domain.sign_up import RejectRequest
from domain.words import LABELS, Method
from workers.demo.names import CAST
from workers.demo.plan import Activity, Slot
from workers.demo.script import Script, at


@dataclass(frozen=True)
class Served:
    """A volunteer who was there; `minutes` empty: leaving was not noted. `is_plain`: nothing was put right afterwards."""

    person: str
    minutes: int | None
    is_plain: bool = True


def minutes_of(script: Script, count: int) -> timedelta:
    """A random time shorter than so many minutes."""
    return timedelta(minutes=script.random.randrange(count))


def hold(script: Script, slot: Slot) -> list[Served]:
    """Play the slot and what the organiser does until its lists are complete; who served."""
    served = [one for person in slot.accepted["volunteer"] if (one := come(script, slot, person))]
    for person in slot.accepted["participant"]:
        take_part(script, slot, person)
    count_heads(script, slot)
    close(script, slot)
    return served


def left_open(script: Script, slot: Slot) -> tuple[str, ...]:
    """Whom yesterday's organiser has still to settle: one who stayed away and one who left without a word."""
    if not script.is_fresh(slot.ends.date()):
        return ()
    return tuple(person for person in slot.accepted["volunteer"] if person not in CAST)[:2]


def come(script: Script, slot: Slot, person: str) -> Served | None:
    """One volunteer: mostly there in time and by themselves; sometimes late, forgotten or missing."""
    unsettled = left_open(script, slot)
    came = slot.starts - timedelta(minutes=20) + minutes_of(script, 28)
    left = slot.ends - timedelta(minutes=6) + minutes_of(script, 18)
    if person in unsettled[:1]:
        return None
    if script.every("no show", 15, 7) and person not in (*CAST, *unsettled):
        script.say(slot.ends + timedelta(minutes=20), MarkNoShow(slot.id, person), slot.organiser, slot.organisation)
        return None
    if script.every("late entry", 23, 9) and person not in unsettled:
        return write_down_later(script, slot, person)
    method: Method = script.random.choice(("qr", "qr", "self", "desk"))
    by = slot.organiser if method == "desk" else person
    script.say(came, CheckIn(slot.id, person, method), by, slot.organisation)
    if script.every("forgot to leave", 17, 11) or person in unsettled:
        return Served(person, None, is_plain=False)
    script.say(left, CheckOut(slot.id, person, method), by, slot.organisation)
    if script.every("wrongly left", 29, 4):
        return put_right(script, slot, person, came)
    return Served(person, whole_minutes(slot, came, left))


def whole_minutes(slot: Slot, came: datetime, left: datetime) -> int:
    """What the rules measure: the time that lies within the slot."""
    return int((min(left, slot.ends) - max(came, slot.starts)).total_seconds()) // 60


def write_down_later(script: Script, slot: Slot, person: str) -> Served:
    """Nobody noted it at the door; the organiser adds it, with the reason."""
    when, reason = slot.ends + timedelta(minutes=22), "现场网络不好，没扫上码，按纸质签到表补录"
    script.say(
        when,
        CheckIn(slot.id, person, "late"),
        slot.organiser,
        slot.organisation,
        reason=reason,
        occurred=slot.starts,
    )
    script.say(
        when, CheckOut(slot.id, person, "late"), slot.organiser, slot.organisation, reason=reason, occurred=slot.ends
    )
    return Served(person, slot.minutes, is_plain=False)


def put_right(script: Script, slot: Slot, person: str, came: datetime) -> Served:
    """The time of leaving was wrong; the organiser corrects it."""
    left = slot.ends - timedelta(minutes=30)
    script.say(
        slot.ends + timedelta(minutes=25),
        CorrectAttendance(slot.id, person, came, left),
        slot.organiser,
        slot.organisation,
        reason="提前半小时离开，走后请同伴代扫的签退码",
    )
    return Served(person, whole_minutes(slot, came, left), is_plain=False)


def take_part(script: Script, slot: Slot, person: str) -> None:
    """One participant: the desk notes who comes."""
    if script.every("participant away", 9, 4):
        script.say(slot.ends + timedelta(minutes=15), MarkNoShow(slot.id, person), slot.organiser, slot.organisation)
        return
    came = slot.starts - timedelta(minutes=15) + minutes_of(script, 25)
    script.say(came, CheckIn(slot.id, person, "desk"), slot.organiser, slot.organisation)


def count_heads(script: Script, slot: Slot) -> None:
    """Those who walked in are counted; one time in eleven the count is put right."""
    if not slot.kind.walk_ins[1]:
        return
    count, when = script.between(slot.kind.walk_ins), slot.ends + timedelta(minutes=8)
    script.say(when, ConfirmHeadcount(slot.activity, slot.id, "participant", count), slot.organiser, slot.organisation)
    if script.every("recount", 11, 3):
        again = ConfirmHeadcount(slot.activity, slot.id, "participant", count - script.random.randrange(1, 5))
        reason = "核对领取登记，有人重复计数"
        script.say(when + timedelta(minutes=20), again, slot.organiser, slot.organisation, reason=reason)


def close(script: Script, slot: Slot) -> None:
    """Half an hour later the lists are complete; what ended yesterday still waits for its organiser."""
    if not script.is_fresh(slot.ends.date()):
        who, when = (slot.organiser, slot.organisation), slot.ends + timedelta(minutes=35)
        answer_the_rest(script, slot)
        script.say(when, CloseSlot(slot.activity, slot.id), *who)
        slot.state = "closed"


def answer_the_rest(script: Script, slot: Slot) -> None:
    """Nobody is left waiting for an answer when the lists are complete."""
    who, when = (slot.organiser, slot.organisation), slot.ends + timedelta(minutes=30)
    for person in slot.requested:
        reason = "活动已经结束，没来得及审核，抱歉"
        script.say(when, RejectRequest(slot.id, person, "volunteer"), *who, reason=reason)
    for side in slot.waiting:
        for person in slot.waiting[side]:
            script.say(when, RejectRequest(slot.id, person, side), *who, reason="活动已经结束，没有排上")


def wrap_up(script: Script, activity: Activity) -> None:
    """File the documents and close the activity two days after its last slot; put old ones away."""
    if not activity.slots:
        return
    who, last = (activity.organiser, activity.organisation), activity.slots[-1].ends
    script.say(activity.slots[0].published, AttachDocument(activity.id, "plan", "活动计划"), *who)
    if all(slot.state == "cancelled" for slot in activity.slots):
        when = activity.slots[-1].deadline + timedelta(hours=1)
        script.say(when, CancelActivity(activity.id), *who, reason="各段都已取消，另行安排")
        return
    if any(slot.state == "open" for slot in activity.slots):
        return
    when = at((last + timedelta(days=2)).date(), 10, 30)
    for document in DOCUMENTS[1 : 2 + script.random.randrange(4)]:
        script.say(when - timedelta(minutes=30), AttachDocument(activity.id, document, f"活动{LABELS[document]}"), *who)
    if script.say(when, CloseActivity(activity.id), *who):
        script.say(when + timedelta(days=100), ArchiveActivity(activity.id), *who)
