"""`./run figures`: one JSON object for machines, a table for people, a sentence and exit 2 for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from domain.organisations import RegisterOrganisation, ReparentOrganisation
from projections.figures import Few, Value
from projections.identities import Span
from projections.measures import MEASURES
from tests.web.conftest import World
from web.month_parts import worded
from workers.imports import import_file

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"
KEYS = {
    "sessions", "participations", "contacts", "visits", "visits_by_place", "persons_visited", "persons_served",
    "counselling_minutes", "persons_counselled", "volunteer_minutes", "planned_lines", "claims",
}  # fmt: skip


def run(world: World, *arguments: str) -> Result:
    """The command on the command line."""
    return world.app.test_cli_runner().invoke(args=["figures", *arguments])


@pytest.fixture
def zhongshan(world: World) -> World:
    import_file(world.house.ledger, SAMPLE)
    return world


def test_one_object_with_exactly_these_keys(zhongshan: World) -> None:
    answer = run(zhongshan, "--month", "2020-02", "--json")
    assert answer.exit_code == 0
    assert answer.output.count("\n") == 1
    found: dict[str, Any] = json.loads(answer.output)
    assert set(found) == KEYS
    claims = {claim.pop("figure"): claim for claim in found.pop("claims")}
    assert found == {
        "sessions": 2,
        "participations": 134,
        "contacts": 164,
        "visits": 14,
        "visits_by_place": {"神湾镇": 4, "三乡镇": 4, "黄圃镇": 3, "民众镇": 1, "东凤镇": 1, "东升镇": 1},
        "persons_visited": {"min": 12, "max": 14},
        "persons_served": {"min": 23, "max": 25},
        "counselling_minutes": 960,
        "persons_counselled": 11,
        "volunteer_minutes": 0,
        "planned_lines": 16,
    }
    assert len(claims) == 29
    assert claims["F02"] == {"printed": 135, "computed": 134, "agrees": False, "unit": "人次", "what": "workers served"}
    assert (claims["F11"]["computed"], claims["F11"]["agrees"]) == ({"min": 12, "max": 14}, None)
    assert (claims["F16"]["computed"], claims["F16"]["agrees"]) == (None, None)


def test_as_of_and_scope(zhongshan: World) -> None:
    nothing = json.loads(run(zhongshan, "--month", "2020-02", "--as-of", "0", "--json").output)
    assert (nothing["contacts"], nothing["claims"]) == (0, [])
    assert json.loads(run(zhongshan, "--month", "2020-02", "--org", "zs-union", "--json").output)["contacts"] == 164
    assert json.loads(run(zhongshan, "--month", "2020-02", "--org", "centre", "--json").output)["contacts"] == 0


def test_a_table_for_people(zhongshan: World) -> None:
    said = run(zhongshan, "--month", "2020-02").output
    assert "服务　164 人次" in said
    assert "探访到的人　12–14 人" in said
    assert "F02　本月速览：活动服务　印 135 人次　算 134 人次　不一致" in said
    assert "F10　项目快讯：收到的求助，累计　印 156 条　算 无从知道" in said


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("visits", 3, "3 次"),
        ("visits", Few(), "不足 5 次"),
        ("contacts", Few(13), "至少 13 人次"),
        ("households", None, "未记"),
        ("persons_served", Span(3, 5), "3–5 人"),
        ("counselling_minutes", 90, "1.5 小时"),
        ("counselling_minutes", Few(), "不足 5 人次"),
        ("volunteer_minutes", Few(), "不足 5 人"),
    ],
)
def test_a_figure_stands_in_its_own_unit_and_withheld_minutes_in_that_of_those_behind_them(
    measure: str, value: Value, words: str
) -> None:
    assert " ".join(worded(MEASURES[measure], value)).rstrip() == words


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--month", "2020-13"], "月份“2020-13”读不懂"),
        (["--month", "2020-02", "--org", "nobody"], "没有编号为“nobody”的机构"),
        (["--month", "2020-02", "--as-of", "999999"], "没有第 999999 条"),
    ],
)
def test_what_cannot_be_is_told_and_ends_with_2(world: World, arguments: list[str], sentence: str) -> None:
    answer = run(world, *arguments, "--json")
    assert answer.exit_code == 2
    assert sentence in answer.output


def test_what_moved_elsewhere_counts_where_it_stood_then(zhongshan: World) -> None:
    before = zhongshan.do(RegisterOrganisation("elsewhere", "望海市外联工会", "city_union")).position
    zhongshan.do(ReparentOrganisation("zs-swc", "elsewhere"), reason="划归外联工会")
    asked = ["--month", "2020-02", "--json", "--org"]

    def visits(*more: str) -> int:
        return int(json.loads(run(zhongshan, *asked, *more).output)["visits"])

    assert visits("zs-union", "--as-of", str(before)) == 14
    assert visits("elsewhere", "--as-of", str(before)) == 0
    assert (visits("zs-union"), visits("elsewhere")) == (0, 14)
