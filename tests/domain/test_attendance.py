"""Attendance: coming, leaving, staying away, and putting right what was written about it."""

from datetime import datetime

import pytest

from domain.activities import SlotClosed, WrongState
from domain.attendance import (
    EARLIEST_CHECK_IN,
    CheckIn,
    CheckOut,
    CorrectAttendance,
    MarkNoShow,
    WasElsewhere,
    WrongMoment,
)
from domain.enrolments import AttendanceCorrected, CheckedIn, CheckedOut, NoShow, NotOnTheList, Withdrawn
from domain.hours import Proposed
from domain.hours import Voided as HoursVoided
from domain.person_merges import Merged
from domain.receipts import Received
from domain.receipts import Voided as ReceiptVoided
from domain.sign_up import Overlaps, SignUp
from domain.words import ReasonMissing, Unknown
from ledger.checks import Unreadable
from ledger.events import Command, Event
from tests.cast import (
    AFTER,
    CUT,
    ENDS,
    HE,
    LIN,
    NOW,
    QIAO,
    SLOT,
    SPAN,
    STARTS,
    STREET,
    WORKER,
    Story,
    a_slot,
    minutes,
    queued,
    seated,
)

RECEIVED = Received(SLOT, QIAO, "activity", STREET, "2026-11-07", slot=SLOT)
CAME = CheckedIn(SLOT, HE, "volunteer", "self", STARTS)
LEFT = CheckedOut(SLOT, HE, "volunteer", "self", ENDS)


def the_list(story: Story) -> None:
    """何小满 has a volunteer's seat, 林知夏 waits, 乔一禾 takes part."""
    story.given(*a_slot(1), *seated(HE), *queued(LIN), *seated(QIAO, side="participant"))


def test_a_volunteer_checks_in_and_out(story: Story) -> None:
    the_list(story)
    assert story.when(CheckIn(SLOT, HE), by=HE, at=STARTS) == [CAME]
    assert story.when(CheckOut(SLOT, HE), by=HE, at=ENDS) == [LEFT]


def test_a_participant_who_comes_has_received_a_service(story: Story) -> None:
    the_list(story)
    assert story.when(CheckIn(SLOT, QIAO, "desk"), at=STARTS) == [
        CheckedIn(SLOT, QIAO, "participant", "desk", STARTS),
        RECEIVED,
    ]


def test_the_door_opens_two_hours_before_and_closes_with_the_slot(story: Story) -> None:
    the_list(story)
    opens = STARTS - EARLIEST_CHECK_IN
    for moment in (opens - minutes(1), ENDS + minutes(1)):
        with pytest.raises(WrongMoment):
            story.when(CheckIn(SLOT, HE), at=moment)
    assert story.when(CheckIn(SLOT, HE), at=opens)
    assert story.when(CheckIn(SLOT, QIAO), at=ENDS)


def test_a_late_entry_says_why_and_when_it_was(story: Story) -> None:
    the_list(story)
    late = CheckIn(SLOT, HE, "late")
    with pytest.raises(ReasonMissing):
        story.when(late, at=AFTER, occurred=STARTS)
    with pytest.raises(WrongMoment):
        story.when(late, at=AFTER, why="忘了扫码")
    assert story.when(late, at=AFTER, occurred=STARTS, why="忘了扫码") == [
        CheckedIn(SLOT, HE, "volunteer", "late", STARTS)
    ]
    with pytest.raises(ReasonMissing):
        story.when(CheckOut(SLOT, HE, "late"), at=AFTER, occurred=ENDS)


def test_nobody_came_before_they_came(story: Story) -> None:
    the_list(story)
    with pytest.raises(WrongMoment):
        story.when(CheckIn(SLOT, HE, "late"), at=NOW, occurred=STARTS, why="先记上")
    story.when(CheckIn(SLOT, HE), at=STARTS)
    with pytest.raises(WrongMoment):
        story.when(CheckOut(SLOT, HE), at=STARTS + minutes(5), occurred=ENDS)
    with pytest.raises(WrongMoment):
        story.when(CorrectAttendance(SLOT, HE, STARTS, ENDS), at=STARTS + minutes(5), why="先记上")


