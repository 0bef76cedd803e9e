"""Serving: where to listen, whom one can be, and the thread that follows what other processes write."""

from __future__ import annotations

import errno
import threading
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest

from ledger.store import StoreUnavailable
from tests.web.conftest import World
from web.serve import address, follow, serve, trusted, who_one_can_be


@pytest.mark.parametrize("port", ["abc", "-1", "0", "65536", "99999", "\uff18\uff10"])
def test_a_port_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(click.ClickException, match="不是端口"):
        address()


@pytest.mark.parametrize("told", ["one", "-1", "10", "1.5"])
def test_a_number_of_proxies_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", told)
    with pytest.raises(click.ClickException, match="不是层数"):
        trusted()


def test_an_empty_port_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("HOST", "")
    assert address() == ("127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "已经有程序在用"),
        (ValueError("Invalid host/port specified."), "Invalid host"),
    ],
)
def test_an_address_that_cannot_be_opened_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def create_server(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("web.serve.create_server", create_server)
    with pytest.raises(click.ClickException, match=words):
        serve(world.app, world.house)


def test_the_terminal_names_people_as_the_sign_in_page_does(world: World) -> None:
    assert who_one_can_be(world.house) == []
    world.house.cast = {"volunteer": "报一个名"}
    assert who_one_can_be(world.house)[1] == "  何小满　报一个名"


def test_a_log_that_cannot_be_read_for_a_moment_is_said_and_followed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr("web.serve.FOLLOW_SECONDS", 0)
    monkeypatch.setattr("web.logs.log", SimpleNamespace(error=lambda event, **line: said.append(line)))
    stop = threading.Event()

    def head() -> int:
        stop.set()
        raise StoreUnavailable("读写数据库文件出错（disk I/O error）。请检查磁盘。")

    store, follower = SimpleNamespace(head=head), SimpleNamespace(position=7, wait_for=lambda position: None)
    follow(cast(Any, SimpleNamespace(ledger=SimpleNamespace(store=store), follower=follower)), stop)
    assert (said[0]["position"], said[0]["why"]) == (7, "读写数据库文件出错（disk I/O error）。请检查磁盘。")
