"""Where read models are kept: one SQLite file beside the log, with its own writer and as many readers as there are threads."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.pool import StaticPool

LOCK_SECONDS = 10
"""How long a page waits for its turn to write before it says that it cannot."""
TROUBLES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
})  # fmt: skip
"""What SQLite answers when something is wrong with the file; all else is wrong with the statement."""


class ViewsUnavailable(Exception):
    """The read models can be neither read nor written now (file busy, full disk, not writable). The log is another file:
    what was written there is written.
    """


_own = MetaData()
positions = Table(
    "positions",
    _own,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("generation", Integer, nullable=False, default=1),
)


class Views:
    """The database of the read models. Everything in it can be thrown away and built again."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the file; without a path it lives in memory and belongs to one thread."""
        self._path = path
        self.engine: Engine = create_engine(
            f"sqlite:///{path}" if path else "sqlite://",
            isolation_level="AUTOCOMMIT",
            connect_args={"check_same_thread": False, "timeout": LOCK_SECONDS},
            **({"pool_size": 40} if path else {"poolclass": StaticPool}),
        )
        event.listen(self.engine, "connect", prepare)
        event.listen(self.engine, "handle_error", translate)
        _own.create_all(self.engine)

    def read(self) -> Connection:
        """A connection for queries; use it as a context manager. It and its queries raise ViewsUnavailable."""
        return self.engine.connect()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The write lock: rows and positions that change within commit together or not at all. Raises ViewsUnavailable."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]  # SQLite's own
                    connection.exec_driver_sql("ROLLBACK")
                raise

    @contextmanager
    def building(self) -> Iterator[None]:
        """One process at a time builds read models anew; the system frees the lock of one that was killed."""
        if self._path is None:
            yield
            return
        with self._path.with_name(f"{self._path.name}.building").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def prepare(connection: Any, _record: Any) -> None:
    """Settings of each SQLite connection. NORMAL is enough: what a power cut takes is folded again from the log."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-16000")


def translate(context: ExceptionContext) -> None:
    """Raise ViewsUnavailable for what is wrong with the file, wherever it shows: connecting, querying, committing."""
    error = context.original_exception
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in TROUBLES:
        raise ViewsUnavailable(str(error)) from error