@pytest.mark.parametrize("moment", [STARTS, STARTS - minutes(1)])
def test_one_leaves_after_one_came(story: Story, moment: datetime) -> None:
    the_list(story)
    with pytest.raises(NotOnTheList):
        story.when(CheckOut(SLOT, HE), at=ENDS)
    story.given(CAME)
    with pytest.raises(WrongMoment):
        story.when(CheckOut(SLOT, HE), at=moment)
    assert story.when(CheckOut(SLOT, HE), at=STARTS + minutes(1))


def test_one_comes_and_leaves_once(story: Story) -> None:
    the_list(story)
    story.given(CAME)
    with pytest.raises(NotOnTheList):
        story.when(CheckIn(SLOT, HE), at=STARTS + minutes(5))
    story.given(LEFT)
    with pytest.raises(NotOnTheList):
        story.when(CheckOut(SLOT, HE), at=AFTER)


@pytest.mark.parametrize("command", [CheckIn(SLOT, LIN), MarkNoShow(SLOT, LIN), CorrectAttendance(SLOT, LIN, STARTS)])
def test_who_only_waits_has_no_seat_to_come_to(story: Story, command: Command) -> None:
    the_list(story)
    with pytest.raises(NotOnTheList):
        story.when(command, at=ENDS, why="来了")


def test_leaving_days_later_is_no_evidence_of_having_stayed(story: Story) -> None:
    """A code scanned at home next week would make the whole slot hours of grade A."""
    story.given(*a_slot(), *seated(HE), CheckedIn(SLOT, HE, "volunteer", "qr", STARTS))
    with pytest.raises(WrongMoment, match="补录"):
        story.when(CheckOut(SLOT, HE, "qr"), by=HE, at=ENDS + minutes(121))
    assert story.when(CheckOut(SLOT, HE, "late"), at=ENDS + minutes(121), occurred=ENDS, why="忘了签退")


@pytest.mark.parametrize(
    "command", [CheckIn(SLOT, "nobody"), CheckOut(SLOT, "nobody"), MarkNoShow(SLOT, "nobody"), CheckIn("cut.9", HE)]
)
def test_who_is_on_no_list_is_not_there(story: Story, command: Command) -> None:
    the_list(story)
    with pytest.raises(Unknown):
        story.when(command, at=ENDS)


def test_staying_away_is_noted_after_the_end(story: Story) -> None:
    the_list(story)
    with pytest.raises(WrongMoment):
        story.when(MarkNoShow(SLOT, HE), at=ENDS - minutes(1))
    assert story.when(MarkNoShow(SLOT, HE), at=ENDS) == [NoShow(SLOT, HE, "volunteer", *SPAN)]
    with pytest.raises(NotOnTheList):
        story.when(CheckIn(SLOT, HE, "late"), at=AFTER, occurred=STARTS, why="其实来了")


def test_who_was_noted_as_absent_and_did_come_is_corrected(story: Story) -> None:
    the_list(story)
    story.given(NoShow(SLOT, HE, "volunteer"), NoShow(SLOT, QIAO, "participant"))
    with pytest.raises(ReasonMissing):
        story.when(CorrectAttendance(SLOT, HE, STARTS, ENDS), at=AFTER)
    assert story.when(CorrectAttendance(SLOT, HE, STARTS, ENDS), at=AFTER, why="签在纸上") == [
        AttendanceCorrected(SLOT, HE, "volunteer", STARTS, ENDS, None, None, *SPAN)
    ]
    assert story.when(CorrectAttendance(SLOT, QIAO, STARTS), at=AFTER, why="签在纸上") == [
        AttendanceCorrected(SLOT, QIAO, "participant", STARTS, None, None, None, *SPAN),
        RECEIVED,
    ]


