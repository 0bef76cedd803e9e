"""Sealed and restricted files: opened and freed by two persons, for a while; services to whoever is sealed are sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from domain.duplicates import IsProtected, MergePersons
from domain.forgetting import ForgetPerson
from domain.openings import (
    ApproveOpening,
    AskerLeft,
    AskToOpen,
    NotOpened,
    RefuseOpening,
    SealPerson,
    UnsealPerson,
    WithdrawOpening,
)
from domain.own_data import LiftRestriction, NotRestricted, OwnRestriction, RestrictPerson
from domain.people import RoleEnded, RoleGranted
from domain.person_merges import Merged
from domain.person_states import (
    OpeningApproved,
    OpeningAsked,
    OpeningRefused,
    OpeningWithdrawn,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitiveRead,
    Unsealed,
)
from domain.receipts import Received, RecordReceipt
from domain.sensitive import NeedsTwo, NotSensitive, ReadSensitive, SecondPersonNeeded
from domain.words import ReasonMissing, Unknown
from ledger.events import Command, Event
from tests.cast import HE, LEADER, LIN, NOW, STREET, WORKER, Story

ASK, APPROVE, REFUSE = AskToOpen(HE), ApproveOpening(HE, WORKER), RefuseOpening(HE, WORKER)
WEEK, DAY = timedelta(days=7), timedelta(days=1)


@pytest.fixture
def staffed(story: Story) -> Story:
    """社工01 and 社工02 are in office."""
    story.given(*(RoleGranted(one, "social_worker", STREET) for one in (WORKER, LEADER)))
    return story


@pytest.fixture
def sealed(staffed: Story) -> Story:
    """何小满's file is sealed."""
    staffed.given(Sealed(HE))
    return staffed


@pytest.mark.parametrize(("protects", "what"), [(Sealed(HE), "sealed"), (Restricted(HE, "x"), "restricted")])
def test_a_sealed_or_restricted_file_is_opened_by_two(
    staffed: Story, protects: Event, what: Literal["sealed", "restricted"]
) -> None:
    staffed.given(protects)
    with pytest.raises(NeedsTwo):
        staffed.when(ReadSensitive(HE), why="回访")
    with pytest.raises(Unknown):
        staffed.when(APPROVE, by=LEADER)
    assert list(staffed.when(ASK, why="开庭前了解")) == [OpeningAsked(HE, WORKER, NOW + WEEK)]
    assert list(staffed.when(ASK, why="开庭前了解")) == []
    for command in (APPROVE, REFUSE):
        for by in (WORKER, HE):
            with pytest.raises(SecondPersonNeeded):
                staffed.when(command, by=by, why="x")
    assert list(staffed.when(APPROVE, by=LEADER)) == [
        OpeningApproved(HE, WORKER, NOW + DAY), SensitiveRead(HE, WORKER, what, 24),
    ]  # fmt: skip
    with pytest.raises(Unknown):
        staffed.when(APPROVE, by=LEADER)


def test_nobody_asks_for_what_one_person_opens_or_without_saying_why(sealed: Story) -> None:
    with pytest.raises(NotSensitive):
        sealed.when(AskToOpen(LIN), why="x")
    with pytest.raises(ReasonMissing):
        sealed.when(ASK)


def test_who_is_refused_is_told_why_and_may_ask_again(sealed: Story) -> None:
    sealed.when(ASK, why="开庭前了解")
    with pytest.raises(ReasonMissing):
        sealed.when(REFUSE, by=LEADER)
    assert list(sealed.when(REFUSE, by=LEADER, why="不是你的案子")) == [OpeningRefused(HE, WORKER)]
    with pytest.raises(Unknown):
        sealed.when(APPROVE, by=LEADER)
    assert sealed.when(ASK, why="换我接手了")


def test_who_asked_may_think_better_of_it(sealed: Story) -> None:
    with pytest.raises(Unknown):
        sealed.when(WithdrawOpening(HE))
    sealed.when(ASK, why="开庭前了解")
    with pytest.raises(Unknown):
        sealed.when(WithdrawOpening(HE), by=LEADER)
    assert list(sealed.when(WithdrawOpening(HE))) == [OpeningWithdrawn(HE, WORKER)]
    with pytest.raises(Unknown):
        sealed.when(APPROVE, by=LEADER)


def test_what_was_not_answered_in_a_week_is_asked_anew(sealed: Story) -> None:
    sealed.when(ASK, why="开庭前了解")
    with pytest.raises(Unknown):
        sealed.when(APPROVE, by=LEADER, at=NOW + WEEK)
    assert sealed.when(ASK, why="改期了", at=NOW + WEEK) == [OpeningAsked(HE, WORKER, NOW + WEEK * 2)]


def test_an_asking_of_earlier_records_waits_for_its_answer(sealed: Story) -> None:
    sealed.given(OpeningAsked(HE, WORKER))
    assert sealed.when(APPROVE, by=LEADER, at=NOW + WEEK * 9)


def test_it_is_not_opened_to_whoever_left_meanwhile(sealed: Story) -> None:
    sealed.when(ASK, why="开庭前了解")
    sealed.given(
        RoleEnded(WORKER, "social_worker", STREET, (NOW - DAY).date()), RoleGranted(WORKER, "volunteer", STREET)
    )
    with pytest.raises(AskerLeft):
        sealed.when(APPROVE, by=LEADER)


def test_whoever_asked_under_another_file_does_not_answer_themselves(sealed: Story) -> None:
    sealed.when(ASK, why="开庭前了解")
    sealed.given(Merged(WORKER, LEADER))
    with pytest.raises(AskerLeft):
        sealed.when(APPROVE, by=LEADER)


