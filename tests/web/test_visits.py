"""Fourteen calls in five minutes: good rows count once, others come back as they were typed; sealed stays sealed."""

from __future__ import annotations

from typing import Any

import pytest

from domain.person_files import RegisterPerson
from domain.receipts import RecordReceipt
from ledger.follow import view_differences
from projections import receipts
from tests.web.conftest import World

pytestmark = pytest.mark.either_engine

CENTRE = frozenset({"centre"})


@pytest.fixture
def town(world: World) -> World:
    """Three people on file at the centre, two of one name."""
    for person, name in (("liang1", "梁霞"), ("liang2", "梁霞"), ("qiu", "邱禾")):
        world.do(RegisterPerson(person, name, organisation="centre"))
    return world


def row(number: int, who: str, **more: str) -> dict[str, str]:
    """A row of the grid that is complete."""
    values = {"person": who, "day": "2026-11-22", "form": "phone_visit", "outcome": "接通", "row": f"r{number}"} | more
    return {f"{name}-{number}": value for name, value in values.items()}


def written(world: World) -> list[receipts.Receipt]:
    with world.house.views.read() as connection:
        return receipts.visits(connection, CENTRE, "owner")[0]


def test_a_row_is_written_with_everything_in_it(town: World) -> None:
    data = row(1, "邱禾 · qiu", place="神湾镇", minutes="11", note="缝纫机", next_step="登记心愿", helper="hxm")
    assert town.as_("owner").post("/visits", data=data | {"command": "c1"}).status_code == 303
    (found,) = written(town)
    assert (found.person, found.worker, found.organisation) == ("qiu", "owner", "centre")
    assert (found.place, found.minutes, found.outcome, found.next_step) == ("神湾镇", 11, "接通", "登记心愿")
    assert found.assisted_by == "volunteer"
    assert found.note == "缝纫机"
    assert view_differences(town.house.follower) == []


def test_sent_twice_counts_once(town: World) -> None:
    data = row(1, "qiu") | row(2, "liang1") | {"command": "c1"}
    for _ in range(2):
        assert town.as_("owner").post("/visits", data=data).status_code == 303
    assert len(written(town)) == 2


def test_good_rows_are_kept_and_bad_ones_come_back(town: World) -> None:
    bad = row(2, "梁霞", minutes="many", next_step="下月再打") | row(3, "nobody") | row(4, "liang1", day="2026-11-23")
    data = row(1, "qiu") | bad | {"command": "c1"}
    answer = town.as_("owner").post("/visits", data=data)
    assert answer.status_code == 422
    assert [one.person for one in written(town)] == ["qiu"]
    for words in (
        "3 行还没有记下",
        "不止一个人",
        "没有找到“nobody”",
        'value="many"',
        "下月再打",
        "日期还没到",
        "请填写整数",
    ):
        assert words in answer.text, words
    fixed = row(1, "liang1", row="r2") | row(2, "qiu", row="r1") | {"command": "c1"}
    assert town.as_("owner").post("/visits", data=fixed).status_code == 303
    assert sorted(one.person for one in written(town)) == ["liang1", "qiu"]


def test_an_outcome_is_asked_for(town: World) -> None:
    answer = town.as_("owner").post("/visits", data=row(1, "qiu", outcome=""))
    assert answer.status_code == 422
    assert "请选结果" in answer.text


def test_an_empty_grid_says_what_to_do(town: World) -> None:
    answer = town.as_("owner").post("/visits", data={"day-1": "2026-11-22", "form-1": "phone_visit"})
    assert answer.status_code == 422
    assert "先在第一行选一个人" in answer.text


def visited(world: World, person: str, day: str, *, contact: str = "v0", **more: Any) -> None:
    world.do(
        RecordReceipt(contact, person, "phone_visit", "centre", day, worker="colleague", **more), actor="colleague"
    )


def test_a_contact_that_a_colleague_wrote_already_is_held_back(town: World) -> None:
    visited(town, "qiu", "2026-11-22")
    answer = town.as_("owner").post("/visits", data=row(1, "qiu"))
    assert answer.status_code == 422
    assert "社工05" in answer.text
    assert "是不是同一通" in answer.text
    assert town.as_("owner").post("/visits", data=row(1, "qiu", anyway="1")).status_code == 303
    assert len(written(town)) == 2


