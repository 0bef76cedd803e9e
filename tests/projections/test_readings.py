"""Who read which file and why, who asks to: what ends with what protects the file, and whose reason is whose."""

from __future__ import annotations

import pytest

from domain.people import Registered
from domain.person_states import (
    Forgotten,
    OpeningApproved,
    OpeningAsked,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitiveRead,
    Unsealed,
)
from ledger.events import Event
from projections import readings
from tests.projections.folding import Fold

SOON = "2026-11-22T10:00:00"


def asked(fold: Fold) -> list[str]:
    return [one.reader for one in readings.asked_for(fold.read, "p1", SOON)]


@pytest.mark.parametrize(
    ("before", "ends"),
    [
        (Restricted("p1", "x"), Sealed("p1")),
        (Restricted("p1", "x"), RestrictionLifted("p1")),
        (Sealed("p1"), Restricted("p1", "x")),
        (Sealed("p1"), Unsealed("p1")),
        (Restricted("p1", "x"), Forgotten("p1", "当面")),
        (Restricted("p1", "x"), Forgotten("p0", "当面", ("p1",))),
    ],
)
def test_what_was_asked_and_opened_ends_with_what_protected_the_file(before: Event, ends: Event) -> None:
    fold = Fold()
    for person in ("p0", "p1"):
        fold(Registered(person, "梁霞"))
    fold(before)
    fold(OpeningAsked("p1", "r1"), reason="回访")
    fold(OpeningAsked("p1", "r2"), actor="r2", reason="回访")
    fold(OpeningApproved("p1", "r2"), actor="r1")
    fold(SensitiveRead("p1", "r2", "restricted", 24), actor="r1")
    assert (asked(fold), list(readings.open_to(fold.read, "r2", SOON))) == (["r1"], ["p1"])
    assert [(one.person, one.reader) for one in readings.waiting(fold.read, SOON)] == [("p1", "r1")]
    fold(ends)
    assert (asked(fold), readings.open_to(fold.read, "r2", SOON), readings.waiting(fold.read, SOON)) == ([], {}, [])
    assert [one.reader for one in readings.of_person(fold.read, "p1")] == ["r2"], "that it was read is told for ever"


def test_a_reading_tells_why_it_was_asked_for_and_one_alone_its_own_reason() -> None:
    fold = Fold()
    fold(OpeningAsked("p1", "r1"), actor="r1", reason="开庭前了解")
    fold(SensitiveRead("p1", "r1", "sealed", 24), actor="r2")
    fold(SensitiveRead("p1", "r1", "restricted", 1), actor="r1", reason="回访")  # as one person did at first
    assert [one.reason for one in readings.of_person(fold.read, "p1")] == ["回访", "开庭前了解"]
