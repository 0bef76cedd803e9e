"""What is not said of few: figures and cells under five with somebody sealed in them; what the log adds up to stays."""

from __future__ import annotations

import pytest

from domain.people import Registered
from domain.person_states import Sealed, Unsealed
from domain.receipts import Received
from projections import figures
from projections.figures import Few, Figures
from projections.small_cells import OTHERS, joined, shown
from tests.projections.folding import Fold

MONTH = "2026-11"


@pytest.fixture
def fold() -> Fold:
    """Six visits in three places, to six people."""
    told = Fold()
    for number, place in enumerate(("神湾", "神湾", "神湾", "神湾", "三乡", "民众")):
        told(Registered(f"p{number}", f"化名{number}"))
        told(Received(f"v{number}", f"p{number}", "phone_visit", "centre", f"2026-11-0{number + 1}", place=place))
    return told


def seen(fold: Fold) -> Figures:
    return shown(fold.read, figures.figures(fold.read, MONTH))


def test_without_anybody_sealed_everything_is_shown(fold: Fold) -> None:
    assert seen(fold) == figures.figures(fold.read, MONTH)


def test_small_cells_with_somebody_sealed_stand_together_with_others(fold: Fold) -> None:
    fold(Sealed("p5"))
    found = seen(fold)
    assert found.values["visits"] == 6
    assert found.visits_by_place == {OTHERS: 6}, "1 and 1 are too few, with the next one they are enough"
    assert sum(found.visits_by_day.values()) == 6
    assert figures.figures(fold.read, MONTH).visits_by_place["民众"] == 1, "the figure itself is what it was"
    fold(Unsealed("p5"))
    assert seen(fold).visits_by_place["民众"] == 1


def test_a_figure_of_few_with_somebody_sealed_is_withheld(fold: Fold) -> None:
    fold(Received("c1", "p0", "counselling", "centre", "2026-11-09", minutes=60, sealed=True))
    found = seen(fold)
    for name in ("counselling", "counselling_minutes", "persons_counselled"):
        assert found.values[name] == Few(), name
    assert str(found.values["counselling"]) == "不足 5"
    assert found.values["visits"] == 6
    assert str(found.values["contacts"]) == "至少 7", "6 and one at least, but not how many more"
    assert found.values["persons_served"] == Few(6)
    assert figures.figures(fold.read, MONTH).values["contacts"] == 7
    fold(Received("c2", "p1", "counselling", "centre", "2026-11-09", minutes=60, sealed=True))
    assert seen(fold).values["contacts"] == found.values["contacts"], "another one changes nothing that is shown"
    for number in range(3):
        fold(Received(f"d{number}", f"p{number}", "counselling", "centre", "2026-11-10", minutes=60, sealed=True))
    assert seen(fold).values["counselling"] == 5
    assert seen(fold).values["contacts"] == 11


@pytest.mark.parametrize(
    ("cells", "sealed", "told"),
    [
        ({"a": 9, "b": 8}, {"a"}, {"a": 9, "b": 8}),
        ({"a": 9, "b": 1}, {"b"}, {OTHERS: 10}),
        ({"a": 9, "b": 4, "c": 1}, {"c"}, {"a": 9, OTHERS: 5}),
        ({"a": 9, "b": 7, "c": 3, "d": 2}, {"c", "d"}, {"a": 9, "b": 7, OTHERS: 5}),
        ({"a": 2, "b": 1}, {"b"}, {}),
    ],
)
def test_cells_are_joined_until_they_are_five(cells: dict[str, int], sealed: set[str], told: dict[str, int]) -> None:
    assert joined(cells, sealed) == told
