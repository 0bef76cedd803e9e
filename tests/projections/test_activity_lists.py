"""Finding activities: days in sight, what is next, what waits for staff, what keeps a person busy, how it was before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.activities import Archived, Drafted, HeadcountConfirmed, Published, SlotAdded, SlotClosed
from domain.enrolments import Accepted, CheckedIn, Waitlisted, Withdrawn
from domain.organisations import Registered as OrganisationRegistered
from domain.people import Registered as PersonRegistered
from domain.person_merges import Merged
from domain.receipts import Received
from domain.words import ZONE
from projections import activity_lists
from tests.projections.folding import Fold

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZONE)
"""The start of the first activity."""


def hold(
    fold: Fold,
    activity: str,
    starts: datetime,
    *,
    title: str = "爱心义剪",
    organisation: str = "centre",
    place: str = "厂区",
    publish: bool = True,
) -> str:
    """An activity with one slot of two hours; the slot."""
    slot = f"{activity}.1"
    fold(Drafted(activity, title, organisation, place=place))
    fold(SlotAdded(activity, slot, organisation, starts, starts + timedelta(hours=2), 2, 5))
    if publish:
        fold(Published(activity, (slot,)))
    return slot


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold(OrganisationRegistered("centre", "社工服务中心", "social_work_centre"))
    fold(OrganisationRegistered("agency", "青禾社工机构", "agency"))
    fold(PersonRegistered("p1", "何小满"))
    hold(fold, "a1", NOON)
    hold(fold, "a2", NOON + timedelta(days=1), title="心理沙龙 100%", organisation="agency", place="文化宫")
    hold(fold, "a3", NOON + timedelta(days=2), publish=False)
    return fold


def titles(fold: Fold, **asked: object) -> list[str]:
    found = activity_lists.between(fold.read, "2026-11-25", "2026-12-02", **asked)  # type: ignore[arg-type]  # keywords
    return [one.slot.activity for one in found]


def test_days_hold_what_is_published_and_drafts_of_ones_own(fold: Fold) -> None:
    assert titles(fold) == ["a1", "a2"]
    assert titles(fold, runs=["centre"]) == ["a1", "a2", "a3"]
    assert titles(fold, runs=["agency"]) == ["a1", "a2"]
    fold(Archived("a1"))
    assert titles(fold) == ["a2"]


def test_the_last_day_is_not_included(fold: Fold) -> None:
    found = activity_lists.between(fold.read, "2026-11-25", "2026-11-26")
    assert [(one.slot.id, one.title, one.place) for one in found] == [("a1.1", "爱心义剪", "厂区")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("义剪", ["a1"]), ("文化宫", ["a2"]), ("100%", ["a2"]), ("%", ["a2"]), ("_", []), ("没有的", [])],
)
def test_words_are_found_in_title_and_place_and_nothing_is_a_wildcard(
    fold: Fold, text: str, expected: list[str]
) -> None:
    assert titles(fold, text=text) == expected


def test_a_list_can_be_narrowed_to_organisations(fold: Fold) -> None:
    assert titles(fold, within=["agency"]) == ["a2"]
    assert titles(fold, within=[]) == []
    assert activity_lists.organisers(fold.read) == [("agency", "青禾社工机构"), ("centre", "社工服务中心")]


def test_the_next_day_with_something_is_told(fold: Fold) -> None:
    assert activity_lists.next_day(fold.read, "2026-11-26") == "2026-11-26"
    assert activity_lists.next_day(fold.read, "2026-11-27") is None
    assert activity_lists.next_day(fold.read, "2026-11-27", runs=["centre"]) == "2026-11-27"
    assert activity_lists.next_day(fold.read, "2026-11-25", within=["agency"]) == "2026-11-26"


def test_staff_see_what_is_over_and_open_and_what_is_not_published(fold: Fold) -> None:
    late = "2026-11-25T14:00:00"
    assert [one.slot.id for one in activity_lists.to_close(fold.read, ["centre"], late)] == ["a1.1"]
    assert activity_lists.to_close(fold.read, ["centre"], "2026-11-25T13:59:59") == []
    assert activity_lists.to_close(fold.read, ["agency"], late) == []
    assert activity_lists.to_close(fold.read, [], late) == []
    assert [one.id for one in activity_lists.drafts(fold.read, ["centre"])] == ["a3"]
    assert activity_lists.drafts(fold.read, []) == []
    fold(SlotClosed("a1", "a1.1", "centre", NOON))
    assert activity_lists.to_close(fold.read, ["centre"], late) == []


def test_what_is_planned_without_a_day_stands_in_its_month(fold: Fold) -> None:
    fold(Drafted("a4", "读书会", "centre", due="2026-12"))
    assert activity_lists.undated(fold.read, "2026-12") == []
    assert activity_lists.undated(fold.read, "2026-12", ["centre"]) == [("a4", "读书会", "", "2026-12")]
    assert activity_lists.undated(fold.read, "2026-11", ["centre"]) == []


def busy(fold: Fold, since: str = "2026-11-25", until: str = "2026-11-26") -> list[tuple[str, str, int | None]]:
    return [(one.slot, one.state, one.place) for one in activity_lists.busy(fold.read, "p1", since, until)]


def test_a_person_is_busy_where_they_sit_or_wait_and_free_once_they_left(fold: Fold) -> None:
    fold(Waitlisted("a1.1", "p2", "volunteer", 1, NOON, NOON + timedelta(hours=2)))
    fold(Waitlisted("a1.1", "p1", "volunteer", 2, NOON, NOON + timedelta(hours=2)))
    assert busy(fold) == [("a1.1", "waiting", 2)]
    assert busy(fold, "2026-11-25T14:00:00") == []
    fold(Withdrawn("a1.1", "p1", "volunteer", "waiting", NOON, NOON + timedelta(hours=2)))
    assert busy(fold) == []


def test_a_slot_of_unknown_end_keeps_the_whole_day(fold: Fold) -> None:
    fold(Accepted("a1.1", "p1", "volunteer", NOON, None))
    assert busy(fold, "2026-11-25T23:00:00") == [("a1.1", "accepted", None)]
    assert busy(fold, "2026-11-26", "2026-11-27") == []


def test_what_a_merged_file_is_committed_to_keeps_the_person_busy(fold: Fold) -> None:
    fold(PersonRegistered("p9", "小满"))
    fold(Accepted("a1.1", "p9", "volunteer", NOON, NOON + timedelta(hours=2)))
    assert busy(fold) == []
    fold(Merged("p9", "p1"))
    assert busy(fold) == [("a1.1", "accepted", None)]


def test_how_it_was_before_counts_who_came_and_who_was_served(fold: Fold) -> None:
    past = NOON - timedelta(days=30)
    slot = hold(fold, "b1", past)
    fold(Accepted(slot, "p1", "volunteer", past, past + timedelta(hours=2)))
    fold(CheckedIn(slot, "p1", "volunteer", "qr", past))
    fold(Received(slot, "p2", "activity", "centre", day="2026-10-26", slot=slot))
    fold(HeadcountConfirmed("b1", slot, "participant", 40, "centre", past))
    asked = ("爱心义剪", "a1", "2026-11-25T12:00:00")
    assert activity_lists.earlier(fold.read, *asked) == (0, [])
    fold(SlotClosed("b1", slot, "centre", past))
    assert activity_lists.earlier(fold.read, *asked) == (
        1,
        [activity_lists.Earlier("b1.1", "b1", "2026-10-26T12:00:00", volunteers=1, served=41)],
    )
    assert activity_lists.earlier(fold.read, "别的", "a1", "2026-11-25T12:00:00") == (0, [])
