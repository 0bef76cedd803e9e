"""Services received: listed by who may know, found again when they look alike, void but never gone."""

from __future__ import annotations

import pytest

from domain.people import Registered
from domain.receipts import Received, Voided
from projections import receipts
from tests.projections.folding import Fold

CENTRE = frozenset({"centre"})


@pytest.fixture
def fold() -> Fold:
    """Two people of one name at different places, a worker, and three visits."""
    fold = Fold()
    for person, name in (("p1", "梁霞"), ("p2", "梁霞"), ("w1", "社工03"), ("w2", "社工05")):
        fold(Registered(person, name))
    fold(Received("c1", "p1", "phone_visit", "centre", "2026-11-20", place="黄圃镇", worker="w1", minutes=6))
    fold(Received("c2", "p2", "home_visit", "centre", "2026-10-03", place="三乡镇", worker="w2"))
    fold(Received("c3", "p1", "phone_visit", "agency", "2026-11-21", place="黄圃镇"))
    return fold


def contacts(found: list[receipts.Receipt]) -> list[str]:
    return [receipt.contact for receipt in found]


def test_an_organisation_lists_its_own_visits_the_latest_first(fold: Fold) -> None:
    found, total = receipts.visits(fold.read, CENTRE, "w1")
    assert contacts(found) == ["c2", "c1"]
    assert total == 2
    assert found[1].name == "梁霞"
    assert found[1].worker_name == "社工03"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"month": "2026-11"}, ["c1"]),
        ({"worker": "w2"}, ["c2"]),
        ({"place": "黄圃镇"}, ["c1"]),
        ({"place": "黄圃镇", "worker": "w2"}, []),
    ],
)
def test_visits_are_filtered(fold: Fold, wanted: dict[str, str], expected: list[str]) -> None:
    found, total = receipts.visits(fold.read, CENTRE, "w1", **wanted)  # type: ignore[arg-type]  # filters only
    assert contacts(found) == expected
    assert total == len(expected)


def test_filters_offer_what_there_is(fold: Fold) -> None:
    months, workers, places = receipts.filters(fold.read, CENTRE)
    assert months == ["2026-11", "2026-10"]
    assert workers == [("w1", "社工03"), ("w2", "社工05")]
    assert places == ["三乡镇", "黄圃镇"]


def test_a_void_visit_stays_readable_and_counts_no_more(fold: Fold) -> None:
    fold(Voided("c1", "p1"))
    found = receipts.find(fold.read, "c1", "p1")
    assert found is not None
    assert not found.is_valid
    assert receipts.filters(fold.read, CENTRE)[0] == ["2026-10"]
    assert contacts(receipts.alike(fold.read, CENTRE, "p1", "梁霞", "黄圃镇", "2026-11-01")) == []


def test_alike_is_the_same_file_or_the_same_name_at_the_same_place(fold: Fold) -> None:
    since = "2026-11-01"
    assert contacts(receipts.alike(fold.read, CENTRE, "p1", "梁霞", "", since)) == ["c1"]
    assert contacts(receipts.alike(fold.read, CENTRE, "p2", "梁霞", "黄圃镇", since)) == ["c1"]
    assert contacts(receipts.alike(fold.read, CENTRE, "p2", "梁霞", "三乡镇", since)) == []


def test_sealed_contacts_are_listed_to_whoever_held_them_alone(fold: Fold) -> None:
    fold(Received("c9", "p1", "counselling", "centre", "2026-11-22", worker="w1", minutes=50, sealed=True))
    assert "c9" in contacts(receipts.visits(fold.read, CENTRE, "w1")[0])
    assert "c9" not in contacts(receipts.visits(fold.read, CENTRE, "w2")[0])


def test_counselling_is_told_from_five_sessions_on(fold: Fold) -> None:
    for number in range(5):
        assert receipts.counselling(fold.read, CENTRE, "2026-11") is None
        fold(Received(f"k{number}", "p1", "counselling", "centre", "2026-11-22", minutes=50, sealed=True))
    assert receipts.counselling(fold.read, CENTRE, "2026-11") == (5, 250)
