"""Calendars: nobody is in two places at once, whatever the month and under whatever file."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.enrolments import Requested
from domain.person_merges import Merged
from domain.sign_up import AlreadySignedUp, BothSides, Overlaps, SignUp, Withdraw
from domain.words import ZONE
from tests.cast import ENDS, HE, LIN, QIAO, SLOT, SPAN, STARTS, TANG, YUN, Story, a_slot, minutes, queued, seated


def other_slot(starts: datetime, ends: datetime | None) -> list[object]:
    """Another activity at another time."""
    return list(a_slot(5, activity="walk", slot="walk.1", starts=starts, ends=ends))


@pytest.mark.parametrize(
    ("starts", "ends", "clashes"),
    [
        (STARTS, ENDS, True),
        (STARTS - minutes(60), STARTS + minutes(1), True),
        (ENDS - minutes(1), ENDS + minutes(60), True),
        (STARTS + minutes(10), STARTS + minutes(20), True),
        (STARTS - minutes(999), ENDS + minutes(999), True),
        (ENDS, ENDS + minutes(60), False),
        (STARTS - minutes(60), STARTS, False),
        (STARTS - minutes(300), None, True),
        (ENDS + minutes(300), None, False),
        (STARTS.astimezone(UTC), ENDS.astimezone(UTC), True),
    ],
)
def test_nobody_is_in_two_places_at_once(story: Story, starts: datetime, ends: datetime | None, clashes: bool) -> None:
    story.given(*a_slot(), *seated(HE), *other_slot(starts, ends))  # type: ignore[arg-type]
    if clashes:
        with pytest.raises(Overlaps):
            story.when(SignUp("walk.1", HE))
    else:
        assert story.when(SignUp("walk.1", HE))


@pytest.mark.parametrize(
    "starts", [datetime(2026, 11, 30, 23, 30, tzinfo=ZONE), datetime(2026, 12, 31, 23, tzinfo=ZONE)]
)
def test_a_night_across_the_end_of_a_month_blocks_both_months(story: Story, starts: datetime) -> None:
    ends = starts + timedelta(hours=2)
    span = (starts, ends)
    story.given(*a_slot(starts=starts, ends=ends), *seated(HE, span=span))
    story.given(*other_slot(ends - minutes(30), ends + minutes(30)))  # type: ignore[arg-type]
    with pytest.raises(Overlaps):
        story.when(SignUp("walk.1", HE))
    assert story.when(Withdraw(SLOT, HE, "volunteer"))
    assert story.when(SignUp("walk.1", HE))


def test_waiting_and_asking_block_the_calendar_too(story: Story) -> None:
    story.given(*a_slot(1), *seated(LIN), *queued(HE), Requested(SLOT, YUN, "volunteer", *SPAN))
    story.given(*other_slot(*SPAN))  # type: ignore[arg-type]
    for person in (HE, YUN):
        with pytest.raises(Overlaps):
            story.when(SignUp("walk.1", person))


def test_what_the_other_file_holds_counts_for_the_person(story: Story) -> None:
    story.given(*a_slot(5), *seated(TANG), Merged(TANG, QIAO), *other_slot(*SPAN))  # type: ignore[arg-type]
    with pytest.raises(AlreadySignedUp):
        story.when(SignUp(SLOT, QIAO))
    with pytest.raises(BothSides):
        story.when(SignUp(SLOT, QIAO, "participant"))
    with pytest.raises(Overlaps):
        story.when(SignUp("walk.1", QIAO))
