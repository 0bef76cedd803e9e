"""Sign-ups of the demo town: who asks when, who waits, who gives a place back, which slot shrinks, grows or is called off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.resizing import CancelSlot, ResizeSlot
from domain.sign_up import AcceptRequest, RejectRequest, SignUp, Withdraw
from domain.words import Side
from workers.demo.crowd import Crowd, Someone, choose, serves, since
from workers.demo.names import CAST
from workers.demo.plan import CREDITED, Slot
from workers.demo.script import Script

Verb = Literal["ask", "accept", "reject", "leave", "shrink", "grow", "cancel"]

SIDES: tuple[Side, ...] = ("volunteer", "participant")


@dataclass(frozen=True)
class Move:
    """Something that somebody does to a slot's lists."""

    when: datetime
    number: int
    verb: Verb
    person: str = ""
    side: Side = "volunteer"


def fill(script: Script, crowd: Crowd, slot: Slot) -> None:
    """Play everything that happens to the lists of a slot before it starts, in order of time."""
    moves: list[Move] = []
    for side in SIDES:
        for one in applicants(script, crowd, slot, side):
            moves += of_one(script, slot, one, side)
    moves += of_all(script, slot)
    for move in sorted(moves, key=lambda move: (move.when, move.number)):
        if move.when < script.now and slot.state == "open":
            PLAY[move.verb](script, slot, move)


def applicants(script: Script, crowd: Crowd, slot: Slot, side: Side) -> list[Someone]:
    """Who asks for a place: fewer than there are seats, or, one time in four, more."""
    seats, kind = slot.seats[side], slot.kind
    if not seats:
        return []
    is_popular = script.every(f"popular {side}", 4, 2)
    wanted = seats + script.random.randint(2, 5) if is_popular else round(seats * script.random.uniform(0.55, 1))

    def fits(one: Someone) -> bool:
        return one.over >= kind.over and one.is_free(slot.starts, slot.ends)

    pool = crowd.able(kind.skills) if side == "volunteer" else crowd.participants
    by = min(slot.deadline, script.now) - timedelta(hours=2)
    chosen = choose(script, pool, serves if side == "volunteer" else since, wanted, fits, by)
    chosen = with_the_cast(script, crowd, slot, side, chosen, by)
    for one in chosen:
        one.busy.append((slot.starts, slot.ends))
    return chosen


def with_the_cast(
    script: Script, crowd: Crowd, slot: Slot, side: Side, chosen: list[Someone], by: datetime
) -> list[Someone]:
    """The people whom one can sign in as take part more often than others, so that their pages have something to show."""
    for one in crowd.cast:
        can = one.serves is not None if side == "volunteer" else one in crowd.participants
        ready = (
            can and (serves if side == "volunteer" else since)(one) < by and set(slot.kind.skills) <= set(one.skills)
        )
        if not ready or one in chosen or one.over < slot.kind.over or not one.is_free(slot.starts, slot.ends):
            continue
        if script.every(f"keen {one.id}", eagerness(script, one, slot), 0):
            chosen = [one, *chosen[: max(0, len(chosen) - 1)]]
    return chosen


def eagerness(script: Script, one: Someone, slot: Slot) -> int:
    """One slot in how many a person of the cast asks for: the first volunteer for all that is posted for notice by now."""
    if one.id == "volunteer01":
        return 1 if timedelta(days=4) < script.now - slot.ends < timedelta(days=CREDITED) else 4
    return 1 if slot.kind.visits else 6


def of_one(script: Script, slot: Slot, one: Someone, side: Side) -> list[Move]:
    """What one person does: ask, and now and then leave again; where the organiser decides, be decided upon."""
    known = max(slot.published, (serves if side == "volunteer" else since)(one)) + timedelta(minutes=5)
    asked = script.moment(known, max(min(slot.deadline, script.now), known + timedelta(minutes=2)))
    moves = [Move(asked, 0, "ask", one.id, side)]
    if slot.kind.is_reviewed:
        verb: Verb = "reject" if script.every("reject", 14, 6) else "accept"
        decided = min(asked + timedelta(hours=script.random.randrange(2, 20)), slot.deadline + timedelta(hours=2))
        moves.append(Move(decided, 1, verb, one.id, side))
    if script.every("leave", 13, 5) and one.id not in CAST:
        moves.append(Move(asked + timedelta(hours=script.random.randrange(6, 72)), 1, "leave", one.id, side))
    return moves