def test_the_same_person_on_another_day_needs_no_word(town: World) -> None:
    visited(town, "qiu", "2026-11-21")
    assert town.as_("owner").post("/visits", data=row(1, "qiu")).status_code == 303


def test_a_namesake_at_the_same_place_may_be_flagged(town: World) -> None:
    visited(town, "liang1", "2026-11-20", place="黄圃镇")
    answer = town.as_("owner").post("/visits", data=row(1, "liang2", place="黄圃镇"))
    assert answer.status_code == 422
    assert "会不会是同一个人" in answer.text
    data = row(1, "liang2", place="黄圃镇", anyway="1", flag="liang1")
    assert town.as_("owner").post("/visits", data=data).status_code == 303
    assert "可能是同一人" in town.as_("owner").get("/people").text


def test_a_helper_cannot_be_whoever_was_visited(town: World) -> None:
    answer = town.as_("owner").post("/visits", data=row(1, "qiu", helper="qiu"))
    assert answer.status_code == 422
    assert "不能同时是协助" in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?month=2026-11", True),
        ("?month=2026-10", False),
        ("?worker=owner", False),
        ("?place=黄圃镇", True),
    ],
)
def test_the_list_is_filtered(town: World, query: str, shown: bool) -> None:
    visited(town, "qiu", "2026-11-20", place="黄圃镇", next_step="再访")
    assert ("再访" in town.as_("owner").get("/visits" + query).text) is shown


def test_a_void_visit_needs_a_reason_and_stays_readable(town: World) -> None:
    visited(town, "qiu", "2026-11-20")
    browser = town.as_("owner")
    refused = browser.post("/visits/v0/qiu/voiding", data={"reason": " "})
    assert refused.status_code == 422
    assert "请写明为什么作废" in refused.text
    assert browser.post("/visits/v0/qiu/voiding", data={"reason": "打错了人"}).status_code == 303
    assert "已作废，不计数" in browser.get("/visits").text
    again = browser.post("/visits/v0/qiu/voiding", data={"reason": "再来一次"})
    assert again.status_code == 422


def test_strangers_find_neither_the_visit_nor_the_way_to_void_it(town: World) -> None:
    visited(town, "qiu", "2026-11-20", next_step="再访")
    assert "再访" not in town.as_("stranger").get("/visits").text
    for viewer in ("stranger", "volunteer", "auditor"):
        assert town.as_(viewer).post("/visits/v0/qiu/voiding", data={"reason": "x"}).status_code == 404
    assert town.as_("volunteer").get("/visits").status_code == 404
    assert town.as_("stranger").post("/visits", data=row(1, "qiu")).status_code == 422


def test_a_counselling_session_is_seen_by_whoever_held_it_alone(town: World) -> None:
    data = {"person": "qiu", "day": "2026-11-21", "minutes": "50", "mode": "当面", "note": "睡眠", "command": "c1"}
    for _ in range(2):
        assert town.as_("owner").post("/visits/counselling", data=data).status_code == 303
    assert "已封存" in town.as_("owner").get("/visits").text
    assert "邱禾" not in town.as_("colleague").get("/visits").text
    assert "睡眠" not in town.as_("owner").get("/visits").text + town.as_("owner").get("/people/qiu").text
    (found,) = written(town)
    path = f"/visits/{found.contact}/qiu/voiding"
    assert town.as_("colleague").post(path, data={"reason": "x"}).status_code == 404
    assert town.as_("owner").post(path, data={"reason": "记错日期"}).status_code == 303


def test_a_session_with_mistakes_comes_back(town: World) -> None:
    answer = town.as_("owner").post("/visits/counselling", data={"person": "nobody", "day": "", "minutes": "0"})
    assert answer.status_code == 422
    for words in ("没有找到“nobody”", "这一项要填", "要在 1 到 1440 之间"):
        assert words in answer.text
