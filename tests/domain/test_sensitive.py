"""Sensitive files: read with a reason, sealed ones by two persons; services to whoever is sealed are sealed."""

from __future__ import annotations

import pytest

from domain.consents import RecordBirthYear
from domain.duplicates import IsProtected, MergePersons
from domain.own_data import RestrictPerson
from domain.person_merges import Merged
from domain.person_states import (
    OpeningApproved,
    OpeningAsked,
    Restricted,
    Sealed,
    SensitiveRead,
    SensitivityMarked,
    Unsealed,
)
from domain.receipts import Received, RecordReceipt
from domain.sensitive import (
    ApproveOpening,
    AskToOpen,
    IsSealed,
    MarkSensitive,
    NotSensitive,
    ReadSensitive,
    SealPerson,
    SecondPersonNeeded,
    UnsealPerson,
)
from domain.words import ReasonMissing, Unknown
from tests.cast import HE, LEADER, LIN, NOW, STREET, WORKER, Story

ASK, APPROVE = AskToOpen(HE, WORKER), ApproveOpening(HE, WORKER)


def test_a_minors_file_is_read_with_a_reason(story: Story) -> None:
    with pytest.raises(NotSensitive):
        story.when(ReadSensitive(HE, WORKER), why="回访")
    story.when(RecordBirthYear(HE, NOW.year - 15))
    with pytest.raises(ReasonMissing):
        story.when(ReadSensitive(HE, WORKER))
    assert list(story.when(ReadSensitive(HE, WORKER), why="回访")) == [SensitiveRead(HE, WORKER, "minor", 1)]


def test_a_sealed_file_is_opened_by_two(story: Story) -> None:
    assert list(story.when(SealPerson(HE), why="法院委托")) == [Sealed(HE)]
    with pytest.raises(IsSealed):
        story.when(ReadSensitive(HE, WORKER), why="回访")
    with pytest.raises(Unknown):
        story.when(APPROVE, by=LEADER)
    assert list(story.when(ASK, why="开庭前了解")) == [OpeningAsked(HE, WORKER)]
    assert list(story.when(ASK, why="开庭前了解")) == []
    for by in (WORKER, HE):
        with pytest.raises(SecondPersonNeeded):
            story.when(APPROVE, by=by)
    assert list(story.when(APPROVE, by=LEADER)) == [
        OpeningApproved(HE, WORKER), SensitiveRead(HE, WORKER, "sealed", 24),
    ]  # fmt: skip
    with pytest.raises(Unknown):
        story.when(APPROVE, by=LEADER)


def test_a_seal_is_set_and_broken_for_a_reason_and_not_by_oneself(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(SealPerson(HE))
    story.when(SealPerson(HE), why="法院委托")
    assert list(story.when(SealPerson(HE), why="法院委托")) == []
    with pytest.raises(SecondPersonNeeded):
        story.when(UnsealPerson(HE), by=HE, why="结案")
    assert list(story.when(UnsealPerson(HE), why="结案")) == [Unsealed(HE)]
    assert list(story.when(UnsealPerson(HE), why="结案")) == []


def test_a_seal_is_not_weakened_by_a_restriction(story: Story) -> None:
    story.given(Sealed(HE))
    assert list(story.when(RestrictPerson(HE, "x"), by=HE)) == []
    story.when(UnsealPerson(HE), why="结案")
    assert list(story.when(RestrictPerson(HE, "x"), by=HE)) == [Restricted(HE, "x")]


def test_a_service_to_whoever_is_sealed_is_sealed(story: Story) -> None:
    story.given(Sealed(HE))
    (event,) = story.when(RecordReceipt("v1", HE, "phone_visit", STREET, "2026-11-02"))
    assert isinstance(event, Received)
    assert event.sealed


def test_a_file_is_marked_by_somebody_else_and_the_mark_goes_with_a_reason(story: Story) -> None:
    with pytest.raises(SecondPersonNeeded):
        story.when(MarkSensitive(HE, ("health",)), by=HE)
    marked = SensitivityMarked(HE, True, "hardship health")
    assert list(story.when(MarkSensitive(HE, ("health", "hardship", "health")))) == [marked]
    assert list(story.when(ReadSensitive(HE, WORKER), why="回访")) == [SensitiveRead(HE, WORKER, "marked", 1)]
    with pytest.raises(ReasonMissing):
        story.when(MarkSensitive(HE))
    assert list(story.when(MarkSensitive(HE), why="误标")) == [SensitivityMarked(HE, False)]
    assert list(story.when(MarkSensitive(HE), why="误标")) == []
    with pytest.raises(NotSensitive):
        story.when(ReadSensitive(HE, WORKER), why="回访")


def test_a_restricted_file_is_read_with_a_reason(story: Story) -> None:
    story.when(RestrictPerson(HE, "请不要再用"), by=HE)
    assert list(story.when(ReadSensitive(HE, WORKER), why="处理申请")) == [SensitiveRead(HE, WORKER, "restricted", 1)]


def test_what_protects_a_file_goes_with_it_into_another(story: Story) -> None:
    story.when(MarkSensitive(HE, ("health",)))
    story.when(RecordBirthYear(HE, NOW.year - 15))
    merged = Merged(HE, LIN, over=18, born=NOW.year - 15, is_sensitive=True)
    assert list(story.when(MergePersons(HE, LIN), why="同一个人")) == [merged]
    assert list(story.when(ReadSensitive(LIN, WORKER), why="回访")) == [SensitiveRead(LIN, WORKER, "marked", 1)]
    story.when(MarkSensitive(LIN), why="误标")
    assert list(story.when(ReadSensitive(LIN, WORKER), why="回访")) == [SensitiveRead(LIN, WORKER, "minor", 1)]


@pytest.mark.parametrize("merge", [MergePersons(HE, LIN), MergePersons(LIN, HE)])
def test_a_sealed_file_is_not_made_part_of_another(story: Story, merge: MergePersons) -> None:
    story.when(SealPerson(HE), why="法院委托")
    with pytest.raises(IsProtected):
        story.when(merge, why="同一个人")
