"""Volunteer hours: what each state of an entry allows."""

import pytest

from domain.hours import WrongHoursState
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.words import Unknown
from ledger.events import Command
from tests.cast import HE, LEADER, SLOT, Story
from tests.domain.entries import OVER, entry, served

ALLOWED = {
    "proposed": {"ConfirmHours", "VoidHours"},
    "confirmed": {"PostHours", "ObjectToHours", "AdjustHours", "VoidHours"},
    "posted": {"ObjectToHours", "AdjustHours", "CreditHours", "VoidHours"},
    "credited": {"ObjectToHours", "AdjustHours", "VoidHours"},
    "objected": {"UpholdHours", "AdjustHours", "VoidHours"},
    "voided": {"ProposeHours"},
}
COMMANDS: list[Command] = [
    ProposeHours(SLOT, HE),
    ConfirmHours(SLOT, HE, 120),
    PostHours(SLOT, HE),
    ObjectToHours(SLOT, HE, "少了"),
    UpholdHours(SLOT, HE),
    AdjustHours(SLOT, HE, 100),
    CreditHours(SLOT, HE),
    VoidHours(SLOT, HE),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("state", ALLOWED)
def test_each_state_allows_its_own_steps_and_no_others(story: Story, state: str, command: Command) -> None:
    entry(story, state)
    if type(command).__name__ in ALLOWED[state]:
        assert story.when(command, by=LEADER, at=OVER, why="查过")
    else:
        with pytest.raises(WrongHoursState):
            story.when(command, by=LEADER, at=OVER, why="查过")


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: type(command).__name__)
def test_there_is_nothing_to_decide_where_nothing_was_claimed(story: Story, command: Command) -> None:
    served(story)
    with pytest.raises(Unknown):
        story.when(command, by=LEADER, at=OVER, why="查过")
