"""The house's commands: what rebuild and verify say, and the first administrator."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from domain.people import RoleGranted
from web.house import House


def run(folder: Path, *words: str) -> tuple[Result, House]:
    """One command over the data in the folder, like `./run WORDS`."""
    app = create_app(folder, is_tryout=False)
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words)), app.extensions["liandong"]


def create(folder: Path, organisation: str, name: str) -> tuple[Result, House]:
    return run(folder, "admin", "create", "--organisation", organisation, "--name", name)


@pytest.mark.parametrize(("organisation", "name"), [("", ""), ("  ", "王主任"), ("望海市总工会", " ")])
def test_an_administrator_without_a_name_is_refused_and_nothing_written(
    tmp_path: Path, organisation: str, name: str
) -> None:
    result, house = create(tmp_path, organisation, name)
    assert result.exit_code == 1
    assert "都要写" in result.output
    assert house.ledger.store.head() == 0
    house.close()


def test_the_first_administrator_is_made_once(tmp_path: Path) -> None:
    result, house = create(tmp_path, " 望海市总工会 ", "王主任")
    assert "已建：望海市总工会，管理员 王主任" in result.output
    assert [r.event.role for r in house.ledger.replay() if isinstance(r.event, RoleGranted)] == ["administrator"]
    house.close()
    again, house = create(tmp_path, "另一个总工会", "李主任")
    assert again.exit_code == 1
    assert "已经有记录了" in again.output
    house.close()


def test_verify_and_rebuild_say_what_they_did(tmp_path: Path) -> None:
    create(tmp_path, "望海市总工会", "王主任")[1].close()
    for words, said in ((("verify",), "一致：4 条记录"), (("rebuild",), "4 条记录，已切换")):
        result, house = run(tmp_path, *words)
        assert result.exit_code == 0
        assert said in result.output
        house.close()
    result, house = run(tmp_path, "rebuild", "nothing")
    assert result.exit_code == 1
    assert "没有这个读模型：nothing" in result.output
    house.close()


def test_guards_that_are_missing_or_wrong_are_named_and_folded_again(tmp_path: Path) -> None:
    create(tmp_path, "望海市总工会", "王主任")[1].close()
    with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as log:
        log.execute("DELETE FROM guards WHERE tag LIKE 'person:%'")
        log.execute("UPDATE guards SET version = 7 WHERE tag LIKE 'organisation:%'")
    for words, exit_code, said in (
        (("verify",), 1, "./run rebuild --guards"),
        (("rebuild", "--guards"), 0, "写下 2 个不同的"),
        (("verify",), 0, "一致：4 条记录"),
    ):
        result, house = run(tmp_path, *words)
        assert (result.exit_code, said in result.output) == (exit_code, True), result.output
        house.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("importt",), "没有 'importt' 这个命令。"),
        (("demo", "--peopel", "3"), "没有 '--peopel' 这个选项。"),
        (("demo", "--people", "many"), "'--people' 填得不对：'many' 不是整数。"),
        (("demo", "--people", "3"), "3 超出范围 x>=30。"),
        (("demo", "--today", "soon"), "'soon' 不合 '%Y-%m-%d' 的写法。"),
        (("import",), "还缺 'FILE'"),
        (("import", "nowhere.jsonl"), "没有 'nowhere.jsonl'。"),
        (("import", ".", "."), "'.' 是文件夹，不是文件。"),
        (("verify", "all"), "多写了 all"),
    ],
)
def test_a_command_that_was_mistyped_is_answered_in_chinese(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    result, house = run(tmp_path, *words)
    house.close()
    assert result.exit_code == 2
    assert said in result.output
    assert not re.search(r"Usage|Try|Error|Invalid|Missing|No such|Got|is not", result.output)


def test_the_help_calls_the_command_as_it_was_typed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    program = re.search(r"python\" -c '([^']+)' --app", (root / "run").read_text())
    assert program, "what ./run starts"
    words = [sys.executable, "-c", program[1], "--app", str(root / "app.py"), "keys", "--help"]
    told = dict(os.environ, DATA_DIR=str(tmp_path), PYTHONPATH=str(root))
    said = subprocess.run(words, env=told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    assert said.startswith("用法： ./run keys [OPTIONS]")
