"""Draining: take what is due, do it, write down what became of it. Run five times, shuffled, or killed, it does each thing once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from ledger.events import RuleBroken
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.store import StoreUnavailable
from projections.deliveries import Delivery
from projections.moments import local
from projections.outbox import asked_for
from workers import acts, notices, posts
from workers.mail import Channel, ChannelDown, Refused, Session
from workers.outbox import Outbox

LANES: dict[str, tuple[str, ...]] = {"mail": (*posts.KINDS, *notices.KINDS), "acts": tuple(acts.ACTS)}
"""What is drained together: a mail server that does not answer keeps no hours from being posted."""
AT_ONCE = 20


@dataclass
class Desk:
    """What work needs: the log, its read models, the outbox, a clock; the mail channel and the accounts if there are any."""

    ledger: Ledger
    follower: Follower
    outbox: Outbox
    clock: Callable[[], datetime]
    channel: Channel | None = None
    doors: notices.Doors | None = None


def follow(desk: Desk) -> list[str]:
    """Fold what is new, take over what is due; the lanes in which something waits."""
    desk.follower.wait_for(desk.ledger.store.head())
    desk.outbox.take_over(desk.follower.views)
    waiting = desk.outbox.waiting(desk.clock())
    return [lane for lane, kinds in LANES.items() if waiting.intersection(kinds)]


def drain(desk: Desk, lane: str) -> int:
    """Do everything of this lane that is due by now; how much there was. Raises StoreUnavailable."""
    count = 0
    with ExitStack() as stack:
        session = stack.enter_context(Session(desk.channel)) if desk.channel else None
        while claimed := claim(desk, lane):
            still = standing(desk, claimed)
            for place, one in enumerate(claimed):
                try:
                    settle(desk, one, still, session)
                except ChannelDown as down:
                    close(desk, lane, claimed[place:], str(down))
                    break
            count += len(claimed)
    return count


def claim(desk: Desk, lane: str) -> list[Delivery]:
    """The next pieces of work, for us alone, judged by a log that is read to its end."""
    desk.follower.wait_for(desk.ledger.store.head())
    return desk.outbox.claim(LANES[lane], desk.clock(), AT_ONCE)


def standing(desk: Desk, claimed: Sequence[Delivery]) -> set[str]:
    """Which of them are still wanted."""
    with desk.follower.views.read() as connection:
        return set(asked_for(connection, [one.key for one in claimed]))


def settle(desk: Desk, one: Delivery, still: set[str], session: Session | None) -> None:
    """Do one thing and write down what became of it. Raises ChannelDown, StoreUnavailable."""
    now = desk.clock()
    if one.key not in still:
        desk.outbox.settle(one, "moot", now)
        return
    if one.until and one.until <= local(now):
        desk.outbox.settle(one, "late", now, one.error)
        return
    try:
        desk.outbox.settle(one, work(desk, one, session), desk.clock())
    except Refused as refused:
        if refused.is_final:
            desk.outbox.settle(one, "dead", now, str(refused))
        else:
            desk.outbox.put_off(one, now, str(refused))
    except (ChannelDown, StoreUnavailable):
        raise
    except RuleBroken as broken:
        desk.outbox.put_off(one, now, str(broken))
    except Exception as error:  # whatever is wrong with one, the others go on, and the page shows it
        desk.outbox.put_off(one, now, f"{type(error).__name__}: {error}"[:200])


def work(desk: Desk, one: Delivery, session: Session | None) -> str:
    """Do it; the outcome."""
    if one.kind in acts.ACTS:
        acts.carry_out(desk.ledger, desk.follower, one, desk.clock())
        return "done"
    if one.kind in notices.KINDS:
        return notices.send(desk.ledger, desk.follower.views, desk.doors, one, session, desk.clock())
    return posts.send(desk.ledger, desk.follower.views, one, session, desk.clock())


def close(desk: Desk, lane: str, claimed: Sequence[Delivery], why: str) -> None:
    """The channel is down: what was tried counts as tried, everything else that is due waits with it."""
    for one in claimed:
        desk.outbox.put_off(one, desk.clock(), why)
    desk.outbox.hold(LANES[lane], desk.clock())
