"""Overwriting what a database has deleted but still has somewhere: free pages, dead rows, its write-ahead log."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy.engine import Connection

from ledger.database import LOCK_SECONDS, Database


class NotScrubbed(Exception):
    """Somebody reads on from before the deletion, so its traces are still needed; do it again later."""


def scrub(database: Database, tables: Iterable[str]) -> None:
    """Write these tables anew (of SQLite: the whole file) and empty SQLite's write-ahead log. Raises NotScrubbed.

    PostgreSQL's own write-ahead log keeps its segments until they are reused; that is for its operator.
    """
    with database.read() as connection:
        if database.is_postgresql:
            connection.exec_driver_sql("SET lock_timeout = '10s'")
            for table in tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            connection.invalidate()
        elif not database.is_in_memory:
            connection.exec_driver_sql("VACUUM")
            empty_wal(connection)


def empty_wal(connection: Connection) -> None:
    """Move everything out of SQLite's write-ahead log and cut it to nothing. Raises NotScrubbed."""
    give_up = time.monotonic() + LOCK_SECONDS
    while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
        if time.monotonic() > give_up:
            raise NotScrubbed("有人一直在读，旧数据还擦不掉。请稍后再试。")
        time.sleep(0.05)
