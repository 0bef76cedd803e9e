"""A form sent again, by a double click or from the page before with other words in it: nothing is written, and it is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import World

WORDS = "这一份之前已经记下，没有再写一次。要再记一份，请重新打开页面。"
SEATS: dict[str, Any] = {"side": "participant", "seats": "12", "command": "c0123456789abcdef"}


def visit(number: int, who: str, **more: str) -> dict[str, str]:
    """A row of the grid that is complete."""
    values = {"person": who, "day": "2026-11-22", "form": "phone_visit", "outcome": "接通", "row": f"r0{number}"} | more
    return {f"{name}-{number}": value for name, value in values.items()} | {"command": "c0123456789abcdef"}


def test_other_contents_under_the_same_form_are_not_said_to_be_written(world: World) -> None:
    slot = world.open_activity()
    browser = world.as_("owner")
    first = browser.post(f"/slots/{slot}/seats", data=SEATS, follow_redirects=True).text
    assert "席位已改。" in first
    assert WORDS not in first
    again = browser.post(f"/slots/{slot}/seats", data=SEATS | {"seats": "20"}, follow_redirects=True).text
    assert WORDS in again
    assert "席位已改。" not in again
    assert "0 / 12" in again


def test_a_true_double_click_reads_as_one(world: World) -> None:
    slot = world.open_activity()
    browser = world.as_("owner")
    for _ in range(2):
        answer = browser.post(f"/slots/{slot}/seats", data=SEATS)
        assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert page.count(WORDS) == 1
    assert "席位已改。" not in page


def test_a_form_half_of_which_is_new_says_what_became_of_the_new_half(world: World) -> None:
    typed = {"title": "爱心义剪", "organisation": "centre", "day": "2026-12-01", "starts": "09:00", "ends": "11:00"}
    typed |= {"volunteer_seats": "2", "risk": "一般", "command": "c0123456789abcdef"}
    browser = world.as_("owner")
    assert "草稿已保存" in browser.post("/activities/new", data=typed | {"draft": "1"}, follow_redirects=True).text
    page = browser.post("/activities/new", data=typed | {"publish": "1"}, follow_redirects=True).text
    assert "已发布，可以报名了。" in page
    assert WORDS not in page


@pytest.mark.parametrize("changed", [visit(1, "何小满"), visit(1, "何小满", minutes="25"), visit(1, "陆青禾")])
def test_a_visit_sent_again_is_not_said_to_be_written(world: World, changed: dict[str, str]) -> None:
    browser = world.as_("owner")
    assert "记下了 1 通。" in browser.post("/visits", data=visit(1, "何小满"), follow_redirects=True).text
    page = browser.post("/visits", data=changed, follow_redirects=True).text
    assert WORDS in page
    assert "记下了 1 通。" not in page


def test_of_several_visits_only_the_new_ones_are_said_to_be_written(world: World) -> None:
    browser = world.as_("owner")
    browser.post("/visits", data=visit(1, "何小满"), follow_redirects=True)
    page = browser.post("/visits", data=visit(1, "何小满") | visit(2, "陆青禾"), follow_redirects=True).text
    assert "记下了 1 通。" in page
    assert "另有 1 通之前已经记下" in page


def test_a_file_opened_again_under_another_name_is_not_said_to_be_opened(world: World) -> None:
    browser = world.as_("owner")
    typed = {"name": "梁云朵", "over": "18", "command": "c0123456789abcdef"}
    assert "建好了档案。" in browser.post("/people", data=typed, follow_redirects=True).text
    page = browser.post("/people", data=typed | {"name": "韦山"}, follow_redirects=True).text
    assert WORDS in page
    assert "建好了档案。" not in page
