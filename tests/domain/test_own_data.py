"""One's own data: corrected by oneself, restricted on demand. How two persons lift that: `test_openings.py`."""

from __future__ import annotations

import pytest

from domain.own_data import (
    CorrectDetails,
    LiftRestriction,
    NameMissing,
    NotRestricted,
    RestrictPerson,
)
from domain.person_states import DetailsCorrected, Restricted
from domain.words import ReasonMissing
from tests.cast import HE, Story


def test_one_corrects_ones_own_name_and_phone(story: Story) -> None:
    assert list(story.when(CorrectDetails(HE, "何晓满", "13800000000"), by=HE)) == [
        DetailsCorrected(HE, "何晓满", "13800000000")
    ]
    assert list(story.when(CorrectDetails(HE), by=HE)) == []
    with pytest.raises(NameMissing):
        story.when(CorrectDetails(HE, " "), by=HE)


def test_others_say_why(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(CorrectDetails(HE, "何晓满"))
    assert story.when(CorrectDetails(HE, "何晓满"), why="身份证上是这个字")


def test_data_is_restricted_once(story: Story) -> None:
    with pytest.raises(NotRestricted):
        story.when(LiftRestriction(HE), why="办妥了")
    assert list(story.when(RestrictPerson(HE, "不想再被找到"), by=HE)) == [Restricted(HE, "不想再被找到")]
    assert list(story.when(RestrictPerson(HE, "不想再被找到"), by=HE)) == []
