"""Gunicorn as the application runs it, around our try-out or around the floor: `python -m bench.processes ours 2`."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psycopg_pool
from flask import Flask, request

from app import create_app
from bench import server
from ledger.place import Place
from web.processes import Processes


class Measured(Processes):
    """The same server with an application to measure."""

    def __init__(self, kind: str, workers: int) -> None:
        self._kind = kind
        super().__init__(workers)

    def load_config(self) -> None:
        """As it is, and without our hooks around an application that is not ours."""
        super().load_config()
        if self._kind == "floor":
            self.cfg.set("post_worker_init", lambda _worker: None)
            self.cfg.set("worker_exit", lambda _arbiter, _worker: None)

    def load(self) -> Any:
        """Made in the process that serves it."""
        if self._kind == "floor":
            return floor()
        app = create_app(Place.of_environment(Path(os.environ["DATA_DIR"])), is_tryout=True)
        app.extensions["liandong"].cast = server.CAST
        return app


@cache
def pool() -> psycopg_pool.ConnectionPool:
    """Connections of this process."""
    return psycopg_pool.ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True)


def floor() -> Flask:
    """An application that writes one row a request."""
    app = Flask("floor")

    @app.get("/")
    def page() -> str:
        return ""

    @app.post("/")
    def write() -> str:
        with pool().connection() as connection:
            row = (request.form["slot"], request.form["person"])
            connection.execute("INSERT INTO floor (slot, person) VALUES (%s, %s)", row)
        return ""

    return app


if __name__ == "__main__":
    Measured(sys.argv[1], int(sys.argv[2])).run()
