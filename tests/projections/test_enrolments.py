"""Rosters and commitments, folded from events: states, the order of the queue, attendance with its evidence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.activities import Drafted, SlotAdded
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
from domain.people import Registered
from domain.words import ZONE
from projections import activities, enrolments
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
ENDS = STARTS + timedelta(hours=2)
TIMES: dict[str, Any] = {"starts": STARTS, "ends": ENDS}
SLOT = "a1.1"


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold(Drafted("a1", "爱心义剪进厂区", "centre", place="厂区"))
    fold(SlotAdded("a1", SLOT, "centre", STARTS, ENDS, 2, 10))
    for person, name in (("p1", "何小满"), ("p2", "陆青禾"), ("p3", "韦一禾"), ("p4", "覃若谷")):
        fold(Registered(person, name))
    return fold


def states(fold: Fold) -> dict[str, tuple[str, int | None]]:
    seats = enrolments.of_slot(fold.read, SLOT)
    assert [enrolments.seat_of(fold.read, SLOT, seat.person) for seat in seats] == seats, "one line is as in the roster"
    return {seat.person: (seat.state, seat.place) for seat in seats}


def test_a_queue_keeps_its_order_and_those_displaced_wait_in_front(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    fold(Accepted(SLOT, "p2", "volunteer", **TIMES))
    fold(Waitlisted(SLOT, "p3", "volunteer", place=1, **TIMES))
    fold(Displaced(SLOT, "p2", "volunteer"))
    fold(Displaced(SLOT, "p1", "volunteer"))
    assert states(fold) == {"p1": ("waiting", 1), "p2": ("waiting", 2), "p3": ("waiting", 3)}
    fold(Promoted(SLOT, "p1", "volunteer"))
    fold(Withdrawn(SLOT, "p2", "volunteer", "waiting", **TIMES))
    assert states(fold) == {"p1": ("accepted", None), "p2": ("withdrawn", None), "p3": ("waiting", 1)}
    assert enrolments.place_of(fold.read, "p3", SLOT) == 1


def test_who_never_stood_on_a_list_has_no_line(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    assert enrolments.seat_of(fold.read, SLOT, "p2") is None
    assert enrolments.seat_of(fold.read, "a9.1", "p1") is None


def test_queues_of_the_two_sides_are_counted_apart(fold: Fold) -> None:
    fold(Waitlisted(SLOT, "p1", "volunteer", place=1, **TIMES))
    fold(Waitlisted(SLOT, "p2", "participant", place=1, **TIMES))
    assert states(fold) == {"p1": ("waiting", 1), "p2": ("waiting", 1)}
    assert enrolments.place_of(fold.read, "p2", SLOT) == 1


def test_reviewed_requests_end_in_a_seat_the_queue_or_a_no(fold: Fold) -> None:
    for person in ("p1", "p2", "p3"):
        fold(Requested(SLOT, person, "volunteer", **TIMES))
    fold(Accepted(SLOT, "p1", "volunteer", was="requested", **TIMES))
    fold(Waitlisted(SLOT, "p2", "volunteer", place=1, was="requested", **TIMES))
    fold(Rejected(SLOT, "p3", "volunteer", **TIMES), reason="名额给了新人")
    assert states(fold) == {"p1": ("accepted", None), "p2": ("waiting", 1), "p3": ("rejected", None)}


def test_attendance_has_local_times_and_the_grade_of_its_evidence(fold: Fold) -> None:
    for person in ("p1", "p2", "p3", "p4"):
        fold(Accepted(SLOT, person, "volunteer", **TIMES))
    for person, method in (("p1", "qr"), ("p2", "desk"), ("p3", "self")):
        fold(CheckedIn(SLOT, person, "volunteer", method, STARTS))  # type: ignore[arg-type]  # methods of the table above
    fold(CheckedOut(SLOT, "p1", "volunteer", "self", ENDS))
    fold(CheckedOut(SLOT, "p2", "volunteer", "desk", ENDS))
    fold(NoShow(SLOT, "p4", "volunteer"))
    seats = {seat.person: seat for seat in enrolments.of_slot(fold.read, SLOT)}
    assert (seats["p1"].checked_in, seats["p1"].checked_out) == ("2026-11-25T09:00:00", "2026-11-25T11:00:00")
    assert {person: seat.evidence for person, seat in seats.items()} == {"p1": "A", "p2": "B", "p3": "B", "p4": None}
    assert seats["p4"].state == "no_show"
    fold(AttendanceCorrected(SLOT, "p1", "volunteer", STARTS, ENDS - timedelta(minutes=30), STARTS, ENDS))
    found = {seat.person: seat for seat in enrolments.of_slot(fold.read, SLOT)}["p1"]
    assert (found.in_by, found.out_by, found.evidence, found.corrected) == ("qr", "late", "C", 1)
    fold(AttendanceCorrected(SLOT, "p1", "volunteer", None, None, STARTS, ENDS))
    assert states(fold)["p1"] == ("no_show", None)


def test_a_person_sees_what_comes_and_what_was_called_off(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    [mine] = enrolments.coming(fold.read, "p1", "2026-11-25T10:59:59")
    assert (mine.title, mine.venue, mine.state, mine.starts) == (
        "爱心义剪进厂区",
        "厂区",
        "accepted",
        "2026-11-25T09:00:00",
    )
    assert enrolments.coming(fold.read, "p1", "2026-11-25T11:00:00") == []
    fold(Released(SLOT, "p1", "volunteer", "accepted", **TIMES))
    assert [one.state for one in enrolments.coming(fold.read, "p1", "2026-11-24T09:00:00")] == ["released"]
    assert enrolments.of_person_in(fold.read, "p1", [SLOT, "a2.1"])[SLOT].state == "released"
    assert enrolments.of_person_in(fold.read, "p2", []) == {}


def test_signing_up_again_starts_anew(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    fold(Withdrawn(SLOT, "p1", "volunteer", "accepted", **TIMES))
    fold(Accepted(SLOT, "p1", "participant", **TIMES))
    [seat] = enrolments.of_slot(fold.read, SLOT)
    assert (seat.side, seat.state, seat.name) == ("participant", "accepted", "何小满")


def test_who_waited_in_vain_did_not_leave_and_an_old_refusal_reads_as_before(fold: Fold) -> None:
    for person in ("p1", "p2", "p3"):
        fold(Requested(SLOT, person, "volunteer", STARTS, ENDS))
    fold(Waitlisted(SLOT, "p1", "volunteer", 1, STARTS, ENDS, "requested"))
    fold(Rejected(SLOT, "p1", "volunteer", STARTS, ENDS, "waiting"))
    fold(Rejected(SLOT, "p2", "volunteer", STARTS, ENDS))
    assert states(fold) == {"p1": ("unseated", None), "p2": ("rejected", None), "p3": ("requested", None)}
    seats = activities.find_slot(fold.read, SLOT)
    assert seats is not None
    assert (seats.volunteer_waiting, seats.volunteer_requested) == (0, 1)