FREE, LIFT, KEPT = UnsealPerson(HE), LiftRestriction(HE), Restricted(HE, "x")
TURNS: dict[str, tuple[Event, tuple[Event, ...], Command]] = {
    "another seal": (Sealed(HE), (Unsealed(HE), Sealed(HE)), FREE),
    "a seal over a restriction": (KEPT, (Sealed(HE),), FREE),
    "a restriction under a seal": (Sealed(HE), (KEPT,), FREE),
    "a restriction that stays when the seal is broken": (Sealed(HE), (KEPT, Unsealed(HE)), LIFT),
    "another restriction": (KEPT, (RestrictionLifted(HE), KEPT), LIFT),
}


@pytest.mark.parametrize("turn", TURNS)
def test_what_protects_a_file_now_is_another_question_than_what_did(staffed: Story, turn: str) -> None:
    first, then, ends = TURNS[turn]
    staffed.given(first)
    staffed.when(ASK, why="开庭前了解")
    staffed.when(AskToOpen(HE), by=LEADER, why="一起去")
    staffed.when(APPROVE, by=LEADER)
    staffed.given(*then)
    with pytest.raises(Unknown):
        staffed.when(ApproveOpening(HE, LEADER), by=WORKER)
    with pytest.raises(NotOpened):
        staffed.when(ends, why="结案")


def test_nothing_is_asked_any_more_about_whoever_was_forgotten(sealed: Story) -> None:
    sealed.when(ASK, why="开庭前了解")
    sealed.when(ForgetPerson(HE, "身份证"), by=LEADER, why="本人要求")
    with pytest.raises(Unknown):
        sealed.when(WithdrawOpening(HE))
    with pytest.raises(Unknown):
        sealed.when(REFUSE, by=LEADER, why="不用了")


def test_a_seal_is_set_by_one_and_broken_by_two(sealed: Story) -> None:
    with pytest.raises(ReasonMissing):
        sealed.when(SealPerson(LIN))
    assert list(sealed.when(SealPerson(LIN), why="法院委托")) == [Sealed(LIN)]
    assert list(sealed.when(SealPerson(LIN), why="法院委托")) == []
    with pytest.raises(SecondPersonNeeded):
        sealed.when(UnsealPerson(HE), by=HE, why="结案")
    sealed.when(ASK, why="结案")
    for by in (WORKER, LEADER):
        with pytest.raises(NotOpened):
            sealed.when(UnsealPerson(HE), by=by, why="结案")
    sealed.when(APPROVE, by=LEADER)
    with pytest.raises(NotOpened):
        sealed.when(UnsealPerson(HE), by=LEADER, why="结案")
    with pytest.raises(NotOpened):
        sealed.when(UnsealPerson(HE), why="结案", at=NOW + DAY)
    with pytest.raises(ReasonMissing):
        sealed.when(UnsealPerson(HE))
    assert list(sealed.when(UnsealPerson(HE), why="结案")) == [Unsealed(HE)]
    assert list(sealed.when(UnsealPerson(HE), why="结案")) == []


def test_a_seal_is_not_weakened_by_a_restriction_and_does_not_end_it(sealed: Story) -> None:
    assert list(sealed.when(RestrictPerson(HE, "x"), by=HE)) == [Restricted(HE, "x")]
    assert list(sealed.when(RestrictPerson(HE, "x"), by=HE)) == []
    with pytest.raises(NotRestricted):
        sealed.when(LiftRestriction(HE), why="谈过了")
    sealed.given(Unsealed(HE))
    sealed.when(ASK, why="谈过了")
    assert sealed.when(APPROVE, by=LEADER)[1] == SensitiveRead(HE, WORKER, "restricted", 24)
    assert sealed.when(LiftRestriction(HE), why="谈过了")
    with pytest.raises(NotSensitive):
        sealed.when(ASK, why="回访")


def test_a_restriction_is_lifted_by_two_and_never_by_whom_it_protects(staffed: Story) -> None:
    staffed.given(Restricted(HE, "不想再被找到"))
    with pytest.raises(OwnRestriction):
        staffed.when(LiftRestriction(HE), by=HE, why="办妥了")
    with pytest.raises(ReasonMissing):
        staffed.when(LiftRestriction(HE))
    staffed.when(ASK, why="办妥了")
    for by in (WORKER, LEADER):
        with pytest.raises(NotOpened):
            staffed.when(LiftRestriction(HE), by=by, why="办妥了")
    staffed.when(APPROVE, by=LEADER)
    for by, at in ((LEADER, NOW), (WORKER, NOW + DAY)):
        with pytest.raises(NotOpened):
            staffed.when(LiftRestriction(HE), by=by, why="办妥了", at=at)
    assert list(staffed.when(LiftRestriction(HE), why="本人撤回")) == [RestrictionLifted(HE)]


def test_a_service_to_whoever_is_sealed_is_sealed(sealed: Story) -> None:
    (event,) = sealed.when(RecordReceipt("v1", HE, "phone_visit", STREET, "2026-11-02"))
    assert isinstance(event, Received)
    assert event.sealed


@pytest.mark.parametrize("merge", [MergePersons(HE, LIN), MergePersons(LIN, HE)])
def test_a_sealed_file_is_not_made_part_of_another(sealed: Story, merge: MergePersons) -> None:
    with pytest.raises(IsProtected):
        sealed.when(merge, why="同一个人")
