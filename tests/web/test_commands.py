"""The house's commands: what rebuild, verify and web say, and the help."""

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

from app import console
from tests.web.test_admin_commands import create, run


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
    words = [sys.executable, "-c", program[1], "--app", f"{root}/app.py:console", "keys", "--help"]
    told = dict(os.environ, DATA_DIR=str(tmp_path), PYTHONPATH=str(root))
    said = subprocess.run(words, env=told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    assert said.startswith("用法： ./run keys [OPTIONS]")


def test_help_is_chinese_and_lists_our_own_commands_alone(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    program = re.search(r"python\" -c '([^']+)' --app", (root / "run").read_text())
    assert program
    words = [sys.executable, "-c", program[1], "--app", f"{root}/app.py:console", "--help"]
    told = dict(os.environ, DATA_DIR=str(tmp_path), PYTHONPATH=str(root))
    said = subprocess.run(words, env=told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    listed = re.findall(r"^  ([a-z-]+)  +\S", said.partition("命令:")[2], re.M)
    assert {"admin", "web", "import", "verify"} <= set(listed)
    assert not {"run", "shell", "routes"} & set(listed)


def typed(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str) -> Result:
    """What `./run WORDS` does with its data in this folder."""
    monkeypatch.setenv("DATA_DIR", str(folder))
    app = console()
    with app.app_context():
        done = app.test_cli_runner().invoke(args=words.split())
    if house := app.extensions.get("liandong"):
        app.extensions["accounts"].close()
        house.close()
    return done


@pytest.mark.parametrize(
    "words",
    [
        "amdin",
        "admin crate",
        "admin appoint p1",
        "admin create --nmae x",
        "admin create --help",
        "outbox retry",
        "--help",
    ],
)
def test_what_was_mistyped_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    done = typed(monkeypatch, tmp_path / "city", words)
    assert done.exit_code == (0 if "--help" in words else 2)
    assert not (tmp_path / "city").exists()


def test_what_was_typed_rightly_opens_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = typed(monkeypatch, tmp_path / "city", "admin create --organisation 望海市总工会 --name 王主任")
    assert "已建：望海市总工会" in done.output
    for words, said in (("organisations list", "望海市总工会"), ("outbox", "等着办 0"), ("verify", "一致")):
        done = typed(monkeypatch, tmp_path / "city", words)
        assert (done.exit_code, said in done.output) == (0, True), done.output
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    done = typed(monkeypatch, tmp_path / "elsewhere", "verify")
    assert done.exit_code == 1
    assert "没有办成：" in done.output


@pytest.mark.parametrize(
    "words",
    ["admin", "admin create", "admin appoint", "admin link", "keys", "keys rotate", "organisations", "organisations add",
     "figures", "verify", "rebuild", "web", "bench", "database"],
)  # fmt: skip
def test_the_help_of_a_command_says_in_chinese_what_it_is_for(tmp_path: Path, words: str) -> None:
    result, house = run(tmp_path, *words.split(), "--help")
    house.close()
    purpose = result.output.splitlines()[2]
    assert re.search(r"[\u4e00-\u9fff]", purpose)
    assert not re.search(r"\b(the|and|from|required)\b", result.output)


def test_whoever_starts_it_without_data_is_told_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.commands.serve", lambda *_: None)
    result, house = run(tmp_path, "web")
    house.close()
    assert "这里还是空的，先 ./run admin create" in result.output
    create(tmp_path, "望海市总工会", "王主任")[1].close()
    result, house = run(tmp_path, "web")
    house.close()
    assert (result.exit_code, result.output) == (0, "")
