"""The tree of organisations: names, subtrees and lines, as the log has moved them."""

from __future__ import annotations

import pytest

from domain.organisations import Registered, Reparented, Resumed, Suspended
from domain.words import OrganisationKind
from projections import organisations
from tests.projections.folding import Fold

TREE: tuple[tuple[str, str, OrganisationKind, str | None], ...] = (
    ("city", "望海市总工会", "city_union", None),
    ("east", "城东区总工会", "district_union", "city"),
    ("west", "城西区总工会", "district_union", "city"),
    ("town", "石岭镇总工会", "town_union", "east"),
    ("works", "海风电子工会", "enterprise", "town"),
    ("centre", "社工服务中心", "social_work_centre", "city"),
)


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    for organisation, name, kind, parent in TREE:
        fold(Registered(organisation, name, kind, parent, code=f"code-{organisation}"))
    return fold


def test_one_is_found_with_its_name_kind_and_parent(fold: Fold) -> None:
    found = organisations.find(fold.read, "town")
    assert found == organisations.Organisation("town", "石岭镇总工会", "town_union", "east", "code-town", 0)
    assert organisations.find(fold.read, "nowhere") is None


def test_a_subtree_is_the_organisation_and_all_below_it(fold: Fold) -> None:
    assert organisations.under(fold.read, ["east"]) == {"east", "town", "works"}
    assert organisations.under(fold.read, ["city"]) == {organisation for organisation, *_ in TREE}
    assert organisations.under(fold.read, ["town", "west"]) == {"town", "works", "west"}
    assert organisations.under(fold.read, ["works"]) == {"works"}


def test_nothing_stands_under_nobody(fold: Fold) -> None:
    assert organisations.under(fold.read, []) == frozenset()
    assert organisations.under(fold.read, ["nowhere"]) == frozenset()


def test_who_moves_takes_along_what_stands_below(fold: Fold) -> None:
    fold(Reparented("town", "west"))
    assert organisations.under(fold.read, ["east"]) == {"east"}
    assert organisations.under(fold.read, ["west"]) == {"west", "town", "works"}
    fold(Reparented("town", None))
    assert organisations.under(fold.read, ["city"]) == {"city", "east", "west", "centre"}
    assert [one.id for one in organisations.children(fold.read, None)] == ["city", "town"]


def test_names_children_and_the_line_from_the_root(fold: Fold) -> None:
    assert organisations.names(fold.read) == {organisation: name for organisation, name, *_ in TREE}
    assert [one.id for one in organisations.children(fold.read, "city")] == ["centre", "east", "west"]
    assert [one.id for one in organisations.line(fold.read, "works")] == ["city", "east", "town", "works"]
    assert organisations.line(fold.read, "nowhere") == []


def test_a_suspension_shows_until_it_is_lifted(fold: Fold) -> None:
    fold(Suspended("east"))
    assert [one.id for one in organisations.every(fold.read) if one.suspended] == ["east"]
    fold(Resumed("east"))
    assert not any(one.suspended for one in organisations.every(fold.read))
