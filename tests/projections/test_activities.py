"""Activities and slots, folded from events: states, live seats of both sides, documents; and how lists find them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.activities import (
    Archived,
    Cancelled,
    Closed,
    DocumentAttached,
    Drafted,
    HeadcountConfirmed,
    Published,
    Reopened,
    Revised,
    SlotAdded,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    SlotResized,
)
from domain.enrolments import Accepted, Displaced, Promoted, Rejected, Released, Requested, Waitlisted, Withdrawn
from domain.words import ZONE, Side
from projections import activities
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
ENDS = STARTS + timedelta(hours=2)
TIMES: dict[str, Any] = {"starts": STARTS, "ends": ENDS}
SLOT = "a1.1"


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold(Drafted("a1", "爱心义剪进厂区", "centre", place="厂区", contacts=("p8", "p9"), aliases=("义剪", "理发")))
    fold(SlotAdded("a1", SLOT, "centre", STARTS, ENDS, 2, 10, skills=("理发师", "健康证"), over=18, risk="一般"))
    return fold


def the_activity(fold: Fold) -> activities.Activity:
    found = activities.find(fold.read, "a1")
    assert found is not None
    return found


def the_slot(fold: Fold) -> activities.Slot:
    found = activities.find_slot(fold.read, SLOT)
    assert found is not None
    return found


def counts(fold: Fold, side: Side = "volunteer") -> tuple[int, int, int]:
    """Taken, waiting, requested."""
    slot = the_slot(fold)
    return slot.taken(side), slot.waiting(side), getattr(slot, f"{side}_requested")


def test_a_draft_says_what_it_is(fold: Fold) -> None:
    found = the_activity(fold)
    assert (found.title, found.state, found.contacts, found.aliases) == (
        "爱心义剪进厂区",
        "draft",
        "p8 p9",
        "义剪、理发",
    )
    assert activities.find(fold.read, "a2") is None


def test_times_are_local_wherever_they_were_said(fold: Fold) -> None:
    fold(SlotAdded("a1", "a1.2", "centre", STARTS.astimezone(UTC), None, None, 5, deadline=STARTS.astimezone(UTC)))
    slot = activities.find_slot(fold.read, "a1.2")
    assert slot is not None
    assert (slot.starts, slot.ends, slot.deadline) == ("2026-11-25T09:00:00", None, "2026-11-25T09:00:00")
    assert slot.seats("volunteer") is None
    assert slot.seats("participant") == 5


def test_slots_come_in_the_order_of_time(fold: Fold) -> None:
    fold(SlotAdded("a1", "a1.2", "centre", STARTS - timedelta(hours=3), STARTS, 1, 0))
    assert [slot.id for slot in activities.slots(fold.read, "a1")] == ["a1.2", SLOT]
    assert (the_slot(fold).skills, the_slot(fold).over, the_slot(fold).risk) == ("理发师、健康证", 18, "一般")


def test_publishing_opens_the_named_slots(fold: Fold) -> None:
    assert the_slot(fold).state == "draft"
    fold(Published("a1", (SLOT,)))
    assert (the_activity(fold).state, the_slot(fold).state) == ("published", "open")


def test_an_activity_goes_through_its_life(fold: Fold) -> None:
    fold(Published("a1", (SLOT,)))
    fold(SlotClosed("a1", SLOT, "centre", STARTS))
    fold(Closed("a1", ("summary", "ledger")))
    assert (the_activity(fold).state, the_activity(fold).missing) == ("closed", "summary ledger")
    fold(Reopened("a1"))
    fold(SlotReopened("a1", SLOT, "centre", STARTS))
    assert (the_activity(fold).state, the_slot(fold).state) == ("published", "open")
    fold(SlotCancelled("a1", SLOT))
    fold(Cancelled("a1"))
    assert (the_activity(fold).state, the_slot(fold).state) == ("cancelled", "cancelled")
    fold(Archived("a1"))
    assert the_activity(fold).state == "archived"


def test_a_revision_leaves_alone_what_it_does_not_name(fold: Fold) -> None:
    fold(Revised("a1", title="义剪进社区", place=""))
    found = the_activity(fold)
    assert (found.title, found.place, found.contacts) == ("义剪进社区", "", "p8 p9")
    fold(Revised("a1", contacts=("p7",)))
    assert the_activity(fold).contacts == "p7"


def test_documents_gather(fold: Fold) -> None:
    fold(DocumentAttached("a1", "plan", "计划.docx"))
    fold(DocumentAttached("a1", "record", "记录.docx"))
    assert the_activity(fold).documents == "plan record"


def test_seats_follow_every_move_of_a_sign_up(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    fold(Accepted(SLOT, "p2", "volunteer", **TIMES))
    fold(Waitlisted(SLOT, "p3", "volunteer", place=1, **TIMES))
    assert counts(fold) == (2, 1, 0)
    fold(Withdrawn(SLOT, "p1", "volunteer", "accepted", **TIMES))
    fold(Promoted(SLOT, "p3", "volunteer"))
    assert counts(fold) == (2, 0, 0)
    fold(SlotResized("a1", SLOT, "volunteer", 1, 2, ("p3",)))
    fold(Displaced(SLOT, "p3", "volunteer"))
    assert counts(fold) == (1, 1, 0)
    assert the_slot(fold).seats("volunteer") == 1
    fold(Withdrawn(SLOT, "p3", "volunteer", "waiting", **TIMES))
    assert counts(fold) == (1, 0, 0)
    assert counts(fold, "participant") == (0, 0, 0)


def test_reviewed_requests_are_counted_until_they_are_answered(fold: Fold) -> None:
    for person in ("p1", "p2", "p3", "p4"):
        fold(Requested(SLOT, person, "participant", **TIMES))
    assert counts(fold, "participant") == (0, 0, 4)
    fold(Accepted(SLOT, "p1", "participant", **TIMES, was="requested"))
    fold(Waitlisted(SLOT, "p2", "participant", place=1, **TIMES, was="requested"))
    fold(Rejected(SLOT, "p3", "participant", **TIMES))
    fold(Withdrawn(SLOT, "p4", "participant", "requested", **TIMES))
    assert counts(fold, "participant") == (1, 1, 0)


def test_a_cancelled_slot_frees_everybody(fold: Fold) -> None:
    fold(Accepted(SLOT, "p1", "volunteer", **TIMES))
    fold(Waitlisted(SLOT, "p2", "volunteer", place=1, **TIMES))
    fold(SlotCancelled("a1", SLOT, ("p1", "p2")))
    fold(Released(SLOT, "p1", "volunteer", "accepted", **TIMES))
    fold(Released(SLOT, "p2", "volunteer", "waiting", **TIMES))
    assert counts(fold) == (0, 0, 0)


def test_a_later_headcount_replaces_the_earlier(fold: Fold) -> None:
    fold(HeadcountConfirmed("a1", SLOT, "participant", 42, "centre", STARTS))
    fold(HeadcountConfirmed("a1", SLOT, "participant", 47, "centre", STARTS))
    assert (the_slot(fold).participant_headcount, the_slot(fold).volunteer_headcount) == (47, None)
