"""What is due, folded from events: what comes later takes the place of what is no longer wanted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select

from domain.activities import SlotAdded, SlotCancelled, SlotClosed, SlotReopened
from domain.contacts import ContactChanged
from domain.deliveries import Retried
from domain.enrolments import Accepted, Displaced, Promoted, Rejected, Released, Requested, Waitlisted, Withdrawn
from domain.hours import Adjusted, Confirmed, Credited, Objected, Posted, Proposed, Upheld, Voided
from domain.people import Registered
from domain.person_merges import Merged
from domain.words import ZONE, Due, Language
from ledger.log import Ledger
from projections import contacts
from projections.moments import local
from projections.notices import NOTICES
from projections.outbox import ASPECTS, due
from projections.wordings import label
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
ENDS = STARTS + timedelta(hours=2)


@pytest.fixture
def fold() -> Fold:
    """A slot in three days."""
    told = Fold()
    told(SlotAdded("a1", "a1.1", "centre", STARTS, ENDS, 1, 5))
    told(Proposed("a1.1", "p1", 60, "A", "centre", "a1", STARTS, "owner"))
    return told


def waiting(fold: Fold, aspect: str = "") -> list[tuple[str, str | None]]:
    """What is due, kind and moment, without the sweep of the slot unless it is asked for."""
    rows = fold.read.execute(select(due).order_by(due.c.due)).all()
    return [(r.kind, r.due) for r in rows if r.aspect == aspect or (not aspect and r.aspect != "absence")]


def accepted(fold: Fold, person: str = "p1", actor: str = "p1", **more: str) -> int:
    return fold(Accepted("a1.1", person, "volunteer", STARTS, ENDS), actor=actor, **more)


def test_whoever_has_a_seat_is_reminded_a_day_before(fold: Fold) -> None:
    position = accepted(fold)
    (row,) = fold.read.execute(select(due).where(due.c.person == "p1"))
    assert (row.key, row.kind, row.due, row.until) == (
        f"reminder-{position}", "reminder", "2026-11-24T09:00:00", "2026-11-25T09:00:00",
    )  # fmt: skip
    assert (row.organisation, row.cause, row.asked) == ("centre", position, position)


def test_who_signs_up_on_the_last_day_needs_no_reminder(fold: Fold) -> None:
    fold.moment = STARTS - timedelta(hours=23)
    accepted(fold)
    assert waiting(fold) == []


@pytest.mark.parametrize("source", ["import", "late", "demo"])
def test_nothing_follows_from_old_records_and_demonstrations(fold: Fold, source: str) -> None:
    accepted(fold, source=source, actor="owner")
    fold(Confirmed("a1.1", "p1", 60), source=source)
    assert waiting(fold) == []


def test_whoever_leaves_is_not_reminded_and_told_only_of_what_others_did(fold: Fold) -> None:
    accepted(fold, actor="owner")
    assert waiting(fold) == [("acceptance", "2026-11-22T09:03:00"), ("reminder", "2026-11-24T09:00:00")]
    fold(Withdrawn("a1.1", "p1", "volunteer", "accepted", STARTS, ENDS), actor="p1")
    assert waiting(fold) == []
    accepted(fold)
    fold(Withdrawn("a1.1", "p1", "volunteer", "accepted", STARTS, ENDS), actor="owner")
    assert waiting(fold) == [("removal", "2026-11-22T09:06:00")]


def test_the_last_word_takes_the_place_of_those_before(fold: Fold) -> None:
    fold(Waitlisted("a1.1", "p1", "volunteer", 1, STARTS, ENDS), actor="p1")
    assert waiting(fold) == []
    fold(Promoted("a1.1", "p1", "volunteer"), actor="p2")
    assert [kind for kind, _ in waiting(fold)] == ["promotion", "reminder"]
    fold(Displaced("a1.1", "p1", "volunteer"), actor="owner")
    assert [kind for kind, _ in waiting(fold)] == ["displacement"]
    fold(SlotCancelled("a1", "a1.1", ("p1",)))
    fold(Released("a1.1", "p1", "volunteer", "waiting", STARTS, ENDS), actor="owner")
    assert [kind for kind, _ in waiting(fold)] == ["cancellation"]


def test_an_answer_to_a_request_is_told_until_somebody_asks_again(fold: Fold) -> None:
    fold(Requested("a1.1", "p1", "volunteer", STARTS, ENDS), actor="p1")
    fold(Rejected("a1.1", "p1", "volunteer", STARTS, ENDS), actor="owner")
    assert [kind for kind, _ in waiting(fold)] == ["rejection"]
    fold(Requested("a1.1", "p1", "volunteer", STARTS, ENDS), actor="p1")
    assert waiting(fold) == []
    fold(Accepted("a1.1", "p1", "volunteer", STARTS, ENDS, "requested"), actor="owner")
    assert [kind for kind, _ in waiting(fold)] == ["acceptance", "reminder"]


def test_news_of_a_slot_that_began_is_none(fold: Fold) -> None:
    fold.moment = STARTS
    accepted(fold, actor="owner")
    assert waiting(fold) == []


def test_absence_is_swept_three_days_after_the_end_unless_the_lists_are_complete(fold: Fold) -> None:
    assert waiting(fold, "absence") == [("absence", "2026-11-28T11:00:00")]
    fold(SlotClosed("a1", "a1.1", "centre", STARTS))
    assert waiting(fold, "absence") == []
    fold.moment = ENDS + timedelta(days=9)
    fold(SlotReopened("a1", "a1.1", "centre", STARTS))
    assert waiting(fold, "absence") == [("absence", "2026-12-07T11:01:00")]


def test_confirmed_hours_are_posted_the_next_day_and_credited_after_the_notice(fold: Fold) -> None:
    fold(Confirmed("a1.1", "p1", 60))
    assert waiting(fold) == [("posting", "2026-11-23T00:00:00")]
    fold(Posted("a1.1", "p1", date(2026, 11, 30)), source="system")
    assert waiting(fold) == [("crediting", "2026-12-01T00:00:00")]
    fold(Credited("a1.1", "p1"), source="system")
    assert waiting(fold) == []


def test_an_objection_stops_the_next_step_until_it_is_answered(fold: Fold) -> None:
    fold(Posted("a1.1", "p1", date(2026, 11, 30)))
    fold(Objected("a1.1", "p1", "是两小时", 120), actor="p1")
    assert waiting(fold) == [("crediting", None)]
    position = fold(Upheld("a1.1", "p1"), actor="colleague")
    assert waiting(fold) == [("crediting", "2026-12-01T00:00:00")]
    assert fold.read.scalar(select(due.c.key).where(due.c.person == "p1")) == f"crediting-{position}"
    fold(Adjusted("a1.1", "p1", 90, 30), actor="colleague")
    assert fold.read.scalar(select(due.c.key).where(due.c.person == "p1")) == f"crediting-{position}"
    fold(Voided("a1.1", "p1"))
    assert waiting(fold) == []


def test_an_objection_to_credited_hours_stops_nothing(fold: Fold) -> None:
    fold(Objected("a1.1", "p1", "是两小时", 120), actor="p1")
    fold(Upheld("a1.1", "p1"), actor="colleague")
    assert waiting(fold) == []


def test_a_retry_asks_again_for_what_still_stands(fold: Fold) -> None:
    position = accepted(fold)
    asked = fold(Retried(f"reminder-{position}", "reminder", "a1.1", "p1"))
    row = fold.read.execute(select(due).where(due.c.person == "p1")).one()
    assert (row.key, row.cause, row.asked) == (f"reminder-{position}", position, asked)
    fold(Retried("reminder-999", "reminder", "a1.1", "p1"))
    assert fold.read.scalar(select(due.c.asked).where(due.c.person == "p1")) == asked


def test_every_kind_has_its_place_and_its_word() -> None:
    kinds: set[str] = set(Due.__args__)  # type: ignore[attr-defined]  # a Literal has them
    assert (
        set(ASPECTS)
        | set(NOTICES.values())
        | {"way_back", "new_device", "address_changed", "sessions_ended", "provider_voided"}
        == kinds
    )
    assert all(label(kind) != kind for kind in (*kinds, *Language.__args__))  # type: ignore[attr-defined]


def find(fold: Fold, person: str) -> contacts.Contact | None:
    """How somebody is written to, the address read in what was folded."""
    return contacts.find(fold.read, cast(Ledger, fold), person)


def test_people_are_written_to_as_they_said_last_and_as_their_living_file_says() -> None:
    fold = Fold()
    fold(Registered("p1", "何小满"))
    assert find(fold, "p1") == contacts.Contact("何小满")
    fold(ContactChanged("p1", "old@example.org"), blind="old")
    fold(ContactChanged("p1", "new@example.org"), blind="new")
    before = since = local(fold.moment)
    fold.moment += timedelta(hours=1)
    fold(ContactChanged("p1", "new@example.org", "en"), blind="new")
    assert find(fold, "p1") == contacts.Contact("何小满", "new@example.org", "en", since)
    fold(Registered("p2", "小满"))
    fold(Merged("p1", "p2"))
    assert find(fold, "p1") == contacts.Contact("何小满", "new@example.org", "en", since)
    fold(ContactChanged("p2", "two@example.org"), blind="two")
    since = local(fold.moment)
    assert find(fold, "p1") == contacts.Contact("小满", "two@example.org", "zh", since)
    assert find(fold, "nobody") is None
    assert contacts.addressed(fold.read, ["two", "old"]) == contacts.addressed(fold.read, ["new", "two"]) == ["p2"]
    assert contacts.addressed(fold.read, ["old"]) == contacts.addressed(fold.read, []) == []
    fold(ContactChanged("p2"))
    assert find(fold, "p1") == contacts.Contact("何小满", "new@example.org", "en", before)
