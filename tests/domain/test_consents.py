"""Consent: one's own from 18 on, a guardian's before, written down by staff; under 14 with how it was given."""

from __future__ import annotations

import pytest

from domain.consents import (
    GiveConsent,
    GuardianNeeded,
    PaperNeeded,
    RecordBirthYear,
    UnlikelyYear,
    WithdrawConsent,
)
from domain.people import BirthYearRecorded, ConsentGiven, ConsentWithdrawn
from tests.cast import HE, NOW, Story

PAPER = "当面签了同意书"


def born(story: Story, age: int) -> None:
    """何小满 reaches this age in the year of the story."""
    story.when(RecordBirthYear(HE, NOW.year - age))


@pytest.mark.parametrize("age", [None, 19, 60])
def test_whoever_is_not_known_to_be_a_minor_agrees_alone(story: Story, age: int | None) -> None:
    if age:
        born(story, age)
    assert list(story.when(GiveConsent(HE, "photo"), by=HE)) == [ConsentGiven(HE, "photo")]
    assert list(story.when(GiveConsent(HE, "photo"), by=HE)) == []
    assert list(story.when(WithdrawConsent(HE, "photo"), by=HE)) == [ConsentWithdrawn(HE, "photo")]


def test_consent_is_given_and_withdrawn_once(story: Story) -> None:
    assert story.when(GiveConsent(HE, "story", guardian=True)) == [ConsentGiven(HE, "story", guardian=True)]
    assert story.when(GiveConsent(HE, "story")) == []
    assert story.when(WithdrawConsent(HE, "story")) == [ConsentWithdrawn(HE, "story")]
    assert story.when(WithdrawConsent(HE, "story")) == []


@pytest.mark.parametrize("age", [15, 18])
def test_for_a_minor_a_guardian_agrees_and_staff_write_it_down(story: Story, age: int) -> None:
    born(story, age)
    for command, by in ((GiveConsent(HE, "photo"), "worker01"), (GiveConsent(HE, "photo", guardian=True), HE)):
        with pytest.raises(GuardianNeeded):
            story.when(command, by=by)
    assert list(story.when(GiveConsent(HE, "photo", guardian=True))) == [ConsentGiven(HE, "photo", guardian=True)]
    assert story.when(WithdrawConsent(HE, "photo"), by=HE)


@pytest.mark.parametrize("age", [3, 14])
def test_for_a_child_it_is_also_said_how(story: Story, age: int) -> None:
    born(story, age)
    with pytest.raises(PaperNeeded):
        story.when(GiveConsent(HE, "photo", guardian=True))
    assert list(story.when(GiveConsent(HE, "photo", guardian=True, how=PAPER))) == [
        ConsentGiven(HE, "photo", guardian=True, how=PAPER)
    ]


def test_whoever_turns_out_to_be_a_minor_has_not_agreed(story: Story) -> None:
    story.when(GiveConsent(HE, "photo"), by=HE)
    story.when(GiveConsent(HE, "story", guardian=True))
    assert list(story.when(RecordBirthYear(HE, NOW.year - 16))) == [
        BirthYearRecorded(HE, NOW.year - 16), ConsentWithdrawn(HE, "photo"),
    ]  # fmt: skip


def test_a_year_of_birth_is_likely_and_noted_once(story: Story) -> None:
    for year in (NOW.year + 1, NOW.year - 121):
        with pytest.raises(UnlikelyYear):
            story.when(RecordBirthYear(HE, year))
    born(story, 30)
    assert list(story.when(RecordBirthYear(HE, NOW.year - 30))) == []
