"""Being forgotten: on request, for a reason, by somebody else, not while in office; afterwards nothing is written about them."""

from __future__ import annotations

import pytest

from domain.consents import GiveConsent, WithdrawConsent
from domain.contacts import ChangeContact
from domain.forgetting import AskToBeForgotten, ForgetAgain, ForgetPerson, NotOneself, StayOnFile, StillInOffice
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.people import IsForgotten, Person
from domain.person_files import RecordQualification, RegisterPerson, VerifyIdentity
from domain.person_merges import Merged
from domain.person_states import ForgettingAsked, ForgettingWithdrawn, Forgotten
from domain.receipts import RecordReceipt
from domain.roles import EndRole, GrantRole
from domain.sign_up import SignUp
from domain.words import ReasonMissing
from ledger.events import Command
from tests.cast import AFTER, HE, LEADER, LIN, SLOT, STREET, WORKER, Story, a_slot

FORGET = ForgetPerson(HE, "当面核实")


def test_one_asks_and_somebody_else_forgets(story: Story) -> None:
    assert list(story.when(AskToBeForgotten(HE), by=HE)) == [ForgettingAsked(HE)]
    assert list(story.when(FORGET, why="本人要求")) == [Forgotten(HE, "当面核实")]
    assert list(story.when(FORGET, why="本人要求")) == []


def test_whoever_asked_may_think_better_of_it(story: Story) -> None:
    assert not story.when(StayOnFile(HE), by=HE)
    story.when(AskToBeForgotten(HE), by=HE)
    assert not story.when(AskToBeForgotten(HE), by=HE)
    assert list(story.when(StayOnFile(HE), by=HE)) == [ForgettingWithdrawn(HE)]
    assert not story.when(StayOnFile(HE), by=HE)
    assert story.when(AskToBeForgotten(HE), by=HE)


def test_it_needs_a_reason_and_another_person(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(FORGET)
    with pytest.raises(NotOneself):
        story.when(FORGET, by=HE, why="本人要求")


def test_whoever_is_in_office_stays_answerable(story: Story) -> None:
    story.when(GrantRole(HE, "organiser", STREET))
    with pytest.raises(StillInOffice):
        story.when(FORGET, why="本人要求")
    story.when(EndRole(HE, "organiser", STREET))
    story.when(GrantRole(HE, "volunteer", STREET))
    assert story.when(FORGET, why="本人要求")


def test_files_that_were_merged_are_forgotten_together(story: Story) -> None:
    story.given(Merged(LIN, HE))
    assert list(story.when(FORGET, why="本人要求")) == [Forgotten(HE, "当面核实", (LIN,))]
    for file in (HE, LIN):
        guard = story.guard(f"person:{file}")
        assert isinstance(guard, Person)
        assert guard.state == "forgotten"
        with pytest.raises(IsForgotten):
            story.when(ChangeContact(file, "x@example.org"))


@pytest.mark.parametrize(
    "command",
    [
        RegisterPerson(HE, "何小满"),
        VerifyIdentity(HE, "身份证"),
        GrantRole(HE, "volunteer", STREET),
        EndRole(HE, "volunteer", STREET),
        RecordQualification(HE, "理发师"),
        GiveConsent(HE, "story"),
        WithdrawConsent(HE, "story"),
        ChangeContact(HE, "he@example.org"),
        AskToBeForgotten(HE),
        StayOnFile(HE),
        SignUp(SLOT, HE, "volunteer"),
        RecordReceipt("v1", HE, "phone_visit", STREET, "2026-11-07"),
        ProposeHours(SLOT, HE, 60),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_new_is_written_about_the_forgotten(story: Story, command: Command) -> None:
    story.given(*a_slot(), Forgotten(HE, "当面核实"))
    with pytest.raises(IsForgotten):
        story.when(command, at=AFTER)


def test_a_restored_log_is_told_again(story: Story) -> None:
    story.when(GrantRole(HE, "organiser", STREET))
    assert list(story.when(ForgetAgain(HE), by="system")) == [Forgotten(HE, "恢复备份以后再次注销")]
    assert list(story.when(ForgetAgain(HE), by="system")) == []
    assert list(story.when(ForgetAgain("nobody"), by="system")) == []


def test_hours_that_stand_are_settled_as_any_other(story: Story) -> None:
    from domain.hours import Proposed
    from tests.cast import CUT, STARTS

    story.given(*a_slot(), Proposed(SLOT, HE, 60, "B", STREET, CUT, STARTS, WORKER), Forgotten(HE, "当面核实"))
    assert story.when(ConfirmHours(SLOT, HE, 60), by=LEADER, at=AFTER)
