"""Every route and every role: what nobody opened is closed, strangers find nothing, whoever is unknown is asked who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from ledger.place import Place
from tests.web.conftest import World, opened_city
from web import permissions
from web.rights import Right

OPEN = {
    "signin.page", "signin_tryout.pick", "signin_real.enter", "signin.leave", "signin.home", "accounts_invite.enter",
    "joining.join", "passkeys.enter", "recovery.ask", "static",
}  # fmt: skip
"""Doors that are open to everybody and take what a stranger sends: to sign in, or to use a link that they were given."""
LEAVING = {"signin.leave", "signin_tryout.pick"}
CAST = ("volunteer", "recipient", "owner", "stranger", "reviewer", "auditor")
THINGS = {
    "activity_id": "a1", "slot_id": "a1.1", "slot": "a1.1", "activity": "a1", "person_id": "volunteer",
    "person": "volunteer", "contact": "v1", "thing": "person:volunteer", "month": "2026-11", "position": 1,
    "measure": "sessions", "side": "volunteer", "kind": "plan", "batch": "b1", "organisation": "centre",
}  # fmt: skip
"""What stands for a part of a path; each exists in the world below, and none is the stranger's."""


@pytest.fixture(params=["world", "city"])
def town(request: pytest.FixtureRequest, engine: str, city_place: Callable[[str], Place]) -> Iterator[World]:
    """The cast with one activity of the centre: in the try-out, and in the real thing, whose pages of accounts it lacks."""
    is_city = request.param == "city"
    for world in opened_city(city_place(engine)) if is_city else iter([request.getfixturevalue("world")]):
        world.open_activity()
        yield world


def rules(world: World) -> list[Rule]:
    return [rule for rule in world.app.url_map.iter_rules() if rule.endpoint != "static"]


def path_of(world: World, rule: Rule, things: dict[str, object]) -> str:
    """The rule's path with every part filled in."""
    parts: dict[str, Any] = {name: part_of(rule, name, things) for name in rule.arguments}
    return world.app.url_map.bind("localhost").build(rule.endpoint, parts)


def part_of(rule: Rule, name: str, things: dict[str, object]) -> object:
    """What stands for one part of a path: what the world has, else what its converter takes, else nothing that exists."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return things.get(name, 999_999 if isinstance(converter, IntegerConverter) else "x1")


def right(rule: Rule) -> Right:
    found = permissions.of(rule.endpoint)
    assert found is not None, rule.endpoint
    return found


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"})


def test_whoever_is_unknown_is_asked_who_they_are(town: World) -> None:
    browser = town.as_(None)
    for rule in rules(town):
        if right(rule).anybody:
            continue
        for method in methods(rule):
            answer = browser.open(path_of(town, rule, THINGS), method=method)
            assert answer.status_code == 303, (rule.rule, method)
            assert answer.headers["Location"].startswith("/sign-in"), (rule.rule, method)


WHO = [*(("sqlite", role) for role in CAST), ("postgresql", "owner"), ("postgresql", "reviewer")]
"""Everybody on one engine, the two who see most on the other: what a database is asked differs by page, not by who looks."""


@pytest.mark.parametrize(("engine", "role"), WHO)
def test_no_page_breaks_whoever_opens_it(town: World, role: str) -> None:
    browser = town.as_(role)
    for rule in rules(town):
        for method in methods(rule):
            if rule.endpoint in LEAVING:
                continue
            status = browser.open(path_of(town, rule, THINGS), method=method).status_code
            assert status < 500, (rule.rule, method, status)


@pytest.mark.parametrize(("engine", "role"), WHO)
def test_what_does_not_exist_is_not_there(town: World, role: str) -> None:
    browser = town.as_(role)
    nothing: dict[str, object] = {"position": 999_999, "month": "2026-11", "side": "volunteer"}
    for rule in rules(town):
        if not rule.arguments - {"month", "side", "kind", "measure", "thing"}:
            continue
        for method in methods(rule):
            status = browser.open(path_of(town, rule, nothing), method=method).status_code
            assert status in (303, 404), (rule.rule, method, status)


def test_a_stranger_runs_nothing_of_another_organisation(town: World) -> None:
    """Another agency's organiser has every right at home and none here; what everybody may do they may do too."""
    browser = town.as_("stranger")
    before = town.house.ledger.store.head()
    for rule in rules(town):
        is_open = right(rule).anybody or right(rule).self_
        if not is_open and rule.arguments & {"activity_id", "slot_id", "person_id", "person"}:
            for method in methods(rule):
                answer = browser.open(path_of(town, rule, THINGS), method=method, data={"reason": "x"})
                assert answer.status_code == 404, (rule.rule, method, answer.status_code)
    assert town.house.ledger.store.head() == before


def test_a_door_that_is_open_to_everybody_writes_nothing_for_nobody(town: World) -> None:
    browser = town.as_(None)
    before = town.house.ledger.store.head()
    for rule in rules(town):
        if right(rule).anybody and rule.endpoint not in OPEN and "POST" in methods(rule):
            answer = browser.post(path_of(town, rule, THINGS), data={"side": "volunteer"})
            assert answer.headers["Location"].startswith("/sign-in"), rule.rule
    assert town.house.ledger.store.head() == before
