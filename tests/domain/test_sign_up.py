"""Sign-ups: who may ask for a place and until when, giving it back, and what an organiser may override."""

from datetime import UTC, datetime

import pytest

from domain.activities import SlotClosed, WrongState
from domain.duplicates import MergePersons
from domain.enrolments import (
    Accepted,
    CheckedIn,
    NoShow,
    NotOnTheList,
    Promoted,
    Rejected,
    Requested,
    Waitlisted,
    Withdrawn,
)
from domain.people import IsMerged, QualificationRecorded, Registered
from domain.person_merges import Merged
from domain.sign_up import (
    AcceptRequest,
    AlreadySignedUp,
    BothSides,
    NotQualified,
    RejectRequest,
    SignUp,
    SignUpClosed,
    TooLateToLeave,
    Withdraw,
)
from domain.words import ZONE, ReasonMissing, Unknown
from ledger.events import Command, Event
from tests.cast import (
    AFTER,
    CUT,
    HE,
    LIN,
    NOW,
    QIAO,
    SLOT,
    SPAN,
    STARTS,
    STREET,
    TANG,
    YUN,
    Story,
    a_slot,
    minutes,
    queued,
    seated,
)


def test_one_stands_once_on_a_list(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    for person in (HE, LIN):
        with pytest.raises(AlreadySignedUp):
            story.when(SignUp(SLOT, person))


def test_nobody_gives_and_receives_in_one_slot(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    for person in (HE, LIN):
        with pytest.raises(BothSides) as refused:
            story.when(SignUp(SLOT, person, "participant"))
        assert "志愿者" in str(refused.value)


def test_somebody_who_stayed_away_does_not_sign_up_again(story: Story) -> None:
    story.given(*a_slot(), *seated(HE), NoShow(SLOT, HE, "volunteer"))
    with pytest.raises(AlreadySignedUp):
        story.when(SignUp(SLOT, HE), at=AFTER, override="补报")


@pytest.mark.parametrize(
    "ending",
    [Withdrawn(SLOT, HE, "volunteer", "accepted", *SPAN), Rejected(SLOT, HE, "volunteer", *SPAN)],
)
def test_whoever_left_may_come_back_on_either_side(story: Story, ending: Withdrawn) -> None:
    story.given(*a_slot(), Requested(SLOT, HE, "volunteer", *SPAN))
    if isinstance(ending, Withdrawn):
        story.given(Accepted(SLOT, HE, "volunteer", *SPAN, "requested"))
    story.given(ending)
    assert story.when(SignUp(SLOT, HE, "participant")) == [Accepted(SLOT, HE, "participant", *SPAN)]


@pytest.mark.parametrize("person", ["nobody", "he2"])
def test_a_stranger_cannot_sign_up(story: Story, person: str) -> None:
    story.given(*a_slot())
    with pytest.raises(Unknown):
        story.when(SignUp(SLOT, person))


def test_there_is_nothing_to_sign_up_for_in_a_slot_that_is_not_open(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(SignUp(SLOT, HE))
    story.given(*a_slot()[:2])
    with pytest.raises(WrongState):
        story.when(SignUp(SLOT, HE))


# -- two files of one person


def test_what_another_file_of_the_person_was_qualified_for_counts(story: Story) -> None:
    story.given(*a_slot(skills=("理发",), over=18), Registered("grown", "小树", over=18), Registered("tree", "小树"))
    story.given(QualificationRecorded("grown", "理发"))
    with pytest.raises(NotQualified, match="理发、满 18 周岁"):
        story.when(SignUp(SLOT, "tree"), by="tree")
    story.when(MergePersons("grown", "tree"), why="同一人")
    assert story.when(SignUp(SLOT, "tree"), by="tree") == seated("tree")


def test_a_merged_file_signs_up_for_nothing(story: Story) -> None:
    story.given(*a_slot(), Merged(TANG, QIAO))
    with pytest.raises(IsMerged):
        story.when(SignUp(SLOT, TANG))


# -- conditions and overrides


@pytest.mark.parametrize("deadline", [None, STARTS - minutes(60)])
def test_sign_up_ends_at_the_deadline_or_at_the_start(story: Story, deadline: datetime | None) -> None:
    story.given(*a_slot(5, deadline=deadline))
    closes = deadline or STARTS
    assert story.when(SignUp(SLOT, HE), at=closes)
    with pytest.raises(SignUpClosed):
        story.when(SignUp(SLOT, LIN), at=closes + minutes(1))
    with pytest.raises(SignUpClosed):
        story.when(SignUp(SLOT, LIN), at=closes + minutes(1), override="  ")
    assert story.when(SignUp(SLOT, LIN), at=closes + minutes(1), override="临时缺人") == [
        Accepted(SLOT, LIN, "volunteer", *SPAN, "", ("deadline",))
    ]


@pytest.mark.parametrize("merges", [[], [Merged(TANG, HE)]])
def test_nobody_makes_an_exception_for_themselves(story: Story, merges: list[Event]) -> None:
    story.given(*a_slot(5, skills=("理发",)), *seated(LIN), *merges)
    by = TANG if merges else HE
    with pytest.raises(NotQualified):
        story.when(SignUp(SLOT, HE), by=by, override="我会的")
    with pytest.raises(SignUpClosed):
        story.when(SignUp(SLOT, HE, "participant"), by=by, at=AFTER, override="让我进去")
    assert story.when(SignUp(SLOT, HE), override="师傅带着"), "somebody else may"


@pytest.mark.parametrize("merges", [[], [Merged(TANG, HE)], [Merged(HE, TANG)], [Merged(HE, QIAO), Merged(TANG, QIAO)]])
def test_nobody_leaves_late_by_an_exception_of_their_own(story: Story, merges: list[Event]) -> None:
    story.given(*a_slot(1), *seated(HE), *merges)
    late = STARTS + minutes(1)
    with pytest.raises(TooLateToLeave):
        story.when(Withdraw(SLOT, HE, "volunteer"), by=TANG if merges else HE, at=late, override="我有事")
    assert story.when(Withdraw(SLOT, HE, "volunteer"), at=late, override="生病")


def test_the_refusal_tells_the_local_time_of_the_deadline(story: Story) -> None:
    story.given(*a_slot(deadline=(STARTS - minutes(60)).astimezone(UTC)))
    with pytest.raises(SignUpClosed, match="11月07日 08:00"):
        story.when(SignUp(SLOT, HE), at=STARTS)


def test_a_slot_may_ask_for_qualifications_and_an_age(story: Story) -> None:
    story.given(*a_slot(5, skills=("理发", "急救"), over=18))
    story.given(
        QualificationRecorded(HE, "理发"), QualificationRecorded(HE, "急救"), Registered("kid", "小树", over=16)
    )
    assert story.when(SignUp(SLOT, HE))
    with pytest.raises(NotQualified, match="理发、急救"):
        story.when(SignUp(SLOT, LIN))
    with pytest.raises(NotQualified, match="18"):
        story.when(SignUp(SLOT, "kid"))
    assert story.when(SignUp(SLOT, LIN), override="师傅带着") == [
        Accepted(SLOT, LIN, "volunteer", *SPAN, "", ("qualification",))
    ]


def test_a_qualification_holds_on_the_local_day_of_the_slot(story: Story) -> None:
    early = datetime(2026, 11, 7, 7, tzinfo=ZONE).astimezone(UTC)  # still the 6th in UTC
    story.given(*a_slot(5, skills=("理发",), starts=early, ends=early + minutes(60)))
    story.given(QualificationRecorded(HE, "理发", datetime(2026, 11, 6, tzinfo=ZONE).date()))
    with pytest.raises(NotQualified):
        story.when(SignUp(SLOT, HE))


@pytest.mark.parametrize("person", [HE, LIN])
def test_no_override_gives_a_seat_that_is_not_there(story: Story, person: str) -> None:
    story.given(*a_slot(1), *seated(TANG))
    assert story.when(SignUp(SLOT, person), override="领导交代") == [Waitlisted(SLOT, person, "volunteer", 1, *SPAN)]


# -- asking first


def test_where_the_organiser_decides_one_asks_first(story: Story) -> None:
    story.given(*a_slot(1, approval="reviewed"))
    for person in (HE, LIN, YUN):
        assert story.when(SignUp(SLOT, person)) == [Requested(SLOT, person, "volunteer", *SPAN)]
    assert story.when(AcceptRequest(SLOT, HE, "volunteer")) == [Accepted(SLOT, HE, "volunteer", *SPAN, "requested")]
    assert story.when(AcceptRequest(SLOT, LIN, "volunteer")) == [
        Waitlisted(SLOT, LIN, "volunteer", 1, *SPAN, "requested")
    ]
    with pytest.raises(ReasonMissing):
        story.when(RejectRequest(SLOT, YUN, "volunteer"))
    assert story.when(RejectRequest(SLOT, YUN, "volunteer"), why="名额有限") == [
        Rejected(SLOT, YUN, "volunteer", *SPAN)
    ]
    assert getattr(story.guard("seats:cut.1/volunteer"), "requested") == 0  # noqa: B009


def test_who_waited_in_vain_is_told_so_with_a_reason_and_has_not_left(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    with pytest.raises(ReasonMissing):
        story.when(RejectRequest(SLOT, LIN, "volunteer"))
    told = Rejected(SLOT, LIN, "volunteer", *SPAN, "waiting")
    assert story.when(RejectRequest(SLOT, LIN, "volunteer"), why="没有排上") == [told]
    assert getattr(story.guard("seats:cut.1/volunteer"), "waiting") == ()  # noqa: B009
    assert getattr(story.guard(f"enrolment:cut.1/{LIN}"), "state") == "unseated"  # noqa: B009


@pytest.mark.parametrize("command", [AcceptRequest(SLOT, HE, "volunteer"), RejectRequest(SLOT, HE, "volunteer")])
def test_only_a_request_of_that_side_is_decided_and_only_once(story: Story, command: Command) -> None:
    story.given(*a_slot(5, approval="reviewed"))
    with pytest.raises(Unknown):
        story.when(command, why="看过")
    story.given(Requested(SLOT, HE, "participant", *SPAN))
    with pytest.raises(NotOnTheList):
        story.when(command, why="看过")
    story.given(Withdrawn(SLOT, HE, "participant", "requested", *SPAN), Requested(SLOT, HE, "volunteer", *SPAN))
    assert story.when(command, why="看过")
    with pytest.raises(NotOnTheList) as refused:
        story.when(command, why="看过")
    assert not any(word in str(refused.value) for word in ("accepted", "rejected")), "a page shows Chinese words"


# -- giving back


def test_after_the_deadline_only_the_organiser_gives_a_seat_back_and_says_why(story: Story) -> None:
    story.given(*a_slot(1, deadline=STARTS - minutes(60)), *seated(HE), *queued(LIN))
    late = STARTS - minutes(30)
    with pytest.raises(TooLateToLeave, match="11月07日 08:00"):
        story.when(Withdraw(SLOT, HE, "volunteer"), by=HE, at=late)
    assert story.when(Withdraw(SLOT, HE, "volunteer"), at=late, override="生病")[1] == Promoted(SLOT, LIN, "volunteer")


@pytest.mark.parametrize("event", [CheckedIn(SLOT, HE, "volunteer", "qr", STARTS), NoShow(SLOT, HE, "volunteer")])
def test_who_came_or_stayed_away_does_not_leave_the_list(story: Story, event: CheckedIn) -> None:
    story.given(*a_slot(), *seated(HE), event)
    with pytest.raises(NotOnTheList):
        story.when(Withdraw(SLOT, HE, "volunteer"), at=AFTER, override="更正")


def test_the_list_of_a_closed_slot_stays_as_it_is(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN), SlotClosed(CUT, SLOT, STREET, STARTS))
    for person in (HE, LIN):
        with pytest.raises(WrongState):
            story.when(Withdraw(SLOT, person, "volunteer"), at=AFTER, override="更正")
    with pytest.raises(WrongState):
        story.when(SignUp(SLOT, YUN), at=AFTER, override="补报")


@pytest.mark.parametrize("person", [LIN, QIAO])
def test_one_leaves_only_the_list_one_is_on(story: Story, person: str) -> None:
    story.given(*a_slot(), *seated(QIAO, side="participant"))
    with pytest.raises((Unknown, NotOnTheList)):
        story.when(Withdraw(SLOT, person, "volunteer"))


def test_a_rule_judges_by_when_it_happened_and_not_by_when_it_is_written_down(story: Story) -> None:
    story.given(*a_slot(5))
    assert story.when(SignUp(SLOT, HE), at=AFTER, occurred=NOW, source="import")
    assert story.when(SignUp(SLOT, LIN), at=AFTER, precision="before", source="import")
