"""Activities folded from events: description, states, and seats that are counted live on both sides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import activities as facts
from domain.enrolments import Accepted, Displaced, Promoted, Rejected, Released, Requested, Waitlisted, Withdrawn
from domain.words import ZONE
from projections import activities
from projections.activities import Slot
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
ENDS = STARTS + timedelta(hours=2)
TIMES: dict[str, Any] = {"starts": STARTS, "ends": ENDS}
SLOT = "a1.1"


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold(facts.Drafted("a1", "爱心义剪进厂区", "centre", place="厂区", contacts=("p8", "p9")))
    fold(
        facts.SlotAdded(
            "a1",
            SLOT,
            "centre",
            STARTS,
            ENDS,
            2,
            None,
            skills=("理发师", "健康证"),
            deadline=STARTS - timedelta(hours=15),
        )
    )
    return fold


def seats(fold: Fold, side: Any = "volunteer") -> tuple[int | None, int, int]:
    """Seats, taken, waiting."""
    slot = only_slot(fold)
    return slot.seats(side), slot.taken(side), slot.waiting(side)


def only_slot(fold: Fold) -> Slot:
    found = activities.find_slot(fold.read, SLOT)
    assert found is not None
    return found


def test_times_are_local_and_lists_are_words(fold: Fold) -> None:
    slot = only_slot(fold)
    assert (slot.starts, slot.ends, slot.deadline) == (
        "2026-11-25T09:00:00",
        "2026-11-25T11:00:00",
        "2026-11-24T18:00:00",
    )
    assert (slot.skills, slot.state) == ("理发师、健康证", "draft")
    found = activities.find(fold.read, "a1")
    assert found is not None
    assert (found.contacts, found.state) == ("p8 p9", "draft")
    assert activities.find(fold.read, "a9") is None
    assert activities.find_slot(fold.read, "a9.1") is None


def test_what_is_not_revised_stays(fold: Fold) -> None:
    fold(facts.Revised("a1", title="义剪", summary=""))
    found = activities.find(fold.read, "a1")
    assert found is not None
    assert (found.title, found.place, found.summary) == ("义剪", "厂区", "")


def test_an_activity_goes_through_its_life(fold: Fold) -> None:
    states = []
    for event in (
        facts.Published("a1", (SLOT,)),
        facts.SlotClosed("a1", SLOT, "centre", STARTS),
        facts.SlotReopened("a1", SLOT, "centre", STARTS),
        facts.SlotClosed("a1", SLOT, "centre", STARTS),
        facts.DocumentAttached("a1", "plan", "计划"),
        facts.DocumentAttached("a1", "record", "记录"),
        facts.Closed("a1", ("scheme", "summary", "ledger")),
        facts.Reopened("a1"),
        facts.Archived("a1"),
    ):
        fold(event)
        found = activities.find(fold.read, "a1")
        assert found is not None
        states.append((found.state, only_slot(fold).state))
    assert states[:4] == [
        ("published", "open"),
        ("published", "closed"),
        ("published", "open"),
        ("published", "closed"),
    ]
    assert [state for state, _ in states[6:]] == ["closed", "published", "archived"]
    assert found is not None
    assert found.documents == "plan record"
    assert found.missing == "scheme summary ledger"


def test_seats_are_counted_through_every_move(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    fold(Accepted(SLOT, "p2", "volunteer", **TIMES))
    fold(Waitlisted(SLOT, "p3", "volunteer", place=1, **TIMES))
    fold(Accepted(SLOT, "p4", "participant", **TIMES))
    assert seats(fold) == (2, 2, 1)
    assert seats(fold, "participant") == (None, 1, 0)
    fold(Withdrawn(SLOT, "p1", "volunteer", "accepted", **TIMES))
    fold(Promoted(SLOT, "p3", "volunteer"))
    assert seats(fold) == (2, 2, 0)
    fold(Displaced(SLOT, "p2", "volunteer"))
    fold(facts.SlotResized("a1", SLOT, "volunteer", 1, was=2))
    assert seats(fold) == (1, 1, 1)
    fold(Withdrawn(SLOT, "p2", "volunteer", "waiting", **TIMES))
    assert seats(fold) == (1, 1, 0)
    fold(facts.SlotCancelled("a1", SLOT, ("p3", "p4")))
    fold(Released(SLOT, "p3", "volunteer", "accepted", **TIMES))
    fold(Released(SLOT, "p4", "participant", "accepted", **TIMES))
    assert seats(fold) == (1, 0, 0)
    assert seats(fold, "participant") == (None, 0, 0)
    assert only_slot(fold).state == "cancelled"


def test_requests_take_no_seat_before_somebody_says_yes(fold: Fold) -> None:
    for person in ("p1", "p2", "p3"):
        fold(Requested(SLOT, person, "volunteer", **TIMES))
    assert (only_slot(fold).volunteer_requested, seats(fold)) == (3, (2, 0, 0))
    fold(Accepted(SLOT, "p1", "volunteer", was="requested", **TIMES))
    fold(Waitlisted(SLOT, "p2", "volunteer", place=1, was="requested", **TIMES))
    fold(Rejected(SLOT, "p3", "volunteer", **TIMES))
    assert (only_slot(fold).volunteer_requested, seats(fold)) == (0, (2, 1, 1))


def test_a_later_headcount_replaces_the_earlier(fold: Fold) -> None:
    for count in (67, 60):
        fold(facts.HeadcountConfirmed("a1", SLOT, "participant", count, "centre", STARTS))
    assert (only_slot(fold).participant_headcount, only_slot(fold).volunteer_headcount) == (60, None)


def test_slots_come_by_time(fold: Fold) -> None:
    fold(facts.SlotAdded("a1", "a1.2", "centre", STARTS - timedelta(days=1), ENDS - timedelta(days=1), 1, 1))
    assert [slot.id for slot in activities.slots(fold.read, "a1")] == ["a1.2", SLOT]
