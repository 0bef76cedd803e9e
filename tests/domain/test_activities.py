"""Activities: what each state allows, draft → published → closed → archived, or cancelled."""

import pytest

from domain.activities import Cancelled, WrongState
from domain.closing import ArchiveActivity, CancelActivity, CloseActivity, ReopenActivity, SlotsOpen
from domain.documents import AttachDocument
from domain.planning import AddSlot, NothingToPublish, PublishActivity, ReviseActivity
from domain.words import Unknown
from ledger.events import Command
from tests.cast import CALLED_OFF, CUT, ENDS, LATER_SLOT, SLOT, Story, a_slot, minutes

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


def test_an_archived_or_cancelled_activity_refuses_everything_else(story: Story) -> None:
    story.given(*a_slot(), CALLED_OFF, Cancelled(CUT))
    assert refused(story) == {type(command).__name__ for command in EVERY} - {"ArchiveActivity"}
    assert refused(story) == {type(command).__name__ for command in EVERY}