def of_all(script: Script, slot: Slot) -> list[Move]:
    """What the organiser does to a whole slot, rarely."""
    if not slot.is_sure and script.every("whole slot", 16, 5) and not script.is_fresh(slot.starts.date()):
        return [Move(slot.deadline - timedelta(hours=4), 1, "cancel")]
    if slot.seats["volunteer"] > 4 and script.every("resize", 12, 4):
        return [Move(slot.deadline - timedelta(hours=6), 1, "shrink")]
    if script.every("grow", 9, 3):
        return [Move(slot.deadline - timedelta(hours=5), 1, "grow")]
    return []


def has_room(slot: Slot, side: Side) -> bool:
    """A seat is free and nobody waits for it."""
    return not slot.waiting[side] and len(slot.accepted[side]) < slot.seats[side]


def seat_or_queue(slot: Slot, person: str, side: Side) -> None:
    """Where the rules put somebody who may come."""
    (slot.accepted if has_room(slot, side) else slot.waiting)[side].append(person)


def move_up(slot: Slot, side: Side) -> None:
    """Whoever is first in the queue takes the seats that are free."""
    while slot.waiting[side] and len(slot.accepted[side]) < slot.seats[side]:
        slot.accepted[side].append(slot.waiting[side].pop(0))


def ask(script: Script, slot: Slot, move: Move) -> None:
    if move.when > slot.deadline:
        return
    script.say(move.when, SignUp(slot.id, move.person, move.side), move.person)
    if slot.kind.is_reviewed:
        slot.requested.append(move.person)
    else:
        seat_or_queue(slot, move.person, move.side)


def accept(script: Script, slot: Slot, move: Move) -> None:
    if move.person in slot.requested:
        slot.requested.remove(move.person)
        script.say(move.when, AcceptRequest(slot.id, move.person, move.side), slot.organiser, slot.organisation)
        seat_or_queue(slot, move.person, move.side)


def reject(script: Script, slot: Slot, move: Move) -> None:
    if move.person in slot.requested:
        slot.requested.remove(move.person)
        script.say(
            move.when,
            RejectRequest(slot.id, move.person, move.side),
            slot.organiser,
            slot.organisation,
            reason="这一次需要参加过探访培训的志愿者，欢迎先报名培训",
        )


def leave(script: Script, slot: Slot, move: Move) -> None:
    listed = [*slot.accepted[move.side], *slot.waiting[move.side]]
    if move.person in listed and move.when < slot.deadline:
        script.say(move.when, Withdraw(slot.id, move.person, move.side), move.person)
        for queue in (slot.accepted, slot.waiting):
            if move.person in queue[move.side]:
                queue[move.side].remove(move.person)
        move_up(slot, move.side)


def shrink(script: Script, slot: Slot, move: Move) -> None:
    seats = slot.seats["volunteer"] - 2
    taken = slot.accepted["volunteer"]
    displaced = tuple(taken[seats:])
    slot.seats["volunteer"] = seats
    del taken[seats:]
    slot.waiting["volunteer"][:0] = displaced
    resize = ResizeSlot(slot.activity, slot.id, "volunteer", seats, displaced)
    script.say(move.when, resize, slot.organiser, slot.organisation, reason="场地换成小一间，站不下那么多人")


def grow(script: Script, slot: Slot, move: Move) -> None:
    slot.seats["volunteer"] += 2
    resize = ResizeSlot(slot.activity, slot.id, "volunteer", slot.seats["volunteer"])
    script.say(move.when, resize, slot.organiser, slot.organisation, reason="报名踊跃，增加两个席位")
    move_up(slot, "volunteer")


def cancel(script: Script, slot: Slot, move: Move) -> None:
    slot.state = "cancelled"
    reason = "气象台发布暴雨预警，这一段取消" if slot.kind.risk != "一般" else "场地临时检修，这一段取消"
    call_off = CancelSlot(slot.activity, slot.id, slot.everybody)
    script.say(move.when, call_off, slot.organiser, slot.organisation, reason=reason)


PLAY = {
    "ask": ask,
    "accept": accept,
    "reject": reject,
    "leave": leave,
    "shrink": shrink,
    "grow": grow,
    "cancel": cancel,
}
