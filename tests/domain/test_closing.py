"""Closing: heads counted, slots closed when everybody has an answer, the activity after its slots; and back."""

import pytest

from domain.activities import (
    Archived,
    Cancelled,
    Closed,
    DocumentAttached,
    HeadcountConfirmed,
    Reopened,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    WrongState,
)
from domain.closing import (
    ArchiveActivity,
    CancelActivity,
    CloseActivity,
    CloseSlot,
    ConfirmHeadcount,
    ReopenActivity,
    ReopenSlot,
    SlotsOpen,
    Undecided,
)
from domain.documents import DOCUMENTS, AttachDocument
from domain.enrolments import Requested
from domain.planning import AddSlot, ReviseActivity
from domain.sign_up import RejectRequest, Withdraw
from domain.slots import MOST_SEATS, BadSlot
from domain.words import ReasonMissing
from tests.cast import (
    AFTER,
    CALLED_OFF,
    CUT,
    ENDS,
    HE,
    HELD,
    LATER_SLOT,
    LIN,
    QIAO,
    SLOT,
    SPAN,
    STARTS,
    STREET,
    Story,
    a_slot,
    minutes,
    queued,
    seated,
)


def test_an_activity_closes_after_its_slots_and_names_the_documents_that_are_missing(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(SlotsOpen):
        story.when(CloseActivity(CUT))
    story.given(HELD)
    assert story.when(AttachDocument(CUT, "plan", "计划书")) == [DocumentAttached(CUT, "plan", "计划书")]
    assert story.when(AttachDocument(CUT, "plan", "计划书二")) == []
    assert story.when(CloseActivity(CUT)) == [Closed(CUT, DOCUMENTS[1:])]


def test_calling_off_needs_a_reason_and_its_slots_called_off_first(story: Story) -> None:
    story.given(*a_slot())
    with pytest.raises(SlotsOpen):
        story.when(CancelActivity(CUT), why="下雨")
    story.given(CALLED_OFF)
    with pytest.raises(ReasonMissing):
        story.when(CancelActivity(CUT))
    assert story.when(CancelActivity(CUT), why="下雨") == [Cancelled(CUT)]


def test_a_draft_is_called_off_with_its_slots(story: Story) -> None:
    story.given(*a_slot()[:2])
    assert story.when(CancelActivity(CUT), why="改期") == [SlotCancelled(CUT, SLOT), Cancelled(CUT)]


def test_what_is_closed_is_not_edited_until_it_is_reopened_with_a_reason(story: Story) -> None:
    story.given(*a_slot(), HELD, Closed(CUT))
    with pytest.raises(ReasonMissing):
        story.when(ReopenActivity(CUT))
    with pytest.raises(WrongState, match="已结束"):
        story.when(ReviseActivity(CUT, title="义剪"))
    with pytest.raises(WrongState):
        story.when(AddSlot(CUT, LATER_SLOT, ENDS, ENDS + minutes(60), 1, 1, risk="一般"))
    assert story.when(ReopenActivity(CUT), why="补材料") == [Reopened(CUT)]
    assert story.when(ReviseActivity(CUT, title="义剪"))


def test_an_archived_activity_that_was_held_can_be_reopened(story: Story) -> None:
    story.given(*a_slot(), HELD, Closed(CUT))
    assert story.when(ArchiveActivity(CUT)) == [Archived(CUT)]
    assert story.when(ReopenActivity(CUT), why="更正") == [Reopened(CUT)]


def test_an_activity_that_was_called_off_never_comes_back(story: Story) -> None:
    story.given(*a_slot(), CALLED_OFF, Cancelled(CUT))
    with pytest.raises(WrongState):
        story.when(ReopenActivity(CUT), why="又办")
    story.when(ArchiveActivity(CUT))
    with pytest.raises(WrongState):
        story.when(ReopenActivity(CUT), why="又办")


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
