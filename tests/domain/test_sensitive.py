"""Sensitive files: read with a reason. Those that two persons open: `test_openings.py`."""

from __future__ import annotations

import pytest

from domain.consents import RecordBirthYear
from domain.duplicates import MergePersons
from domain.person_merges import Merged
from domain.person_states import (
    SensitiveRead,
    SensitivityMarked,
)
from domain.sensitive import (
    MarkSensitive,
    NotSensitive,
    ReadSensitive,
    SecondPersonNeeded,
)
from domain.words import ReasonMissing
from tests.cast import HE, LIN, NOW, WORKER, Story


def test_a_minors_file_is_read_with_a_reason(story: Story) -> None:
    with pytest.raises(NotSensitive):
        story.when(ReadSensitive(HE), why="回访")
    story.when(RecordBirthYear(HE, NOW.year - 15))
    with pytest.raises(ReasonMissing):
        story.when(ReadSensitive(HE))
    assert list(story.when(ReadSensitive(HE), why="回访")) == [SensitiveRead(HE, WORKER, "minor", 1)]


def test_a_file_is_marked_by_somebody_else_and_the_mark_goes_with_a_reason(story: Story) -> None:
    with pytest.raises(SecondPersonNeeded):
        story.when(MarkSensitive(HE, ("health",)), by=HE)
    marked = SensitivityMarked(HE, True, "hardship health")
    assert list(story.when(MarkSensitive(HE, ("health", "hardship", "health")))) == [marked]
    assert list(story.when(ReadSensitive(HE), why="回访")) == [SensitiveRead(HE, WORKER, "marked", 1)]
    with pytest.raises(ReasonMissing):
        story.when(MarkSensitive(HE))
    assert list(story.when(MarkSensitive(HE), why="误标")) == [SensitivityMarked(HE, False)]
    assert list(story.when(MarkSensitive(HE), why="误标")) == []
    with pytest.raises(NotSensitive):
        story.when(ReadSensitive(HE), why="回访")


def test_what_protects_a_file_goes_with_it_into_another(story: Story) -> None:
    story.when(MarkSensitive(HE, ("health",)))
    story.when(RecordBirthYear(HE, NOW.year - 15))
    merged = Merged(HE, LIN, over=18, born=NOW.year - 15, is_sensitive=True)
    assert list(story.when(MergePersons(HE, LIN), why="同一个人")) == [merged]
    assert list(story.when(ReadSensitive(LIN), why="回访")) == [SensitiveRead(LIN, WORKER, "marked", 1)]
    story.when(MarkSensitive(LIN), why="误标")
    assert list(story.when(ReadSensitive(LIN), why="回访")) == [SensitiveRead(LIN, WORKER, "minor", 1)]
