"""Activities: draft → published → closed → archived, or cancelled; and what stands in the way."""

import pytest

from domain.activities import (
    DOCUMENTS,
    AlreadyDrafted,
    AlreadyStarted,
    ArchiveActivity,
    Archived,
    AttachDocument,
    CancelActivity,
    Cancelled,
    CloseActivity,
    Closed,
    DocumentAttached,
    DraftActivity,
    NothingToPublish,
    PublishActivity,
    Published,
    ReopenActivity,
    Reopened,
    ReviseActivity,
    Revised,
    SlotCancelled,
    SlotClosed,
    SlotsOpen,
    WrongState,
)
from domain.slots import AddSlot
from domain.words import ReasonMissing, Unknown
from ledger.events import Command
from tests.cast import CUT, ENDS, LATER_SLOT, SLOT, STARTS, STREET, Story, a_slot, minutes

HELD = SlotClosed(CUT, SLOT, STREET, STARTS)
CALLED_OFF = SlotCancelled(CUT, SLOT)
EVERY = [
    PublishActivity(CUT, (SLOT,)),
    ReviseActivity(CUT, title="义剪"),
    CloseActivity(CUT),
    ReopenActivity(CUT),
    CancelActivity(CUT),
    ArchiveActivity(CUT),
    AttachDocument(CUT, "plan", "计划书"),
    AddSlot(CUT, LATER_SLOT, ENDS, ENDS + minutes(60), 1, 1, risk="一般"),
]


def refused(story: Story) -> set[str]:
    """Which commands the activity's state does not allow."""
    found = set()
    for command in EVERY:
        try:
            story.when(command, why="试一试")
        except WrongState:
            found.add(type(command).__name__)
        except (SlotsOpen, NothingToPublish):
            pass
    return found


@pytest.mark.parametrize("command", EVERY)
def test_nothing_happens_to_an_activity_that_nobody_drafted(story: Story, command: Command) -> None:
    with pytest.raises(Unknown):
        story.when(command, why="试一试")


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


def test_an_archived_or_cancelled_activity_refuses_everything_else(story: Story) -> None:
    story.given(*a_slot(), CALLED_OFF, Cancelled(CUT))
    assert refused(story) == {type(command).__name__ for command in EVERY} - {"ArchiveActivity"}
    assert refused(story) == {type(command).__name__ for command in EVERY}


def test_what_was_held_is_published_late_with_a_reason(story: Story) -> None:
    story.given(*a_slot()[:2])
    with pytest.raises(ReasonMissing):
        story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, source="late")
    with pytest.raises(AlreadyStarted):
        story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, why="当天停电")
    assert story.when(PublishActivity(CUT, (SLOT,)), at=ENDS, source="late", why="当天停电") == [
        Published(CUT, (SLOT,))
    ]
