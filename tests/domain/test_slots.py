"""Slots: what one must say before people sign up, and that whoever loses a place is named."""

from datetime import datetime

import pytest

from domain.activities import (
    AlreadyStarted,
    HeadcountConfirmed,
    Published,
    SlotAdded,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    SlotResized,
    WrongState,
)
from domain.enrolments import Accepted, CheckedIn, Displaced, NotOnTheList, Promoted, Released, Requested
from domain.sign_up import RejectRequest, SignUp, Withdraw
from domain.slots import (
    MOST_SEATS,
    AddSlot,
    BadSlot,
    CancelSlot,
    CloseSlot,
    ConfirmHeadcount,
    ListChanged,
    ReopenSlot,
    ResizeSlot,
    RiskNotStated,
    Undecided,
)
from domain.words import ReasonMissing, Unknown
from ledger.checks import NotAnId, NoZone
from ledger.events import Command
from tests.cast import (
    AFTER,
    CUT,
    ENDS,
    HE,
    LATER_SLOT,
    LIN,
    NOW,
    QIAO,
    SLOT,
    SPAN,
    STARTS,
    STREET,
    TANG,
    YUN,
    Story,
    a_slot,
    minutes,
    queued,
    seated,
)


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


def test_heads_are_counted_once_the_slot_began_and_a_new_count_says_why(story: Story) -> None:
    story.given(*a_slot())
    count = ConfirmHeadcount(CUT, SLOT, "participant", 67)
    with pytest.raises(BadSlot):
        story.when(count)
    counted = HeadcountConfirmed(CUT, SLOT, "participant", 67, STREET, STARTS)
    assert story.when(count, at=AFTER) == [counted]
    assert story.when(count, at=AFTER) == []
    with pytest.raises(ReasonMissing):
        story.when(ConfirmHeadcount(CUT, SLOT, "participant", 66), at=AFTER)
    assert story.when(ConfirmHeadcount(CUT, SLOT, "participant", 66), at=AFTER, why="重数")
    assert story.when(ConfirmHeadcount(CUT, SLOT, "volunteer", 4), at=AFTER), "the other side is counted by itself"
    for impossible in (-1, MOST_SEATS + 1):
        with pytest.raises(BadSlot):
            story.when(ConfirmHeadcount(CUT, SLOT, "participant", impossible), at=AFTER, why="重数")


