"""Volunteer hours: from attendance to a credit, with another pair of eyes at every step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.enrolments import AttendanceCorrected, CheckedIn, CheckedOut, NoShow
from domain.hours import (
    NOTICE,
    Adjusted,
    AdjustHours,
    BadMinutes,
    Confirmed,
    ConfirmHours,
    CorrectionAsked,
    Credited,
    CreditHours,
    NoticeRuns,
    NotThere,
    Objected,
    ObjectToHours,
    OwnHours,
    PaidStaff,
    Posted,
    PostHours,
    Proposed,
    ProposeHours,
    Upheld,
    UpholdHours,
    Voided,
    VoidHours,
    WrongHoursState,
)
from domain.people import Merged, RoleEnded, RoleGranted
from domain.words import ZONE, Grade, Method, ReasonMissing, Unknown
from ledger.events import Command, Event
from tests.cast import (
    AFTER,
    CUT,
    ENDS,
    HE,
    LEADER,
    LIN,
    QIAO,
    SLOT,
    STARTS,
    STREET,
    TANG,
    WORKER,
    Story,
    a_slot,
    minutes,
    seated,
)

OVER = AFTER + NOTICE + timedelta(days=1)


def served(story: Story, came: Method = "qr", left: Method | None = "qr", **slot: Any) -> None:
    """何小满 was there as a volunteer from the start to the end."""
    story.given(*a_slot(**slot), *seated(HE), CheckedIn(SLOT, HE, "volunteer", came, STARTS))
    if left:
        story.given(CheckedOut(SLOT, HE, "volunteer", left, slot.get("ends", ENDS)))


def proposed(length: int = 120, grade: Grade = "A", by: str = WORKER, basis: str = "attendance") -> Proposed:
    """The claim that follows."""
    return Proposed(SLOT, HE, length, grade, STREET, CUT, STARTS, by, basis)


def entry(story: Story, state: str) -> None:
    """An entry of 120 minutes in this state."""
    served(story)
    past: dict[str, list[Event]] = {
        "proposed": [proposed()],
        "confirmed": [proposed(), Confirmed(SLOT, HE, 120)],
        "posted": [proposed(), Confirmed(SLOT, HE, 120), Posted(SLOT, HE, date(2026, 11, 14))],
    }
    past["credited"] = [*past["posted"], Credited(SLOT, HE)]
    past["objected"] = [*past["posted"], Objected(SLOT, HE, "少了", 180)]
    past["voided"] = [*past["posted"], Voided(SLOT, HE)]
    story.given(*past[state])


def test_the_whole_way_from_attendance_to_a_credit(story: Story) -> None:
    served(story)
    assert story.when(ProposeHours(SLOT, HE), at=AFTER) == [proposed()]
    assert story.when(ConfirmHours(SLOT, HE, 120), by=LEADER, at=AFTER) == [Confirmed(SLOT, HE, 120)]
    assert story.when(PostHours(SLOT, HE), at=AFTER) == [Posted(SLOT, HE, date(2026, 11, 14))]
    assert story.when(CreditHours(SLOT, HE), at=OVER) == [Credited(SLOT, HE)]


# -- proposing


def test_hours_follow_from_attendance_as_a_volunteer(story: Story) -> None:
    story.given(*a_slot(5), *seated(HE, LIN), NoShow(SLOT, LIN, "volunteer"))
    story.given(*seated(QIAO, side="participant"), CheckedIn(SLOT, QIAO, "participant", "qr", STARTS))
    for person in (HE, LIN, QIAO, TANG, "nobody"):
        with pytest.raises(NotThere):
            story.when(ProposeHours(SLOT, person, 60), at=AFTER)


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


# -- nobody in their own cause


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


def test_nobody_claims_more_than_the_slot_for_themselves(story: Story) -> None:
    served(story)
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, 150), by=HE, at=AFTER, override="收拾场地")
    story.given(Merged(LIN, HE))
    with pytest.raises(BadMinutes):
        story.when(ProposeHours(SLOT, HE, 150), by=LIN, at=AFTER, override="收拾场地")


@pytest.mark.parametrize("state", ["proposed", "confirmed", "posted", "credited", "objected"])
def test_nobody_strikes_out_their_own_hours(story: Story, state: str) -> None:
    entry(story, state)
    story.given(Merged(LIN, HE))
    for by in (HE, LIN):
        with pytest.raises(OwnHours):
            story.when(VoidHours(SLOT, HE), by=by, why="重复")


@pytest.mark.parametrize("command", [UpholdHours(SLOT, HE), AdjustHours(SLOT, HE, 180)])
def test_nobody_settles_their_own_objection(story: Story, command: Command) -> None:
    entry(story, "objected")
    with pytest.raises(OwnHours):
        story.when(command, by=HE, why="我说的对", override="我说的对")
    story.given(Merged(LIN, HE))
    with pytest.raises(OwnHours):
        story.when(command, by=LIN, why="我说的对", override="我说的对")


def test_one_confirms_the_number_that_one_saw(story: Story) -> None:
    entry(story, "proposed")
    with pytest.raises(BadMinutes, match="120"):
        story.when(ConfirmHours(SLOT, HE, 119), by=LEADER)


# -- notice


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


# -- objections and changes


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


@pytest.mark.parametrize("command", [UpholdHours(SLOT, HE), AdjustHours(SLOT, HE, 100)])
def test_who_proposed_hours_does_not_settle_them_after_another_confirmed(story: Story, command: Command) -> None:
    """Otherwise somebody could have ten minutes confirmed and make hours of them alone."""
    entry(story, "confirmed")
    story.given(Objected(SLOT, HE, "少了", 180), Merged("worker03", WORKER))
    for by in (WORKER, "worker03"):
        with pytest.raises(OwnHours, match="自己提交的时长"):
            story.when(command, by=by, why="查过")
    assert story.when(command, by=LEADER, why="查过")


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
