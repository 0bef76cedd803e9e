"""A server to measure: our application over a folder, or one empty page; both under waitress, telling their CPU time.

`python -m bench.server ours FOLDER`, `… clear FOLDER` (nothing is encrypted) or `… empty`; prints the port. `/cpu` answers
with the seconds of processor time that the process has used so far.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from waitress.server import create_server

from app import create_app
from web.house import House

THREADS = 4
CAST = {"worker01": "社工"}
"""Somebody to pick, so that there is a form to sign in with."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def empty() -> Flask:
    """An application with one page that says nothing."""
    app = Flask("empty")
    app.add_url_rule("/", "page", lambda: "")
    return app


def ours(folder: Path, *, clear: bool = False) -> Flask:
    """The try-out over this folder, where one signs in by picking a person."""
    app = create_app(folder, is_tryout=True)
    house: House = app.extensions["liandong"]
    house.cast = CAST
    if clear:
        house.ledger.codec.keys = None
    return app


def timed(app: Wsgi) -> Wsgi:
    """The application, and beside it `/cpu`."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/cpu":
            return app(environ, start_response)
        text = repr(time.process_time()).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
        return [text]

    return answer


def main(kind: str, *folder: str) -> None:
    """Serve on a free port of this machine until killed."""
    app = empty() if kind == "empty" else ours(Path(*folder), clear=kind == "clear")
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    create_server(timed(app.wsgi_app), sockets=[listening], threads=THREADS).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
