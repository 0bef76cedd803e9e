"""`./run import` and `./run demo` on the command line: what is said, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result

from ledger.follow import Follower
from ledger.log import Ledger
from ledger.views import Views, ViewsUnavailable
from projections import PROJECTIONS
from workers.commands import register

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[SimpleNamespace]:
    ledger, views = Ledger.open(tmp_path / "log.db"), Views(None)
    house = SimpleNamespace(ledger=ledger, follower=Follower(ledger, views, PROJECTIONS))
    house.follower.prepare()
    made = SimpleNamespace(cli=click.Group(), extensions={"liandong": house})
    register(made)
    yield made
    views.close()
    ledger.close()


def run(app: SimpleNamespace, *words: str) -> Result:
    return CliRunner().invoke(app.cli, words)


def test_import_says_what_became_of_every_line(app: SimpleNamespace) -> None:
    result = run(app, "import", str(SAMPLE))
    assert result.exit_code == 0
    assert "186 行，写入 188 条记录" in result.output
    assert "按规则写入：166 行" in result.output
    assert "WishCollected" in result.output
    assert "小心愿和求助按条数计" in result.output.replace("\n", "")
    assert "20 行" in result.output


def test_a_second_import_says_that_nothing_changed(app: SimpleNamespace) -> None:
    run(app, "import", str(SAMPLE))
    assert "186 行都导入过了，没有变化" in run(app, "import", str(SAMPLE)).output


def test_an_import_whose_pages_come_later_says_that_it_is_written(
    app: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: Follower) -> int:
        raise ViewsUnavailable("数据库的磁盘满了，写不进去。请清出空间再试。")

    monkeypatch.setattr(Follower, "catch_up", away)
    result = run(app, "import", str(SAMPLE))
    assert result.exit_code == 0
    assert "写入 188 条记录" in result.output
    assert "已经记下，页面稍后更新" in result.output
    assert app.extensions["liandong"].ledger.store.head() == 188


def test_a_malformed_file_ends_with_line_and_reason(app: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_text('{"type": "PersonRegistered", "stream": "person/p", "data": {}}\n')
    result = run(app, "import", str(path))
    assert result.exit_code == 1
    assert "facts.jsonl 第 1 行：“PersonRegistered”缺少字段 data.name" in result.output
    assert "一条也没有写入" in result.output
    assert app.extensions["liandong"].ledger.store.head() == 0


def test_demo_names_whom_one_can_be(app: SimpleNamespace) -> None:
    words = ("demo", "--people", "40", "--activities", "12", "--months", "1", "--today", "2026-11-22")
    result = run(app, *words)
    assert result.exit_code == 0
    assert "social-worker03" in result.output
    assert "用试用打开这份数据" in result.output
    assert "新写入 0 条" in run(app, *words).output


def test_a_second_town_is_refused_with_a_hint(app: SimpleNamespace) -> None:
    run(app, "demo", "--people", "40", "--activities", "12", "--months", "1")
    result = run(app, "demo", "--people", "41", "--activities", "12", "--months", "1")
    assert result.exit_code == 1
    assert "DATA_DIR" in result.output
