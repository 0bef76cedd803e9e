"""The thread that follows what other processes write."""

from __future__ import annotations

import sqlite3
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from web.serve import follow


def test_a_log_that_cannot_be_read_for_a_moment_is_said_and_followed_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("web.serve.FOLLOW_SECONDS", 0)
    stop = threading.Event()

    def head() -> int:
        stop.set()
        raise sqlite3.OperationalError("disk I/O error")

    store, follower = SimpleNamespace(head=head), SimpleNamespace(position=7, wait_for=lambda position: None)
    follow(cast(Any, SimpleNamespace(ledger=SimpleNamespace(store=store), follower=follower)), stop)
    assert "第 7 条：disk I/O error" in capsys.readouterr().err
