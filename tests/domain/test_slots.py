"""Slots: each is reached through its own activity only."""

import pytest

from domain.closing import CloseSlot, ConfirmHeadcount, ReopenSlot
from domain.resizing import CancelSlot, ResizeSlot
from domain.words import Unknown
from ledger.events import Command
from tests.cast import AFTER, CUT, SLOT, Story, a_slot


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
