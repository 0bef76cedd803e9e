"""What the system does when its time has come: post confirmed hours, credit them after the notice, note who was absent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from domain.attendance import MarkNoShow
from domain.hours_crediting import CreditHours, PostHours
from ledger.events import Act, Command, RuleBroken
from ledger.follow import Follower
from ledger.log import Ledger
from projections import enrolments
from projections.deliveries import Delivery

ACTOR = "system"


def posting(_follower: Follower, one: Delivery) -> Iterable[Command]:
    """Confirmed hours are posted for notice."""
    return [PostHours(one.slot, one.person)]


def crediting(_follower: Follower, one: Delivery) -> Iterable[Command]:
    """The notice is over and nobody objects."""
    return [CreditHours(one.slot, one.person)]


def absence(follower: Follower, one: Delivery) -> Iterable[Command]:
    """Whoever had a seat, and of whom nobody noted anything in the days after the slot, was not there."""
    with follower.views.read() as connection:
        seats = enrolments.of_slot(connection, one.slot)
    return [MarkNoShow(one.slot, seat.person) for seat in seats if seat.state == "accepted"]


ACTS: dict[str, Callable[[Follower, Delivery], Iterable[Command]]] = {
    "posting": posting,
    "crediting": crediting,
    "absence": absence,
}
REASONS = {"absence": "时段结束 3 天后仍没有签到"}


def carry_out(ledger: Ledger, follower: Follower, one: Delivery, now: datetime) -> None:
    """Carry out what follows. The command's id is the delivery's key: answered once, however often it is asked.

    Raises the first RuleBroken, after everything else is done: what was settled otherwise meanwhile is not due any more
    when it is looked at again. Raises StoreUnavailable.
    """
    refusals = []
    for command in ACTS[one.kind](follower, one):
        key = f"system:{one.key}:{getattr(command, 'person', '')}"
        try:
            ledger.execute(command, Act(key, ACTOR, now, one.organisation, "system", reason=REASONS.get(one.kind)))
        except RuleBroken as broken:
            refusals.append(broken)
    if refusals:
        raise refusals[0]
