"""Requests that leave the house go where they say and nowhere else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, redirect
from werkzeug.serving import make_server

from web.outgoing import MOST, NotThere, Outside, Unreachable


@pytest.fixture
def engine() -> str:
    """These requests know nothing of engines."""
    return "sqlite"


@pytest.fixture
def there() -> Iterator[str]:
    """A server on this machine."""
    app = Flask(__name__)
    app.add_url_rule("/moved", "moved", lambda: redirect("http://169.254.169.254/"))
    app.add_url_rule("/long", "long", lambda: "x" * (MOST + 1))
    app.add_url_rule("/text", "text", lambda: "[1]")
    app.add_url_rule("/object", "object", lambda: {"a": 1})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_is_an_object_and_no_redirect_is_followed(there: str) -> None:
    outside = Outside(loopback=True)
    assert outside.ask(f"{there}/object") == (200, {"a": 1})
    assert outside.ask(f"{there}/text") == (200, {})
    assert outside.ask(f"{there}/moved").status == 302
    with pytest.raises(Unreachable):
        outside.ask(f"{there}/long")


@pytest.mark.parametrize(
    "url",
    ["http://example.org", "file:///etc/passwd", "https://", "https://a:b@example.org", "https://example.org/#x",
     "https://例.example", "https://example.org:99999", "https://example.org/a b"],
)  # fmt: skip
def test_an_address_that_is_none_of_ours_to_ask_is_refused(url: str) -> None:
    with pytest.raises(NotThere):
        Outside().ask(url)


@pytest.mark.parametrize(
    ("address", "at_all", "private"),
    [
        ("93.184.216.34", True, True), ("2606:2800:220:1:248:1893:25c8:1946", True, True), ("10.1.2.3", False, True),
        ("192.168.0.1", False, True), ("fd00::1", False, True), ("100.64.0.1", False, True), ("127.0.0.1", False, False),
        ("::1", False, False), ("::ffff:127.0.0.1", False, False), ("169.254.169.254", False, False),
        ("fe80::1%eth0", False, False), ("0.0.0.0", False, False), ("224.0.0.1", False, False),
        ("::ffff:10.1.2.3", False, True),
    ],
)  # fmt: skip
def test_where_a_request_may_go(address: str, at_all: bool, private: bool) -> None:
    assert (Outside().is_open(address), Outside(private=True).is_open(address)) == (at_all, private)


def test_a_name_that_leads_inside_even_once_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(NotThere):
        Outside().ask("https://rebinding.example")


def test_a_certificate_must_hold(there: str) -> None:
    with pytest.raises(Unreachable):
        Outside(loopback=True).ask(there.replace("http://", "https://"))