@pytest.mark.parametrize("merges", [[], [Merged(LIN, HE)]])
def test_who_stayed_away_may_have_been_elsewhere_but_not_in_both_places(story: Story, merges: list[Event]) -> None:
    story.given(*a_slot(5), *a_slot(5, activity="walk", slot="walk.1"), *seated(HE))
    story.when(MarkNoShow(SLOT, HE), at=ENDS)
    late = LIN if merges else HE
    assert story.when(SignUp("walk.1", late), at=AFTER, override="补报：其实去了那边")
    story.given(*merges)
    with pytest.raises(WasElsewhere, match=r"walk\.1"):
        story.when(CorrectAttendance(SLOT, HE, STARTS, ENDS), at=AFTER, why="签在纸上")
    story.given(Withdrawn("walk.1", late, "volunteer", "accepted", *SPAN))
    assert story.when(CorrectAttendance(SLOT, HE, STARTS, ENDS), at=AFTER, why="签在纸上")
    with pytest.raises(Overlaps):
        story.when(SignUp("walk.1", HE), at=AFTER, override="补报")


def test_who_did_not_come_after_all_was_free(story: Story) -> None:
    story.given(*a_slot(5), *a_slot(5, activity="walk", slot="walk.1"), *seated(HE), CAME)
    assert story.when(CorrectAttendance(SLOT, HE), at=AFTER, why="认错人")
    assert story.when(SignUp("walk.1", HE), at=AFTER, override="补报")


def test_who_was_noted_as_present_and_did_not_come_is_corrected(story: Story) -> None:
    the_list(story)
    story.given(CheckedIn(SLOT, QIAO, "participant", "desk", STARTS), RECEIVED)
    assert story.when(CorrectAttendance(SLOT, QIAO), at=AFTER, why="认错人") == [
        AttendanceCorrected(SLOT, QIAO, "participant", None, None, STARTS, None, *SPAN),
        ReceiptVoided(SLOT, QIAO),
    ]
    assert story.when(CorrectAttendance(SLOT, QIAO, STARTS, ENDS), at=AFTER, why="没有认错")[1] == RECEIVED


def test_a_correction_shows_both_versions_and_counts_a_receipt_once(story: Story) -> None:
    the_list(story)
    story.given(CheckedIn(SLOT, QIAO, "participant", "desk", STARTS), RECEIVED)
    assert story.when(CorrectAttendance(SLOT, QIAO, STARTS + minutes(5), ENDS), at=AFTER, why="看录像") == [
        AttendanceCorrected(SLOT, QIAO, "participant", STARTS + minutes(5), ENDS, STARTS, None, *SPAN)
    ]


@pytest.mark.parametrize(
    ("came", "left"),
    [
        (None, ENDS),
        (ENDS, STARTS),
        (STARTS, STARTS),
        (STARTS - EARLIEST_CHECK_IN - minutes(1), ENDS),
        (ENDS + minutes(1), AFTER),
    ],
)
def test_a_correction_that_cannot_be_is_refused(story: Story, came: datetime | None, left: datetime) -> None:
    the_list(story)
    with pytest.raises(WrongMoment):
        story.when(CorrectAttendance(SLOT, HE, came, left), at=AFTER, why="更正")


def test_hours_that_follow_from_attendance_are_struck_out_before_it_is_corrected(story: Story) -> None:
    the_list(story)
    story.given(CAME, LEFT, Proposed(SLOT, HE, 120, "A", STREET, CUT, STARTS, WORKER))
    with pytest.raises(WrongMoment, match="时长"):
        story.when(CorrectAttendance(SLOT, HE), at=AFTER, why="认错人")
    story.given(HoursVoided(SLOT, HE))
    assert story.when(CorrectAttendance(SLOT, HE), at=AFTER, why="认错人")


@pytest.mark.parametrize(
    "command", [CheckIn(SLOT, HE), CheckOut(SLOT, HE), MarkNoShow(SLOT, HE), CorrectAttendance(SLOT, HE, STARTS)]
)
def test_a_closed_slot_is_opened_before_its_list_changes(story: Story, command: Command) -> None:
    the_list(story)
    story.given(SlotClosed(CUT, SLOT, STREET, STARTS))
    with pytest.raises(WrongState):
        story.when(command, at=AFTER, why="更正")


def test_a_method_that_nobody_knows_never_reaches_the_log(story: Story) -> None:
    the_list(story)
    with pytest.raises(Unreadable):
        story.when(CheckIn(SLOT, HE, "magic"), at=STARTS)  # type: ignore[arg-type]
