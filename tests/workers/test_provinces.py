"""A province follows three cities' logs: sums with the positions they rest on, and one city's trouble stays its own."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from domain.openings import SealPerson
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.receipts import RecordReceipt
from domain.words import ZONE
from ledger.events import Act, Command
from ledger.log import Ledger
from workers.province_commands import follow_logs, province

NOW = datetime(2026, 11, 22, 9, tzinfo=ZONE)
VISITS = {"zhongshan": 3, "jiangmen": 2, "foshan": 1}


def do(path: Path, *commands: Command) -> None:
    """Let somebody do this in a city."""
    ledger = Ledger.open(path)
    start = ledger.store.head()
    for number, command in enumerate(commands):
        ledger.execute(command, Act(f"{start}-{number}", "worker01", NOW, "u1", reason="法院委托"))
    ledger.close()


def visit(number: int) -> RecordReceipt:
    """A phone visit to somebody."""
    return RecordReceipt(f"visit{number}", "p1", "phone_visit", "u1", "2026-11-20")


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, Path]:
    """Three cities with a few visits each to the one person they know; all use the same ids."""
    found = {city: tmp_path / f"{city}-log.db" for city in VISITS}
    for city, visits in VISITS.items():
        do(found[city], RegisterOrganisation("u1", "市总工会", "city_union"), RegisterPerson("p1", "何小满"))
        do(found[city], *map(visit, range(visits)))
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the province keeps its own."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


def follow(logs: dict[str, Path]) -> Result:
    """Read all cities up to now."""
    return CliRunner().invoke(follow_logs, ["--once", *(f"{city}={path}" for city, path in logs.items())])


def month() -> dict[str, Any]:
    """What the province says of November."""
    result = CliRunner().invoke(province, ["--month", "2026-11", "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)  # type: ignore[no-any-return]  # it is an object


def test_a_month_is_the_sum_of_the_cities_with_their_positions(logs: dict[str, Path], home: Path) -> None:
    result = follow(logs)
    assert result.exit_code == 0, result.output
    said = month()
    assert said["values"]["visits"] == 6
    assert said["values"]["persons_visited"] == {"min": 3, "max": 3}
    assert [(c["city"], c["position"], c["values"]["visits"]) for c in said["cities"]] == [
        ("foshan", 3, 1),
        ("jiangmen", 4, 2),
        ("zhongshan", 5, 3),
    ]


def test_the_province_learns_no_name(logs: dict[str, Path], home: Path) -> None:
    follow(logs)
    for path in (home / "province").iterdir():
        assert "何小满".encode() not in path.read_bytes()


def test_the_province_says_no_more_of_few_than_a_city_does(logs: dict[str, Path], home: Path) -> None:
    do(logs["foshan"], SealPerson("p1"))
    for city, more in (("zhongshan", 3), ("jiangmen", 4)):
        do(logs[city], *(visit(20 + number) for number in range(more)))
    follow(logs)
    said = month()
    assert [city["values"]["visits"] for city in said["cities"]] == [None, 6, 6]
    assert said["values"]["visits"] == {"min": 13, "max": None}
    assert said["values"]["persons_visited"] == {"min": 3, "max": None}
    text = CliRunner().invoke(province, ["--month", "2026-11"]).output
    assert "探访　至少 13 次＝不足 5＋6＋6" in text
    do(logs["foshan"], visit(8))
    follow(logs)
    assert month()["values"] == said["values"], "the sum does not tell how many"


def test_what_a_city_writes_later_is_read_the_next_time(logs: dict[str, Path], home: Path) -> None:
    follow(logs)
    do(logs["foshan"], visit(7))
    assert "foshan　读到第 4 条" in follow(logs).output
    assert month()["values"]["visits"] == 7


def test_a_city_that_cannot_be_followed_does_not_stop_the_others(logs: dict[str, Path], home: Path) -> None:
    follow({"jiangmen": logs["jiangmen"]})
    with sqlite3.connect(logs["jiangmen"]) as spoiled:
        spoiled.execute("INSERT INTO stored_events VALUES ('thing:1', 1, 'thing.unheard_of', '{}', NULL)")
    result = follow(logs)
    assert result.exit_code == 1
    assert "jiangmen　停在第 4 条" in result.output
    assert "thing.unheard_of" in result.output
    assert "zhongshan　读到第 5 条" in result.output


def test_a_log_that_is_not_there_is_named_and_not_made(tmp_path: Path, home: Path) -> None:
    result = follow({"nowhere": tmp_path / "nowhere.db"})
    assert result.exit_code == 1
    assert "nowhere：没有这个记录文件" in result.output
    assert not (tmp_path / "nowhere.db").exists()


@pytest.mark.parametrize("wrong", ["zhongshan", "zhongshan=", "../x=log.db", "Zhongshan=log.db"])
def test_a_city_needs_a_plain_name_and_an_address(wrong: str, home: Path) -> None:
    result = CliRunner().invoke(follow_logs, ["--once", wrong])
    assert result.exit_code == 2
    assert "应当像 zhongshan=" in result.output


def test_a_province_without_cities_says_what_to_do(home: Path) -> None:
    result = CliRunner().invoke(province, ["--month", "2026-11"])
    assert result.exit_code == 1
    assert "follow-logs" in result.output


def test_people_read_the_sum_and_its_parts(logs: dict[str, Path], home: Path) -> None:
    do(logs["foshan"], RecordReceipt("c1", "p1", "counselling", "u1", "2026-11-20", minutes=90))
    follow(logs)
    text = CliRunner().invoke(province, ["--month", "2026-11"]).output
    assert "foshan（到第 4 条）" in text
    assert "探访　6 次＝1＋2＋3" in text
    assert "咨询时长　至少 0.02 小时＝不足 5＋0＋0" in text, "counselling is sealed"
    do(
        logs["foshan"],
        *(RecordReceipt(f"c{n}", "p1", "counselling", "u1", "2026-11-20", minutes=90) for n in range(2, 6)),
    )
    follow(logs)
    assert "咨询时长　7.5 小时＝7.5＋0＋0" in CliRunner().invoke(province, ["--month", "2026-11"]).output
