"""What happens to slots, folded into their table (`activities.py`): added, held, called off; seats taken, waited and asked for."""

from __future__ import annotations

from typing import Any, Literal

from domain import activities as facts
from domain import enrolments
from ledger.events import Event, Recorded
from ledger.projection import Rows
from projections.activities import projection, slot
from projections.moments import local


@projection.on(facts.SlotAdded)
def slot_added(rows: Rows, r: Recorded[facts.SlotAdded]) -> None:
    e = r.event
    rows.put(
        slot,
        id=e.slot,
        activity=e.activity,
        organisation=e.organisation,
        state="draft",
        starts=local(e.starts),
        ends=e.ends and local(e.ends),
        place=e.place,
        skills="、".join(e.skills),
        over=e.over,
        risk=e.risk,
        insurance=e.insurance,
        deadline=e.deadline and local(e.deadline),
        approval=e.approval,
        volunteer_seats=e.volunteer_seats,
        participant_seats=e.participant_seats,
    )


SLOT_STATES: dict[type[Event], str] = {
    facts.SlotCancelled: "cancelled",
    facts.SlotClosed: "closed",
    facts.SlotReopened: "open",
}


@projection.on(*SLOT_STATES)
def slot_moved(rows: Rows, r: Recorded[Any]) -> None:
    rows.change(slot, r.event.slot, state=SLOT_STATES[type(r.event)])


@projection.on(facts.SlotResized)
def resized(rows: Rows, r: Recorded[facts.SlotResized]) -> None:
    rows.change(slot, r.event.slot, **{f"{r.event.side}_seats": r.event.seats})


@projection.on(facts.HeadcountConfirmed)
def counted(rows: Rows, r: Recorded[facts.HeadcountConfirmed]) -> None:
    rows.change(slot, r.event.slot, **{f"{r.event.side}_headcount": r.event.count})


Count = Literal["taken", "waiting", "requested"]
MOVES: dict[type[Event], dict[Count, int]] = {
    enrolments.Requested: {"requested": 1},
    enrolments.Promoted: {"waiting": -1, "taken": 1},
    enrolments.Displaced: {"taken": -1, "waiting": 1},
}
COUNTED_AS: dict[str, Count] = {"requested": "requested", "waiting": "waiting", "accepted": "taken"}


@projection.on(*MOVES)
def seats_moved(rows: Rows, r: Recorded[Any]) -> None:
    side = r.event.side
    rows.add(slot, r.event.slot, **{f"{side}_{name}": amount for name, amount in MOVES[type(r.event)].items()})


@projection.on(enrolments.Accepted, enrolments.Waitlisted)
def placed(rows: Rows, r: Recorded[Any]) -> None:
    side, count = r.event.side, "taken" if type(r.event) is enrolments.Accepted else "waiting"
    rows.add(slot, r.event.slot, **{f"{side}_{count}": 1})
    if r.event.was == "requested":
        rows.add(slot, r.event.slot, **{f"{side}_requested": -1})


@projection.on(enrolments.Rejected, enrolments.Withdrawn, enrolments.Released)
def given_back(rows: Rows, r: Recorded[Any]) -> None:
    rows.add(slot, r.event.slot, **{f"{r.event.side}_{COUNTED_AS[r.event.was]}": -1})
