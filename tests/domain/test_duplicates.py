"""Duplicates: flagged until somebody decides; two files that are one person."""

from datetime import date

import pytest

from domain.consents import GiveConsent
from domain.duplicates import CannotMerge, DismissDuplicate, FlagDuplicate, MergePersons, WantsOut
from domain.forgetting import AskToBeForgotten, StayOnFile
from domain.own_cause import same_human
from domain.people import IsMerged, Person, QualificationRecorded, Registered
from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged
from domain.words import ReasonMissing
from tests.cast import HE, LIN, QIAO, TANG, YUN, Story


def test_two_files_that_look_alike_are_flagged_until_somebody_decides(story: Story) -> None:
    assert story.when(FlagDuplicate(TANG, (TANG, QIAO))) == [DuplicateFlagged(TANG, (TANG, QIAO))]
    assert getattr(story.guard("person:qiao"), "suspects") == (QIAO, TANG)  # noqa: B009 - guards are typed by tag only
    with pytest.raises(ReasonMissing):
        story.when(DismissDuplicate(TANG, (TANG, QIAO)))
    assert story.when(DismissDuplicate(TANG, (TANG, QIAO)), why="见过两人") == [DuplicateDismissed(TANG, (TANG, QIAO))]
    assert story.when(DismissDuplicate(TANG, (TANG, QIAO)), why="见过两人") == [], "nothing is left to dismiss"


def test_one_file_is_no_duplicate_of_itself(story: Story) -> None:
    with pytest.raises(CannotMerge):
        story.when(FlagDuplicate(TANG, (TANG, TANG)))
    with pytest.raises(CannotMerge):
        story.when(MergePersons(TANG, TANG), why="同一人")


def test_who_asked_to_be_forgotten_is_answered_before_their_file_goes_into_another(story: Story) -> None:
    story.when(AskToBeForgotten(TANG), by=TANG)
    with pytest.raises(WantsOut):
        story.when(MergePersons(TANG, QIAO), why="同一人")
    story.when(StayOnFile(TANG), by=TANG)
    assert story.when(MergePersons(TANG, QIAO), why="同一人")


def test_merging_needs_a_reason_and_two_living_files(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(MergePersons(TANG, QIAO))
    assert story.when(MergePersons(TANG, QIAO), why="同一人") == [Merged(TANG, QIAO, over=18)]
    for pair in ((TANG, HE), (HE, TANG)):
        with pytest.raises(IsMerged):
            story.when(MergePersons(*pair), why="同一人")
    with pytest.raises(IsMerged):
        story.when(GiveConsent(TANG, "story"))


def test_the_file_that_stays_counts_what_both_were_known_for(story: Story) -> None:
    story.given(Registered("child", "小树", over=None), Registered("grown", "小树", over=16))
    story.given(
        QualificationRecorded("grown", "理发", date(2026, 6, 30)),
        QualificationRecorded("grown", "急救"),
        QualificationRecorded("child", "理发", date(2027, 6, 30)),
        QualificationRecorded("child", "急救", date(2026, 6, 30)),
        QualificationRecorded("child", "手语"),
    )
    story.when(MergePersons("grown", "child"), why="同一人")
    story.when(MergePersons("child", HE), why="同一人")
    child, he = story.guard("person:child"), story.guard("person:he")
    assert isinstance(child, Person)
    assert isinstance(he, Person)
    assert (child.over, he.over) == (16, 18)
    assert child.skills == he.skills == {"理发": date(2027, 6, 30), "急救": None, "手语": None}


def test_a_chain_of_merges_ends_in_one_person(story: Story) -> None:
    story.when(MergePersons(TANG, QIAO), why="同一人")
    story.when(MergePersons(YUN, QIAO), why="同一人")
    assert story.when(MergePersons(QIAO, HE), why="同一人") == [Merged(QIAO, HE, (TANG, YUN), 18)]
    files = {person: story.guard(f"person:{person}") for person in (TANG, QIAO, YUN, HE)}
    assert {getattr(files[person], "root") for person in (TANG, QIAO, YUN)} == {HE}  # noqa: B009
    for one in files:
        for other in files:
            assert same_human(one, files[one], other, files[other])  # type: ignore[arg-type]
    assert not same_human(LIN, Person(), HE, files[HE])  # type: ignore[arg-type]
