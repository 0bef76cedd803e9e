"""How far a rebuild of read models is, written down beside them, so that whoever looks sees it from any process."""

from __future__ import annotations

import time
from types import TracebackType
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Float, MetaData, Table, Text, insert, inspect, select
from sqlalchemy.engine import Connection

from ledger.database import Database

EVERY = 0.5
"""Seconds between two notes of one rebuild."""
FORGOTTEN = 60
"""Seconds after which a rebuild that says nothing has died."""
building = Table(
    "building",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("at", Float, nullable=False),  # seconds since 1970
)


class Building(NamedTuple):
    """A rebuild that goes on: events folded, and how many there were when it began."""

    done: int
    total: int


class Told:
    """`with Told(views, head) as progress: follower.rebuild(…, progress)` writes down how far it is; at its end, nothing."""

    def __init__(self, views: Database, total: int) -> None:
        self._views, self._total = views, total
        self._done, self._told = 0, 0.0

    def __enter__(self) -> Told:
        with self._views.write() as connection:
            building.create(connection, checkfirst=True)
        return self

    def __call__(self, count: int) -> None:
        """So many events more."""
        self._done += count
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._write()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._views.write() as connection:
            connection.execute(building.delete())

    def _write(self) -> None:
        row = {"name": "rebuild", "done": self._done, "total": self._total, "at": time.time()}
        with self._views.write() as connection:
            connection.execute(building.delete())
            connection.execute(insert(building).values(row))


def going_on(connection: Connection) -> Building | None:
    """The rebuild that goes on in some process, if any."""
    if not inspect(connection).has_table(building.name):
        return None
    row = connection.execute(select(building)).first()
    return Building(row.done, row.total) if row and time.time() - row.at < FORGOTTEN else None
