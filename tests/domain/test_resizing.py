"""Resizing a slot and calling it off: whoever loses a place is named, whoever waits in front gets a free one."""

import pytest

from domain.activities import HeadcountConfirmed, SlotCancelled, SlotClosed, SlotResized, WrongState
from domain.closing import ConfirmHeadcount
from domain.enrolments import Accepted, CheckedIn, Displaced, NotOnTheList, Promoted, Released, Requested
from domain.resizing import CancelSlot, ListChanged, ResizeSlot
from domain.sign_up import SignUp
from domain.slots import MOST_SEATS, BadSlot
from domain.words import ReasonMissing
from tests.cast import (
    AFTER,
    CUT,
    ENDS,
    HE,
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
