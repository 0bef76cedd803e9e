"""Corrections of hours: with a reason, by somebody else, and after posting by two persons who say the same."""

import pytest

from domain.hours import Adjusted, CorrectionAsked, Objected, OwnHours, Voided, WrongHoursState
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_objections import UpholdHours
from domain.minutes import BadMinutes
from domain.person_merges import Merged
from domain.words import ReasonMissing
from tests.cast import HE, LEADER, LIN, SLOT, STARTS, WORKER, Story
from tests.domain.entries import entry


@pytest.mark.parametrize("state", ["proposed", "confirmed", "posted", "credited", "objected"])
def test_nobody_strikes_out_their_own_hours(story: Story, state: str) -> None:
    entry(story, state)
    story.given(Merged(LIN, HE))
    for by in (HE, LIN):
        with pytest.raises(OwnHours):
            story.when(VoidHours(SLOT, HE), by=by, why="重复")


def test_an_adjusted_objection_is_settled_and_shows_the_difference(story: Story) -> None:
    entry(story, "confirmed")
    story.given(Objected(SLOT, HE, "我做了三小时", 180))
    with pytest.raises(BadMinutes):
        story.when(AdjustHours(SLOT, HE, 180), by=LEADER, why="查过录像")
    assert story.when(AdjustHours(SLOT, HE, 180), by=LEADER, override="查过录像") == [
        Adjusted(SLOT, HE, 180, 60, STARTS)
    ]
    assert story.when(AdjustHours(SLOT, HE, 100), by=LEADER, why="又查过") == [Adjusted(SLOT, HE, 100, -80, STARTS)]
    assert getattr(story.guard("hours:cut.1/he"), "state") == "confirmed"  # noqa: B009


@pytest.mark.parametrize("state", ["posted", "credited", "objected"])
@pytest.mark.parametrize(("first", "second"), [(LEADER, WORKER), (WORKER, LEADER)])
def test_after_posting_two_persons_change_the_minutes(story: Story, state: str, first: str, second: str) -> None:
    entry(story, state)
    change = AdjustHours(SLOT, HE, 100)
    with pytest.raises(ReasonMissing):
        story.when(change, by=first)
    assert story.when(change, by=first, why="查过录像") == [CorrectionAsked(SLOT, HE, 100, first)]
    with pytest.raises(OwnHours, match="另一位同事"):
        story.when(change, by=first, why="还是我")
    assert story.when(change, by=second, why="也看过") == [Adjusted(SLOT, HE, 100, -20, STARTS)]
    assert getattr(story.guard("hours:cut.1/he"), "state") == ("posted" if state == "objected" else state)  # noqa: B009


@pytest.mark.parametrize("state", ["posted", "credited", "objected"])
def test_after_posting_two_persons_strike_an_entry_out(story: Story, state: str) -> None:
    entry(story, state)
    assert story.when(VoidHours(SLOT, HE), by=LEADER, why="重复") == [CorrectionAsked(SLOT, HE, 0, LEADER)]
    with pytest.raises(OwnHours):
        story.when(VoidHours(SLOT, HE), by=LEADER, why="重复")
    assert story.when(VoidHours(SLOT, HE), by=WORKER, why="同意") == [Voided(SLOT, HE, STARTS)]


def test_the_second_person_is_another_human_and_never_the_volunteer(story: Story) -> None:
    entry(story, "posted")
    story.given(CorrectionAsked(SLOT, HE, 100, WORKER), Merged("worker03", WORKER))
    with pytest.raises(OwnHours, match="另一位同事"):
        story.when(AdjustHours(SLOT, HE, 100), by="worker03", why="也是我")
    with pytest.raises(OwnHours, match="自己的时长"):
        story.when(AdjustHours(SLOT, HE, 100), by=HE, why="我同意")


def test_who_says_another_number_asks_anew(story: Story) -> None:
    entry(story, "posted")
    story.when(AdjustHours(SLOT, HE, 100), by=WORKER, why="查过")
    assert story.when(AdjustHours(SLOT, HE, 110), by=LEADER, why="是 110") == [CorrectionAsked(SLOT, HE, 110, LEADER)]
    assert story.when(AdjustHours(SLOT, HE, 110), by=WORKER, why="对") == [Adjusted(SLOT, HE, 110, -10, STARTS)]


def test_minutes_beyond_the_slot_are_overridden_by_both(story: Story) -> None:
    entry(story, "posted")
    story.when(AdjustHours(SLOT, HE, 180), by=WORKER, override="录像为证")
    with pytest.raises(BadMinutes):
        story.when(AdjustHours(SLOT, HE, 180), by=LEADER, why="同意")
    assert story.when(AdjustHours(SLOT, HE, 180), by=LEADER, override="看过录像")


def test_an_answered_objection_ends_the_correction_that_waited(story: Story) -> None:
    entry(story, "objected")
    story.when(AdjustHours(SLOT, HE, 100), by=WORKER, why="查过")
    story.when(UpholdHours(SLOT, HE), by=LEADER, why="签到为证")
    asked = story.when(AdjustHours(SLOT, HE, 100), by=LEADER, why="再看")
    assert asked == [CorrectionAsked(SLOT, HE, 100, LEADER)], "nobody has said it since"


def test_what_an_import_states_was_decided_elsewhere(story: Story) -> None:
    entry(story, "posted")
    assert story.when(AdjustHours(SLOT, HE, 100), by=LEADER, why="旧系统", source="import") == [
        Adjusted(SLOT, HE, 100, -20, STARTS)
    ]


def test_an_adjustment_says_why(story: Story) -> None:
    entry(story, "confirmed")
    with pytest.raises(ReasonMissing):
        story.when(AdjustHours(SLOT, HE, 100), by=LEADER)


@pytest.mark.parametrize("state", ["proposed", "confirmed"])
def test_an_entry_is_struck_out_with_a_reason_once(story: Story, state: str) -> None:
    entry(story, state)
    with pytest.raises(ReasonMissing):
        story.when(VoidHours(SLOT, HE))
    assert story.when(VoidHours(SLOT, HE), why="重复") == [Voided(SLOT, HE, STARTS)]
    with pytest.raises(WrongHoursState):
        story.when(VoidHours(SLOT, HE), why="重复")
