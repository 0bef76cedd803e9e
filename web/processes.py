"""Several processes: gunicorn with threads. Each makes the application, and opens databases, after it was forked.

`python -m web.processes 4` serves four processes on HOST:PORT; `./run web --workers 4` becomes this program.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import util  # type: ignore[import-untyped]  # publishes no types
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client.multiprocess import mark_process_dead

from web import logs
from web.metrics import FOLDER
from web.serve import LAST_SECONDS, address, begin, end

THREADS = 16
"""Threads of each process. A process is bound by Python to one core; the threads wait for the database."""
AGAIN_SECONDS = 10


class Words(Logger):  # type: ignore[misc]  # untyped
    """What gunicorn says goes where everything goes."""

    def setup(self, cfg: Any) -> None:
        """Take the application's lines for gunicorn's own."""
        logs.configure(os.environ.get("LOG_FORMAT") or "json")
        self.error_log.setLevel("INFO")
        self.error_log.propagate = True


class Processes(BaseApplication):  # type: ignore[misc]  # untyped
    """The server as gunicorn wants it."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        super().__init__()

    def load_config(self) -> None:
        """Everything that gunicorn is told."""
        host, port = address()
        chosen: dict[str, Any] = {
            "bind": f"{f'[{host}]' if ':' in host else host}:{port}",
            "workers": self._workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": LAST_SECONDS,
            "timeout": 120,  # seconds until a process that does not start or breathe is replaced
            "keepalive": 5,
            "forwarded_allow_ips": "",  # ProxyFix alone decides whom to believe
            "control_socket_disable": True,
            "logger_class": Words,
            "proc_name": "liandong",
            "post_worker_init": started,
            "worker_exit": ended,
            "child_exit": buried,
            "on_exit": swept,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in the process that serves it."""
        return util.import_app("app:create_app()")


def started(worker: Any) -> None:
    """A process has its application: begin, and stop the streams when the process is told to stop.

    One that found no data tells so to whoever asks, and makes place for another process, which tries again.
    """
    app: Flask = worker.wsgi
    stop = threading.Event()
    if "liandong" in app.extensions:
        app.extensions["stop"] = stop = begin(app, THREADS)
    else:
        logs.log.error("no data", again=AGAIN_SECONDS)
        threading.Timer(AGAIN_SECONDS, setattr, (worker, "alive", False)).start()
    threading.Thread(target=watch, args=(worker, stop), daemon=True, name="watch").start()


def watch(worker: Any, stop: threading.Event) -> None:
    """Gunicorn tells nobody that a process is to stop; it only lets go."""
    while worker.alive and not stop.wait(0.5):
        pass
    stop.set()


def ended(_arbiter: Any, worker: Any) -> None:
    """A process has answered its last request."""
    app: Flask | None = worker.wsgi
    if app is not None and "stop" in app.extensions:
        end(app.extensions["liandong"], app.extensions["stop"])


def buried(_arbiter: Any, worker: Any) -> None:
    """A process is gone: so are its figures of the moment."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library's own


def swept(_arbiter: Any) -> None:
    """The server is gone: so is the folder of figures."""
    shutil.rmtree(Path(os.environ[FOLDER]), ignore_errors=True)


if __name__ == "__main__":
    Processes(int(sys.argv[1])).run()
