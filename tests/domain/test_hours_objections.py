"""Objections to hours: opened by anybody, settled by somebody else, with a reason."""

import pytest

from domain.hours import Objected, OwnHours, Upheld
from domain.hours_corrections import AdjustHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.minutes import BadMinutes
from domain.person_merges import Merged
from domain.words import ReasonMissing
from ledger.events import Command
from tests.cast import HE, LEADER, LIN, SLOT, WORKER, Story
from tests.domain.entries import entry


@pytest.mark.parametrize("command", [UpholdHours(SLOT, HE), AdjustHours(SLOT, HE, 180)])
def test_nobody_settles_their_own_objection(story: Story, command: Command) -> None:
    entry(story, "objected")
    with pytest.raises(OwnHours):
        story.when(command, by=HE, why="我说的对", override="我说的对")
    story.given(Merged(LIN, HE))
    with pytest.raises(OwnHours):
        story.when(command, by=LIN, why="我说的对", override="我说的对")


@pytest.mark.parametrize("state", ["confirmed", "posted", "credited"])
def test_an_objection_ends_where_it_began(story: Story, state: str) -> None:
    entry(story, state)
    with pytest.raises(BadMinutes):
        story.when(ObjectToHours(SLOT, HE, " "))
    assert story.when(ObjectToHours(SLOT, HE, "我做了三小时", 180), by=HE) == [Objected(SLOT, HE, "我做了三小时", 180)]
    with pytest.raises(ReasonMissing):
        story.when(UpholdHours(SLOT, HE), by=LEADER)
    assert story.when(UpholdHours(SLOT, HE), by=LEADER, why="查过签到") == [Upheld(SLOT, HE)]
    assert getattr(story.guard("hours:cut.1/he"), "state") == state  # noqa: B009


@pytest.mark.parametrize("command", [UpholdHours(SLOT, HE), AdjustHours(SLOT, HE, 100)])
def test_who_proposed_hours_does_not_settle_them_after_another_confirmed(story: Story, command: Command) -> None:
    """Otherwise somebody could have ten minutes confirmed and make hours of them alone."""
    entry(story, "confirmed")
    story.given(Objected(SLOT, HE, "少了", 180), Merged("worker03", WORKER))
    for by in (WORKER, "worker03"):
        with pytest.raises(OwnHours, match="自己提交的时长"):
            story.when(command, by=by, why="查过")
    assert story.when(command, by=LEADER, why="查过")
