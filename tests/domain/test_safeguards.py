"""Who may not take part yet: minors without a guardian's word, anybody where volunteers may be harmed and are not insured."""

from __future__ import annotations

import pytest

from domain.activities import SlotAdded
from domain.consents import TAKING_PART, GiveConsent, RecordBirthYear, WithdrawConsent
from domain.enrolments import Accepted
from domain.people import Registered
from domain.planning import AddSlot, InsuranceMissing
from domain.sign_up import GuardianMissing, SignUp
from domain.words import Side
from tests.cast import CUT, ENDS, NOW, SLOT, STARTS, WORKER, Story, a_slot

KID = "kid"


@pytest.fixture
def minor(story: Story) -> Story:
    """Somebody who turns sixteen in the year of the haircut."""
    story.given(Registered(KID, "小满"), *a_slot(volunteers=5))
    story.when(RecordBirthYear(KID, STARTS.year - 16))
    return story


@pytest.mark.parametrize("side", ["volunteer", "participant"])
def test_a_minor_takes_part_when_a_guardian_agreed(minor: Story, side: Side) -> None:
    for by in (KID, WORKER):
        with pytest.raises(GuardianMissing):
            minor.when(SignUp(SLOT, KID, side), by=by)
    minor.when(GiveConsent(KID, TAKING_PART, guardian=True), by=WORKER)
    assert list(minor.when(SignUp(SLOT, KID, side), by=KID)) == [Accepted(SLOT, KID, side, STARTS, ENDS)]


def test_a_consent_for_something_else_or_taken_back_is_none(minor: Story) -> None:
    minor.when(GiveConsent(KID, "photo", guardian=True), by=WORKER)
    minor.when(GiveConsent(KID, TAKING_PART, guardian=True), by=WORKER)
    minor.when(WithdrawConsent(KID, TAKING_PART), by=KID)
    with pytest.raises(GuardianMissing):
        minor.when(SignUp(SLOT, KID), by=KID)


def test_an_organiser_makes_an_exception_with_a_reason_and_nobody_for_themselves(minor: Story) -> None:
    with pytest.raises(GuardianMissing):
        minor.when(SignUp(SLOT, KID), by=KID, override="妈妈说可以")
    accepted = Accepted(SLOT, KID, "volunteer", STARTS, ENDS, "", ("guardian",))
    assert list(minor.when(SignUp(SLOT, KID), by=WORKER, override="监护人在场，随后补签")) == [accepted]


@pytest.mark.parametrize(("born", "over"), [(0, None), (STARTS.year - 18, None), (STARTS.year - 16, 18)])
def test_whose_age_is_not_surely_under_18_is_not_refused(story: Story, born: int, over: int | None) -> None:
    story.given(Registered(KID, "小满", over=over), *a_slot(volunteers=5))
    if born:
        story.when(RecordBirthYear(KID, born))
    assert len(story.when(SignUp(SLOT, KID), by=KID)) == 1


def test_a_dangerous_slot_opens_with_insurance_only(story: Story) -> None:
    story.given(*a_slot())
    more = AddSlot(CUT, f"{CUT}.7", STARTS, ENDS, 5, 0, risk="临水作业", dangerous=True)
    with pytest.raises(InsuranceMissing):
        story.when(more)
    with pytest.raises(InsuranceMissing):
        story.when(more, override="来不及")
    insured = AddSlot(**vars(more) | {"insurance": "志愿者意外险 2026-11"})
    added = story.when(insured)[0]
    assert isinstance(added, SlotAdded)
    assert (added.dangerous, added.insurance) == (True, "志愿者意外险 2026-11")
    assert NOW < STARTS
