"""The operator's lines: one a request, the same id in and out, and never a name, an address or what somebody typed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ledger.store import StoreUnavailable
from tests.web.conftest import World
from web import logs


@pytest.fixture
def lines(world: World, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Any]:
    """Installs the log; called, it gives the lines since the last call."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.install(world.app, "json")
    yield lambda: [json.loads(line) for line in capfdbinary.readouterr().err.splitlines()]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, level


def test_a_request_leaves_one_line_with_the_role_and_not_the_name(world: World, lines: Any) -> None:
    answer = world.as_("owner").get("/activities?q=何小满")
    (line,) = lines()
    assert line.pop("at")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "endpoint": "activities.index",
        "status": 200,
        "role": "social_worker",
        "request": answer.headers["X-Request-ID"],
    }


def test_whoever_is_refused_can_be_found_by_their_number(world: World, lines: Any) -> None:
    browser = world.as_("volunteer")
    browser.get("/people/stranger")
    browser.get("/me/record")
    refused, taken = lines()
    assert (refused["status"], refused["who"]) == (404, "volunteer")
    assert "who" not in taken


@pytest.mark.parametrize("form", ["json", "text"])
def test_nobody_writes_a_line_of_their_own(
    world: World, lines: Any, capfdbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    logs.configure(form)
    for sign in ("\n", "\r", "\x1b[2J", "\u2028", "\u202e", "\x85"):
        logging.getLogger("waitress").warning("Bad request %s", f"x{sign}2026-11-22 info request status=200")
    said = capfdbinary.readouterr().err
    assert len(said.splitlines()) == len(said.decode().split("\n")) - 1 == 6
    assert b"\x1b" not in said
    assert form == "json" or "\u202e" not in said.decode()


def test_whoever_is_unknown_is_nobody(world: World, lines: Any) -> None:
    world.as_(None).get("/activities")
    assert lines()[0]["role"] == "nobody"


@pytest.mark.parametrize(("given", "is_kept"), [("proxy-1234.5", True), ("x", False), ("a b c d e f g", False)])
def test_an_id_of_the_proxy_is_kept_when_it_looks_like_one(world: World, lines: Any, given: str, is_kept: bool) -> None:
    answer = world.as_(None).get("/activities", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) == is_kept
    assert lines()[0]["request"] == answer.headers["X-Request-ID"]


def test_static_files_leave_no_line(world: World, lines: Any) -> None:
    world.as_(None).get("/static/tokens.css").close()
    assert lines() == []


def test_a_page_that_breaks_says_where_and_not_what_it_held(
    world: World, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    def index() -> str:
        try:
            raise KeyError("何小满")
        except KeyError as error:
            raise ValueError("person 何小满") from error

    monkeypatch.setitem(world.app.view_functions, "activities.index", index)
    answer = world.as_("owner").get("/activities?q=何小满")
    assert answer.status_code == 500
    broken, told = lines()
    assert broken["event"] == "broken"
    assert broken["error"] == "builtins.ValueError ← builtins.KeyError"
    assert any("index" in frame for frame in broken["where"])
    assert broken["request"] == told["request"] == answer.headers["X-Request-ID"]
    assert "person" not in json.dumps(broken | {"where": []}, ensure_ascii=False)


def test_what_libraries_log_goes_the_same_way(world: World, lines: Any) -> None:
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 3)
    try:
        raise ValueError("何小满")
    except ValueError:
        logging.getLogger("gunicorn.error").exception("Error handling request %s", "/people?q=何小满")
    depth, error = lines()
    assert (depth["event"], depth["source"]) == ("Task queue depth is 3", "waitress.queue")
    assert error["event"] == "Error handling request %s"
    assert error["error"] == "builtins.ValueError"


def test_lines_for_eyes_are_plain(world: World, lines: Any, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("text")
    world.as_("owner").get("/activities")
    said = capfdbinary.readouterr().err.decode()
    assert "info request method=GET endpoint=activities.index status=200" in said


def test_a_database_that_does_not_answer_is_said_in_its_own_words(
    world: World, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Any:
        raise StoreUnavailable("数据库的磁盘满了，写不进去。请清出空间再试。")

    monkeypatch.setattr("web.activities.find", away)
    assert world.as_("owner").get("/activities").status_code == 503
    said, told = lines()
    assert (said["event"], said["why"]) == ("unavailable", "数据库的磁盘满了，写不进去。请清出空间再试。")
    assert told["status"] == 503
