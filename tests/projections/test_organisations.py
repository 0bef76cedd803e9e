"""The tree of organisations: subtrees, lines to the root, names; a branch that moved takes everything below it along."""

from __future__ import annotations

import pytest

from domain.organisations import Registered, Reparented, Resumed, Suspended
from projections import organisations
from tests.projections.folding import Fold


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold(Registered("city", "望海市总工会", "city_union"))
    fold(Registered("street", "柳岸街道总工会", "town_union", "city"))
    fold(Registered("factory", "明灯照明厂工会", "enterprise", "street"))
    fold(Registered("agency", "青禾社工机构", "agency"))
    return fold


def test_a_subtree_holds_itself_and_all_below(fold: Fold) -> None:
    assert organisations.under(fold.read, ["city"]) == {"city", "street", "factory"}
    assert organisations.under(fold.read, ["street", "agency"]) == {"street", "factory", "agency"}
    assert organisations.under(fold.read, []) == frozenset() == organisations.under(fold.read, ["nowhere"])


def test_a_branch_moves_with_everything_below(fold: Fold) -> None:
    fold(Reparented("street", "agency"))
    assert organisations.under(fold.read, ["city"]) == {"city"}
    assert [one.id for one in organisations.line(fold.read, "factory")] == ["agency", "street", "factory"]


def test_the_tree_of_an_old_position_is_the_tree_of_then(fold: Fold) -> None:
    before = fold(Reparented("agency", "city"))
    fold(Reparented("street", "agency"))
    moved = fold(Reparented("agency", None))
    assert organisations.under(fold.read, ["city"], before) == {"city", "street", "factory", "agency"}
    assert organisations.under(fold.read, ["agency"], before) == {"agency"}
    assert organisations.under(fold.read, ["agency"], moved) == {"agency", "street", "factory"}
    assert organisations.under(fold.read, ["city"], moved) == organisations.under(fold.read, ["city"]) == {"city"}


def test_who_was_not_there_yet_stands_nowhere(fold: Fold) -> None:
    assert organisations.under(fold.read, ["city"], 2) == {"city", "street"}
    assert organisations.under(fold.read, ["factory"], 2) == frozenset() == organisations.under(fold.read, ["city"], 0)
    assert organisations.under(fold.read, [], 2) == frozenset()


def test_lines_and_names(fold: Fold) -> None:
    assert [one.name for one in organisations.line(fold.read, "factory")] == [
        "望海市总工会",
        "柳岸街道总工会",
        "明灯照明厂工会",
    ]
    assert organisations.names(fold.read)["agency"] == "青禾社工机构"
    assert organisations.line(fold.read, "nowhere") == []
    assert organisations.find(fold.read, "nowhere") is None


def test_a_suspended_one_is_marked_until_it_resumes(fold: Fold) -> None:
    fold(Suspended("agency"))
    found = organisations.find(fold.read, "agency")
    assert found is not None
    assert found.suspended
    fold(Resumed("agency"))
    found = organisations.find(fold.read, "agency")
    assert found is not None
    assert not found.suspended
