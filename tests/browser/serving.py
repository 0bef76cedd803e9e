"""The application on a real port, for a real browser: `with served(app) as url`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress.server import create_server
from waitress.wasyncore import close_all


@contextmanager
def served(app: Flask, threads: int) -> Iterator[str]:
    """The address of the application on a free port. At the end the server's own thread closes its sockets: closed by another
    they would be gone while it waits for them.
    """
    channels: dict[int, Any] = {}
    listening = socket.create_server(("127.0.0.1", 0))
    server: Any = create_server(app, map=channels, sockets=[listening], threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(lambda: close_all(channels, ignore_all=True))
    thread.join(timeout=10)
    assert not thread.is_alive()
