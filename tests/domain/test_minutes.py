"""Minutes served: what the attendance says and proves, and what a slot and a day can hold."""

from datetime import UTC, datetime

import pytest

from domain.enrolments import AttendanceCorrected, CheckedIn, CheckedOut
from domain.hours import Voided
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.minutes import BadMinutes
from domain.person_merges import Merged
from domain.words import ZONE, Grade, Method, ReasonMissing
from ledger.events import Command
from tests.cast import AFTER, ENDS, HE, LEADER, LIN, SLOT, STARTS, Story, a_slot, minutes, seated
from tests.domain.entries import proposed, served


def test_only_time_within_the_slot_counts(story: Story) -> None:
    story.given(*a_slot(), *seated(HE), CheckedIn(SLOT, HE, "volunteer", "qr", STARTS - minutes(60)))
    story.given(CheckedOut(SLOT, HE, "volunteer", "qr", ENDS + minutes(60)))
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed()]


def test_who_left_before_the_start_served_nothing(story: Story) -> None:
    story.given(*a_slot(), *seated(HE), CheckedIn(SLOT, HE, "volunteer", "qr", STARTS - minutes(60)))
    story.given(CheckedOut(SLOT, HE, "volunteer", "qr", STARTS - minutes(30)))
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE), at=AFTER)


@pytest.mark.parametrize(
    ("came", "left", "grade"),
    [
        ("self", "self", "A"),
        ("qr", "self", "A"),
        ("desk", "qr", "B"),
        ("qr", "desk", "B"),
        ("late", "qr", "C"),
        ("qr", "late", "C"),
    ],
)
def test_the_evidence_has_a_grade(story: Story, came: Method, left: Method, grade: Grade) -> None:
    served(story, came, left)
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed(grade=grade)]


def test_with_one_end_missing_somebody_must_say_how_long_it_was(story: Story) -> None:
    served(story, left=None)
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE), at=AFTER)
    assert story.when(ProposeHours(SLOT, HE, 100), at=AFTER) == [proposed(100, "B", basis="declared")]


def test_a_corrected_attendance_is_late_evidence(story: Story) -> None:
    served(story)
    story.given(AttendanceCorrected(SLOT, HE, "volunteer", STARTS + minutes(30), ENDS, STARTS, ENDS))
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed(90, "C")]


def test_less_than_measured_keeps_its_grade_and_more_is_only_declared(story: Story) -> None:
    served(story)
    assert story.when(ProposeHours(SLOT, HE, 90), at=AFTER) == [proposed(90, "A", basis="declared")]
    story.given(Voided(SLOT, HE))
    assert story.when(ProposeHours(SLOT, HE, 150), at=AFTER, override="收拾场地") == [
        proposed(150, "C", basis="declared")
    ]


@pytest.mark.parametrize("length", [0, -5, 1441])
def test_minutes_that_cannot_be_are_refused(story: Story, length: int) -> None:
    served(story)
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, length), at=AFTER, override="确实")


def test_more_than_the_slot_or_than_eight_hours_says_why(story: Story) -> None:
    served(story)
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, 121), at=AFTER, why="不是放行的理由")
    assert story.when(ProposeHours(SLOT, HE, 121), at=AFTER, override="收拾场地")
    long = Story()
    served(long, ends=STARTS + minutes(600))
    with pytest.raises(ReasonMissing):
        long.when(ProposeHours(SLOT, HE), at=STARTS + minutes(700))
    assert long.when(ProposeHours(SLOT, HE), at=STARTS + minutes(700), why="全天值守")


EVENING = datetime(2026, 11, 7, 15, tzinfo=ZONE)


def two_shifts(story: Story, first: str = HE, starts: datetime = EVENING) -> datetime:
    """何小满 has claimed 300 minutes of one slot and was 240 minutes in another; when all is over."""
    ends = STARTS + minutes(300)
    story.given(*a_slot(5, ends=ends), *seated(first, span=(STARTS, ends)))
    story.given(CheckedIn(SLOT, first, "volunteer", "qr", STARTS), CheckedOut(SLOT, first, "volunteer", "qr", ends))
    later = starts, starts + minutes(240)
    story.given(*a_slot(5, activity="walk", slot="walk.1", starts=later[0], ends=later[1]))
    story.given(*seated(HE, slot="walk.1", span=later), CheckedIn("walk.1", HE, "volunteer", "qr", later[0]))
    story.given(CheckedOut("walk.1", HE, "volunteer", "qr", later[1]))
    assert story.when(ProposeHours(SLOT, first), at=later[1])
    return later[1] + minutes(10)


def test_eight_hours_are_of_a_person_and_a_day_and_not_of_an_entry(story: Story) -> None:
    over = two_shifts(story)
    with pytest.raises(ReasonMissing):
        story.when(ProposeHours("walk.1", HE), at=over)
    assert story.when(ProposeHours("walk.1", HE, 180), at=over), "exactly eight hours"
    story.when(VoidHours("walk.1", HE), at=over, why="重报")
    assert story.when(ProposeHours("walk.1", HE), at=over, why="从早到晚都在")


def test_the_hours_of_another_day_are_another_days(story: Story) -> None:
    midnight = datetime(2026, 11, 8, 0, tzinfo=ZONE).astimezone(UTC)  # still the 7th there
    assert story.when(ProposeHours("walk.1", HE), at=two_shifts(story, starts=midnight))


@pytest.mark.parametrize("mended", [VoidHours(SLOT, HE), AdjustHours(SLOT, HE, 240)])
def test_what_was_struck_out_or_lessened_counts_no_more(story: Story, mended: Command) -> None:
    over = two_shifts(story)
    if isinstance(mended, AdjustHours):
        story.when(ConfirmHours(SLOT, HE, 300), by=LEADER, at=over)
    story.when(mended, by=LEADER, at=over, why="查过")
    assert story.when(ProposeHours("walk.1", HE), at=over)


@pytest.mark.parametrize("merge", [Merged(LIN, HE), Merged(HE, LIN)])
def test_a_day_has_eight_hours_under_whatever_file(story: Story, merge: Merged) -> None:
    over = two_shifts(story, first=LIN)
    story.given(merge)
    with pytest.raises(ReasonMissing):
        story.when(ProposeHours("walk.1", HE), at=over)


def test_nobody_claims_more_than_the_slot_for_themselves(story: Story) -> None:
    served(story)
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, 150), by=HE, at=AFTER, override="收拾场地")
    story.given(Merged(LIN, HE))
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, 150), by=LIN, at=AFTER, override="收拾场地")
