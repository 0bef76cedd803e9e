"""My record: what comes, what my hours add up to by state and grade, and saying in place that an entry is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.attendance import CheckIn, CheckOut
from domain.duplicates import MergePersons
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.person_files import RegisterPerson
from domain.sign_up import SignUp
from domain.words import ZONE
from projections.hours import Sum
from tests.web.conftest import World
from web.record import chart, last_months, matrix, stars

pytestmark = pytest.mark.either_engine

STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)


def serve(world: World, person: str = "volunteer", slot: str = "a1.1") -> None:
    """Ninety confirmed minutes."""
    world.do(SignUp(slot, person), actor=person)
    world.do(CheckIn(slot, person, "qr"), actor=person, at=STARTS)
    world.do(CheckOut(slot, person, "qr"), actor=person, at=STARTS + timedelta(minutes=90))
    world.do(ProposeHours(slot, person), at=STARTS + timedelta(hours=3))
    world.do(ConfirmHours(slot, person, 90), actor="colleague", at=STARTS + timedelta(hours=3))
    world.now = STARTS + timedelta(days=1)


@pytest.mark.parametrize("who", ["owner", "colleague", "stranger", "auditor", "reviewer", "volunteer", "recipient"])
def test_everybody_has_a_record_of_their_own(world: World, who: str) -> None:
    world.open_activity()
    serve(world)
    text = world.as_(who).get("/me/record").text
    assert ("爱心义剪进厂区" in text) == (who == "volunteer")


def test_strangers_are_sent_to_the_door(world: World) -> None:
    assert world.as_(None).get("/me/record").status_code == 303


def test_an_empty_record_says_what_to_do(world: World) -> None:
    text = world.as_("recipient").get("/me/record").text
    assert "接下来没有安排" in text
    assert "还没有服务时长" in text


def test_what_comes_with_the_place_in_the_queue(world: World) -> None:
    world.open_activity(seats=1)
    for person in ("second", "volunteer"):
        world.do(SignUp("a1.1", person), actor=person)
    text = world.as_("volunteer").get("/me/record").text
    assert "11月25日" in text
    assert "候补 第 1 位" in text


def test_the_next_place_says_until_when_it_can_be_given_back(world: World) -> None:
    deadline = STARTS - timedelta(hours=15)
    world.do(SignUp(world.open_activity(deadline=deadline), "volunteer"), actor="volunteer")
    assert "11月24日 18:00 前可以退出" in world.as_("volunteer").get("/me/record").text
    world.now = deadline + timedelta(minutes=1)
    late = world.as_("volunteer").get("/me/record").text
    assert "前可以退出" not in late
    assert "退出已在 11月24日 18:00 截止" in late


def test_what_comes_later_stands_in_a_list(world: World) -> None:
    for number in (1, 2, 3):
        world.do(SignUp(world.open_activity(f"a{number}", days=number), "volunteer"), actor="volunteer")
    text = world.as_("volunteer").get("/me/record").text
    assert all(text.count(f'href="/activities/a{number}"') == 1 for number in (1, 2, 3))
    assert "2 个" in text


def test_sums_stand_apart_by_state_and_grade(world: World) -> None:
    world.open_activity()
    serve(world)
    text = world.as_("volunteer").get("/me/record").text
    assert "已确认" in text
    assert "证据等级甲" in text
    assert "再服务 <b>100 小时</b>到一星" in text
    assert "按分钟相加，显示时四舍五入到 0.1 小时" in text
    sums = [
        Sum("2026-11", "credited", "A", 60, 1),
        Sum("2026-11", "credited", "C", 30, 1),
        Sum("2026-11", "voided", "A", 5, 1),
    ]
    assert matrix(sums) == [("credited", [60, 0, 30], 90, 2), ("voided", [5, 0, 0], 5, 1)]


@pytest.mark.parametrize(
    ("hours", "count", "left"), [(0, 0, 100), (99, 0, 1), (100, 1, 200), (642, 3, 358), (1500, 5, 0), (2000, 5, 0)]
)
def test_stars_follow_credited_hours(hours: int, count: int, left: int) -> None:
    found = stars(hours * 60)
    assert (found.count, found.left) == (count, left * 60)
    assert found.reached <= 100


def test_the_chart_has_twelve_months_and_keeps_states_apart() -> None:
    assert last_months("2026-02-15")[0] == "2025-03"
    assert last_months("2026-02-15")[-1] == "2026-02"
    sums = [
        Sum("2026-11", "credited", "A", 90, 1),
        Sum("2026-11", "posted", "A", 30, 1),
        Sum("2026-10", "objected", "B", 60, 1),
    ]
    found = chart(sums, "2026-11-22")
    assert (found.credited[-1], found.pending[-1], found.disputed[-2], found.credited[-2]) == (1.5, 0.5, 1.0, None)
    assert not found.is_empty
    assert chart([], "2026-11-22").is_empty


def test_objecting_in_place_keeps_what_was_typed(world: World) -> None:
    world.open_activity()
    serve(world)
    path = "/hours/a1.1/volunteer/objection"
    client = world.as_("volunteer")
    assert "哪里不对" not in client.get("/me/record").text
    assert "哪里不对" in client.get("/me/record?objecting=a1.1").text
    bad = client.post(path, data={"text": "少了半小时", "minutes": "很多"})
    assert bad.status_code == 422
    assert "少了半小时" in bad.text
    assert "请填写整数" in bad.text
    assert client.post(path, data={"text": "少了半小时", "minutes": "120"}).status_code == 303
    text = client.get("/me/record").text
    assert "少了半小时" in text
    assert "2 小时" in text
    assert "5 个工作日内答复" in text
    again = client.post(path, data={"text": "再说一次"})
    assert again.status_code == 409
    assert "没有办成" in again.text


def test_a_merged_file_brings_its_hours_along(world: World) -> None:
    world.do(RegisterPerson("twin", "何小满", organisation="centre", over=18))
    world.open_activity()
    serve(world, "twin")
    world.do(MergePersons("twin", "volunteer"), reason="同一个人")
    assert "爱心义剪进厂区" in world.as_("volunteer").get("/me/record").text
    assert world.as_("volunteer").post("/hours/a1.1/twin/objection", data={"text": "不对"}).status_code == 303


def test_pages_of_the_ledger(world: World) -> None:
    assert world.as_("volunteer").get("/me/record?page=2").status_code == 200
    assert world.as_("volunteer").get("/me/record?page=last").status_code == 200
