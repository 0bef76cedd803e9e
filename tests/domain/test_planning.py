"""Planning: what one must say of a slot before people sign up, what opens, and what is entered late."""

from datetime import datetime

import pytest

from domain.activities import Published, Revised, SlotAdded, WrongState
from domain.planning import (
    AddSlot,
    AlreadyDrafted,
    AlreadyStarted,
    DraftActivity,
    NothingToPublish,
    PublishActivity,
    ReviseActivity,
    RiskNotStated,
)
from domain.sign_up import SignUp
from domain.slots import MOST_SEATS, BadSlot
from domain.words import ReasonMissing
from ledger.checks import NotAnId, NoZone
from tests.cast import CALLED_OFF, CUT, ENDS, HE, LATER_SLOT, SLOT, STARTS, STREET, Story, a_slot, minutes


def test_an_activity_is_drafted_once(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(AlreadyDrafted):
        story.when(DraftActivity(CUT, "又一个", STREET))


def test_publishing_opens_exactly_the_slots_that_stand(story: Story) -> None:
    story.given(*a_slot()[:2])
    for slots in ((), (SLOT, LATER_SLOT), (LATER_SLOT,)):
        with pytest.raises(NothingToPublish):
            story.when(PublishActivity(CUT, slots))
    assert story.when(PublishActivity(CUT, (SLOT,))) == [Published(CUT, (SLOT,))]


def test_only_what_has_not_begun_is_published(story: Story) -> None:
    story.given(*a_slot()[:2])
    with pytest.raises(AlreadyStarted):
        story.when(PublishActivity(CUT, (SLOT,)), at=STARTS)
    assert story.when(PublishActivity(CUT, (SLOT,)), at=STARTS - minutes(1))


def test_an_activity_without_a_living_slot_is_not_published(story: Story) -> None:
    story.given(*a_slot()[:2], CALLED_OFF)
    with pytest.raises(NothingToPublish):
        story.when(PublishActivity(CUT, (SLOT,)))


def test_a_description_is_revised_and_empty_fields_stay(story: Story) -> None:
    story.given(*a_slot())
    assert story.when(ReviseActivity(CUT, place="东广场")) == [Revised(CUT, place="东广场")]


def test_what_was_held_is_published_late_with_a_reason(story: Story) -> None:
    story.given(*a_slot()[:2])
    with pytest.raises(ReasonMissing):
        story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, source="late")
    with pytest.raises(AlreadyStarted):
        story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, why="当天停电")
    assert story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, source="late", why="当天停电") == [
        Published(CUT, (SLOT,))
    ]


def add(**changes: object) -> AddSlot:
    """A good slot with something changed."""
    good = {
        "activity": CUT, "slot": LATER_SLOT, "starts": ENDS, "ends": ENDS + minutes(120), "volunteer_seats": 2,
        "participant_seats": 20, "risk": "一般",
    }  # fmt: skip
    return AddSlot(**(good | changes))  # type: ignore[arg-type]


def test_a_slot_added_to_a_published_activity_opens_at_once(story: Story) -> None:
    story.given(*a_slot())
    added, published = story.when(add())
    assert isinstance(added, SlotAdded)
    assert (added.organisation, published) == (STREET, Published(CUT, (LATER_SLOT,)))
    assert story.when(SignUp(LATER_SLOT, HE))


def test_a_slot_added_to_a_draft_waits_for_publication(story: Story) -> None:
    story.given(*a_slot()[:1])
    assert [type(event) for event in story.when(add())] == [SlotAdded]
    with pytest.raises(WrongState):
        story.when(SignUp(LATER_SLOT, HE))


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": ENDS},
        {"ends": STARTS},
        {"ends": None},
        {"volunteer_seats": -1},
        {"participant_seats": -1},
        {"volunteer_seats": 0, "participant_seats": 0},
        {"volunteer_seats": None, "participant_seats": None},
        {"volunteer_seats": MOST_SEATS + 1},
        {"deadline": ENDS + minutes(121)},
        {"slot": SLOT},
        {"slot": "walk.2"},
        {"slot": "cut.two"},
        {"slot": "cut."},
    ],
)
def test_a_slot_that_cannot_be_is_refused(story: Story, changes: dict[str, object]) -> None:
    story.given(*a_slot())
    with pytest.raises(BadSlot):
        story.when(add(**changes))


@pytest.mark.parametrize("slot", ["", "cut.1/volunteer", "cut:1", "剪.1", " cut.3", "a" * 79 + ".3"])
def test_an_id_never_makes_two_tags_one(story: Story, slot: str) -> None:
    story.given(*a_slot())
    with pytest.raises(NotAnId):
        story.when(add(slot=slot))


def test_a_time_without_a_zone_is_no_time(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(NoZone):
        story.when(add(starts=datetime(2026, 11, 8, 9)))  # noqa: DTZ001 - the mistake itself


def test_risk_is_stated_before_anybody_signs_up(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(RiskNotStated):
        story.when(add(risk=" "))


def test_one_side_may_have_no_seats_and_the_other_uncounted_ones(story: Story) -> None:
    story.given(*a_slot())
    assert story.when(add(volunteer_seats=0, participant_seats=1))
    assert story.when(add(slot="cut.3", volunteer_seats=1, participant_seats=None))


def test_old_records_may_lack_what_nobody_wrote_down(story: Story) -> None:
    story.given(*a_slot())
    bare = add(starts=STARTS - minutes(99999), ends=None, volunteer_seats=None, participant_seats=None, risk="")
    assert story.when(bare, source="import")
    with pytest.raises(BadSlot):
        story.when(add(slot="cut.3", ends=ENDS), source="import")


def test_a_slot_that_has_begun_is_not_slipped_into_a_published_activity(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(AlreadyStarted):
        story.when(add(), at=ENDS)
    with pytest.raises(ReasonMissing):
        story.when(add(), at=ENDS + minutes(600), source="late")
    assert story.when(add(), at=ENDS + minutes(600), source="late", why="当天停电")


def test_what_is_still_to_be_is_not_excused_by_being_entered_late(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(RiskNotStated):
        story.when(add(risk=""), source="late", why="当天停电")
