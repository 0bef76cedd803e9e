"""From attendance to a credit, with another pair of eyes at every step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.enrolments import CheckedIn, NoShow
from domain.hours import Confirmed, Credited, OwnHours, Posted, WrongHoursState
from domain.hours_corrections import VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, NoticeRuns, NotThere, PaidStaff, PostHours, ProposeHours
from domain.hours_objections import UpholdHours
from domain.minutes import BadMinutes
from domain.people import RoleEnded, RoleGranted
from domain.person_merges import Merged
from domain.words import ZONE
from tests.cast import AFTER, HE, LEADER, LIN, QIAO, SLOT, STARTS, STREET, TANG, WORKER, Story, a_slot, seated
from tests.domain.entries import OVER, entry, proposed, served


def test_the_whole_way_from_attendance_to_a_credit(story: Story) -> None:
    served(story)
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed()]
    assert story.when(ConfirmHours(SLOT, HE, 120), by=LEADER, at=AFTER) == [Confirmed(SLOT, HE, 120)]
    assert story.when(PostHours(SLOT, HE), at=AFTER) == [Posted(SLOT, HE, date(2026, 11, 14))]
    assert story.when(CreditHours(SLOT, HE), at=OVER) == [Credited(SLOT, HE)]


def test_hours_follow_from_attendance_as_a_volunteer(story: Story) -> None:
    story.given(*a_slot(5), *seated(HE, LIN), NoShow(SLOT, LIN, "volunteer"))
    story.given(*seated(QIAO, side="participant"), CheckedIn(SLOT, QIAO, "participant", "qr", STARTS))
    for person in (HE, LIN, QIAO, TANG, "nobody"):
        with pytest.raises(NotThere):
            story.when(ProposeHours(SLOT, person, 60), at=AFTER)


def test_work_in_ones_own_paid_job_is_no_volunteer_service(story: Story) -> None:
    served(story)
    story.given(RoleGranted(HE, "social_worker", STREET))
    with pytest.raises(PaidStaff):
        story.when(ProposeHours(SLOT, HE), at=AFTER)
    story.given(RoleEnded(HE, "social_worker", STREET, date(2026, 11, 7)))
    with pytest.raises(PaidStaff):
        story.when(ProposeHours(SLOT, HE), at=AFTER + timedelta(days=30))


@pytest.mark.parametrize("merge", [Merged(QIAO, HE), Merged(HE, QIAO)])
def test_paid_work_counts_under_whatever_file_it_is_written(story: Story, merge: Merged) -> None:
    served(story)
    story.given(RoleGranted(QIAO, "social_worker", STREET), merge)
    with pytest.raises(PaidStaff):
        story.when(ProposeHours(SLOT, HE), at=AFTER)


def test_who_was_hired_later_keeps_the_hours_given_before(story: Story) -> None:
    served(story)
    story.given(RoleGranted(HE, "social_worker", STREET, date(2026, 11, 8)), RoleGranted(HE, "counsellor", "union"))
    assert story.when(ProposeHours(SLOT, HE), at=AFTER + timedelta(days=30)) == [proposed()]


def test_hours_are_claimed_once_while_they_live(story: Story) -> None:
    entry(story, "proposed")
    with pytest.raises(WrongHoursState):
        story.when(ProposeHours(SLOT, HE), at=AFTER)
    story.when(VoidHours(SLOT, HE), why="重报")
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed()]


def test_neither_the_volunteer_nor_the_proposer_confirms(story: Story) -> None:
    entry(story, "proposed")
    for person in (HE, WORKER):
        with pytest.raises(OwnHours):
            story.when(ConfirmHours(SLOT, HE, 120), by=person)
    assert story.when(ConfirmHours(SLOT, HE, 120), by=LEADER)


def test_whoever_proposed_their_own_hours_needs_somebody_else(story: Story) -> None:
    served(story)
    story.when(ProposeHours(SLOT, HE), by=HE, at=AFTER)
    with pytest.raises(OwnHours):
        story.when(ConfirmHours(SLOT, HE, 120), by=HE)
    assert story.when(ConfirmHours(SLOT, HE, 120), by=WORKER)


@pytest.mark.parametrize("merge", [Merged(HE, LIN), Merged(LIN, HE), Merged(HE, TANG, ())])
def test_a_second_file_of_the_same_person_does_not_confirm(story: Story, merge: Merged) -> None:
    entry(story, "proposed")
    story.given(merge)
    with pytest.raises(OwnHours):
        story.when(ConfirmHours(SLOT, HE, 120), by=TANG if merge.into == TANG else LIN)


def test_a_second_file_of_the_proposer_does_not_confirm(story: Story) -> None:
    entry(story, "proposed")
    story.given(Merged(WORKER, LEADER))
    with pytest.raises(OwnHours):
        story.when(ConfirmHours(SLOT, HE, 120), by=LEADER)
    assert story.when(ConfirmHours(SLOT, HE, 120), by=LIN)


def test_one_confirms_the_number_that_one_saw(story: Story) -> None:
    entry(story, "proposed")
    with pytest.raises(BadMinutes, match="120"):
        story.when(ConfirmHours(SLOT, HE, 119), by=LEADER)


@pytest.mark.parametrize("zone", [ZONE, UTC])
def test_the_notice_runs_seven_local_days(story: Story, zone: Any) -> None:
    entry(story, "confirmed")
    at = datetime(2026, 11, 8, 6, tzinfo=ZONE).astimezone(zone)  # the evening of the 7th in UTC
    assert story.when(PostHours(SLOT, HE), at=at) == [Posted(SLOT, HE, date(2026, 11, 15))]
    with pytest.raises(NoticeRuns, match="2026-11-15"):
        story.when(CreditHours(SLOT, HE), at=datetime(2026, 11, 15, 23, 59, tzinfo=ZONE).astimezone(zone))
    assert story.when(CreditHours(SLOT, HE), at=datetime(2026, 11, 16, tzinfo=ZONE).astimezone(zone))


def test_an_objection_stops_the_credit(story: Story) -> None:
    entry(story, "objected")
    with pytest.raises(WrongHoursState, match="这条时长现在是“有异议”，不能这样做。"):
        story.when(CreditHours(SLOT, HE), at=OVER)
    story.when(UpholdHours(SLOT, HE), by=LEADER, why="查过签到")
    assert story.when(CreditHours(SLOT, HE), at=OVER)