def test_a_slot_closes_when_it_is_over_and_opens_again_with_a_reason(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(BadSlot):
        story.when(CloseSlot(CUT, SLOT), at=ENDS - minutes(1))
    assert story.when(CloseSlot(CUT, SLOT), at=ENDS) == [SlotClosed(CUT, SLOT, STREET, STARTS)]
    with pytest.raises(WrongState):
        story.when(CloseSlot(CUT, SLOT), at=AFTER)
    with pytest.raises(WrongState):
        story.when(ConfirmHeadcount(CUT, SLOT, "participant", 3), at=AFTER)
    with pytest.raises(ReasonMissing):
        story.when(ReopenSlot(CUT, SLOT), at=AFTER)
    assert story.when(ReopenSlot(CUT, SLOT), at=AFTER, why="漏签退") == [SlotReopened(CUT, SLOT, STREET, STARTS)]
    with pytest.raises(WrongState):
        story.when(ReopenSlot(CUT, SLOT), at=AFTER, why="漏签退")


def test_a_slot_is_closed_when_everybody_has_an_answer(story: Story) -> None:
    story.given(*a_slot(1, 1), *seated(HE), *queued(LIN), Requested(SLOT, QIAO, "participant", *SPAN))
    with pytest.raises(Undecided, match="1 人待审核，1 人候补"):
        story.when(CloseSlot(CUT, SLOT), at=AFTER)
    story.when(RejectRequest(SLOT, QIAO, "participant"), at=AFTER, why="来不及审核")
    with pytest.raises(Undecided, match="0 人待审核，1 人候补"):
        story.when(CloseSlot(CUT, SLOT), at=AFTER)
    story.when(Withdraw(SLOT, LIN, "volunteer"), at=AFTER, why="没有排上")
    assert story.when(CloseSlot(CUT, SLOT), at=AFTER) == [SlotClosed(CUT, SLOT, STREET, STARTS)]


def test_old_records_may_lack_the_answer(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    assert story.when(CloseSlot(CUT, SLOT), at=AFTER, source="import")


@pytest.mark.parametrize(
    "command",
    [
        ConfirmHeadcount("walk", SLOT, "participant", 3),
        CloseSlot("walk", SLOT),
        ReopenSlot("walk", SLOT),
        ResizeSlot("walk", SLOT, "volunteer", 3),
        CancelSlot("walk", SLOT),
        CloseSlot(CUT, "cut.9"),
    ],
)
def test_a_slot_is_reached_through_its_own_activity_only(story: Story, command: Command) -> None:
    story.given(*a_slot(), *a_slot(activity="walk", slot="walk.1"))
    with pytest.raises(Unknown):
        story.when(command, at=AFTER, why="试一试")


def test_more_seats_move_the_first_of_the_queue_up(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN, TANG, YUN))
    assert story.when(ResizeSlot(CUT, SLOT, "volunteer", 3)) == [
        SlotResized(CUT, SLOT, "volunteer", 3, 1),
        Promoted(SLOT, LIN, "volunteer"),
        Promoted(SLOT, TANG, "volunteer"),
    ]


def test_nobody_moves_up_into_a_slot_that_has_begun(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    assert story.when(ResizeSlot(CUT, SLOT, "volunteer", 3), at=STARTS) == [SlotResized(CUT, SLOT, "volunteer", 3, 1)]


def test_shrinking_names_who_loses_their_seat_and_they_wait_in_front(story: Story) -> None:
    story.given(*a_slot(3), *seated(HE, LIN, TANG), *queued(YUN))
    shrink = ResizeSlot(CUT, SLOT, "volunteer", 1, (TANG, LIN))
    with pytest.raises(ReasonMissing):
        story.when(shrink)
    assert story.when(shrink, why="场地小了") == [
        Displaced(SLOT, LIN, "volunteer"),
        Displaced(SLOT, TANG, "volunteer"),
        SlotResized(CUT, SLOT, "volunteer", 1, 3, (TANG, LIN)),
    ], "they stand up before the seats are gone: never more people than seats"
    assert getattr(story.guard("seats:cut.1/volunteer"), "waiting") == (TANG, LIN, YUN)  # noqa: B009
    assert story.when(ResizeSlot(CUT, SLOT, "volunteer", 2))[1:] == [Promoted(SLOT, TANG, "volunteer")]


@pytest.mark.parametrize("displaced", [(), (HE,), (HE, LIN, TANG), (HE, HE), (HE, LIN, LIN)])
def test_a_stale_or_doubled_list_is_refused(story: Story, displaced: tuple[str, ...]) -> None:
    story.given(*a_slot(3), *seated(HE, LIN, TANG))
    with pytest.raises(ListChanged):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", 1, displaced), why="场地小了")


@pytest.mark.parametrize("other", [YUN, QIAO])
def test_only_who_has_a_seat_can_lose_it(story: Story, other: str) -> None:
    story.given(*a_slot(2), *seated(HE, LIN), *queued(YUN), *seated(QIAO, side="participant"))
    with pytest.raises(NotOnTheList):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", 1, (other,)), why="场地小了")


def test_who_is_already_there_is_not_sent_away(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), CheckedIn(SLOT, HE, "volunteer", "qr", STARTS))
    with pytest.raises(NotOnTheList):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", 0, (HE,)), at=STARTS + minutes(5), why="场地小了")


@pytest.mark.parametrize("seats", [-1, MOST_SEATS + 1])
def test_impossible_numbers_of_seats_are_refused(story: Story, seats: int) -> None:
    story.given(*a_slot())
    with pytest.raises(BadSlot):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", seats), why="试一试")


def test_uncounted_seats_can_become_counted(story: Story) -> None:
    story.given(*a_slot(None), *seated(HE, LIN))
    with pytest.raises(ListChanged):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", 1), why="限额")
    assert story.when(ResizeSlot(CUT, SLOT, "volunteer", 1, (LIN,)), why="限额")[-1] == SlotResized(
        CUT, SLOT, "volunteer", 1, None, (LIN,)
    )


def test_calling_off_names_everybody_on_every_list_and_frees_their_calendars(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN), *seated(QIAO, side="participant"))
    story.given(Requested(SLOT, TANG, "participant", *SPAN))
    everybody = (HE, LIN, QIAO, TANG)
    with pytest.raises(ReasonMissing):
        story.when(CancelSlot(CUT, SLOT, everybody))
    for stale in (everybody[:3], (*everybody, YUN), (HE, LIN, QIAO, QIAO)):
        with pytest.raises(ListChanged):
            story.when(CancelSlot(CUT, SLOT, stale), why="下雨")
    assert story.when(CancelSlot(CUT, SLOT, everybody), why="下雨") == [
        SlotCancelled(CUT, SLOT, everybody),
        Released(SLOT, HE, "volunteer", "accepted", *SPAN),
        Released(SLOT, LIN, "volunteer", "waiting", *SPAN),
        Released(SLOT, QIAO, "participant", "accepted", *SPAN),
        Released(SLOT, TANG, "participant", "requested", *SPAN),
    ]
    story.given(*a_slot(activity="walk", slot="walk.1"))
    assert story.when(SignUp("walk.1", HE)) == [Accepted("walk.1", HE, "volunteer", *SPAN)]


def test_a_slot_is_called_off_once_and_not_after_it_was_held(story: Story) -> None:
    story.given(*a_slot())
    story.when(CancelSlot(CUT, SLOT), why="下雨")
    with pytest.raises(WrongState):
        story.when(CancelSlot(CUT, SLOT), why="下雨")
    with pytest.raises(WrongState):
        story.when(ResizeSlot(CUT, SLOT, "volunteer", 3), why="下雨")
    story.given(*a_slot(activity="walk", slot="walk.1"), SlotClosed("walk", "walk.1", STREET, STARTS))
    with pytest.raises(WrongState) as refused:
        story.when(CancelSlot("walk", "walk.1"), at=AFTER, why="下雨")
    assert "已结束" in str(refused.value)


def test_somebody_who_came_stops_the_calling_off(story: Story) -> None:
    story.given(*a_slot(), *seated(HE), CheckedIn(SLOT, HE, "volunteer", "qr", STARTS))
    with pytest.raises(NotOnTheList):
        story.when(CancelSlot(CUT, SLOT, (HE,)), at=STARTS + minutes(5), why="下雨")


def test_heads_that_were_counted_stop_the_calling_off_until_they_are_taken_back(story: Story) -> None:
    """Otherwise the month would go on counting people at something that never took place."""
    story.given(*a_slot(), HeadcountConfirmed(CUT, SLOT, "participant", 12, STREET, STARTS))
    with pytest.raises(WrongState, match="清点过人数"):
        story.when(CancelSlot(CUT, SLOT), at=AFTER, why="下雨")
    story.when(ConfirmHeadcount(CUT, SLOT, "participant", 0), at=AFTER, why="记错了时段")
    assert story.when(CancelSlot(CUT, SLOT), at=AFTER, why="下雨") == [SlotCancelled(CUT, SLOT)]


def test_the_clock_of_the_story_stands_before_the_slot() -> None:
    assert NOW < STARTS < ENDS < AFTER
