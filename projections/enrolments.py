"""Who stands on which list in what state: the roster of a slot, the commitments of a person."""

from __future__ import annotations

from typing import Any

from domain.enrolments import (
    Accepted,
    AttendanceCorrected,
    CheckedIn,
    CheckedOut,
    Displaced,
    NoShow,
    Promoted,
    Rejected,
    Released,
    Requested,
    Waitlisted,
    Withdrawn,
)
from domain.words import activity_of
from ledger.events import Recorded
from ledger.projection import Projection, Rows
from projections.enrolment_lists import (
    HERE,
    Commitment,
    Seat,
    coming,
    enrolment,
    in_vain,
    of_person,
    of_person_in,
    of_slot,
    place_of,
    seat_of,
    streams_of,
)
from projections.moments import wall

__all__ = [
    "HERE", "Commitment", "Seat", "coming", "enrolment", "in_vain", "of_person", "of_person_in", "of_slot", "place_of",
    "seat_of", "streams_of",
]  # fmt: skip

projection = Projection("enrolments", 1, enrolment, weight=3)


@projection.on(Requested, Accepted, Waitlisted)
def listed(rows: Rows, r: Recorded[Requested | Accepted | Waitlisted]) -> None:
    """Came onto the list, or moved on it after a review."""
    event, position = r.event, r.position
    state, queue = ENTERS[type(event)], position if type(event) is Waitlisted else None
    if getattr(event, "was", ""):
        rows.change(enrolment, event.slot, event.person, state=state, queue=queue, changed=position)
        return
    rows.put(
        enrolment,
        slot=event.slot,
        person=event.person,
        activity=activity_of(event.slot),
        side=event.side,
        state=state,
        queue=queue,
        starts=wall(event.starts),
        ends=event.ends and wall(event.ends),
        position=position,
        changed=position,
    )


ENTERS: dict[type[Any], str] = {Requested: "requested", Accepted: "accepted", Waitlisted: "waiting"}
MOVES: dict[type[Any], str] = {
    Promoted: "accepted",
    Withdrawn: "withdrawn",
    Released: "released",
    NoShow: "no_show",
}


@projection.on(Rejected)
def refused(rows: Rows, r: Recorded[Rejected]) -> None:
    """Asked in vain, or waited in vain."""
    state = "unseated" if r.event.was == "waiting" else "rejected"
    rows.change(enrolment, r.event.slot, r.event.person, state=state, queue=None, changed=r.position)


@projection.on(Promoted, Withdrawn, Released, NoShow)
def moved(rows: Rows, r: Recorded[Promoted | Withdrawn | Released | NoShow]) -> None:
    """The state changed and nothing waits any more."""
    event = r.event
    rows.change(enrolment, event.slot, event.person, state=MOVES[type(event)], queue=None, changed=r.position)


@projection.on(Displaced)
def displaced(rows: Rows, r: Recorded[Displaced]) -> None:
    """Waits in front of everybody, also of those displaced before: so the order is the position, negative."""
    rows.change(enrolment, r.event.slot, r.event.person, state="waiting", queue=-r.position, changed=r.position)


@projection.on(CheckedIn)
def came(rows: Rows, r: Recorded[CheckedIn]) -> None:
    """Was there from then on."""
    event = r.event
    came_at = wall(event.moment)
    rows.change(
        enrolment,
        event.slot,
        event.person,
        state="checked_in",
        checked_in=came_at,
        in_by=event.method,
        changed=r.position,
    )


@projection.on(CheckedOut)
def left(rows: Rows, r: Recorded[CheckedOut]) -> None:
    """Left at that time."""
    event = r.event
    left_at = wall(event.moment)
    rows.change(
        enrolment,
        event.slot,
        event.person,
        state="checked_out",
        checked_out=left_at,
        out_by=event.method,
        changed=r.position,
    )


@projection.on(AttendanceCorrected)
def corrected(rows: Rows, r: Recorded[AttendanceCorrected]) -> None:
    """What was put right is late evidence (grade C); what was right before keeps its method."""
    event = r.event
    row = rows.get(enrolment, event.slot, event.person) or {}
    rows.change(
        enrolment,
        event.slot,
        event.person,
        state="checked_out" if event.checked_out else "checked_in" if event.checked_in else "no_show",
        checked_in=event.checked_in and wall(event.checked_in),
        checked_out=event.checked_out and wall(event.checked_out),
        in_by=row.get("in_by") if event.checked_in == event.was_in else "late",
        out_by=row.get("out_by") if event.checked_out == event.was_out else "late",
        corrected=1,
        changed=r.position,
    )
