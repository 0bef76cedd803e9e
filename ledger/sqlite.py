"""The log in SQLite: the library's recorder with explicit positions, full synchronisation and readers of their own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from eventsourcing import sqlite as library
from eventsourcing.persistence import Notification

from ledger.store import Answer, Entry, Stored, StoredGuard
from ledger.troubles import told

_COLUMNS = "position, originator_id, originator_version, topic, state"
LOCK_SECONDS = 10
CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log (16 MB) before they move into the file: pages written again meanwhile move once."""
LAST = 1 << 62
"""A position that no log reaches."""
_encode = msgspec.json.Encoder().encode


class SQLiteLog(library.SQLiteApplicationRecorder):
    """The library's recorder over a table with explicit positions, so that they survive VACUUM and are never used twice."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.insert_events_statement = (
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
        )
        self._local = threading.local()
        self._writer: sqlite3.Connection | None = None

    def construct_create_table_statements(self) -> list[str]:
        """The log, the guards and the answered commands."""
        return [
            "CREATE TABLE IF NOT EXISTS stored_events (originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, "
            "topic TEXT NOT NULL, state BLOB NOT NULL, position INTEGER PRIMARY KEY AUTOINCREMENT, "
            "UNIQUE (originator_id, originator_version))",
            "CREATE TABLE IF NOT EXISTS guards (tag TEXT PRIMARY KEY, version INTEGER NOT NULL, state BLOB NOT NULL) "
            "WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS answers (command TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) "
            "WITHOUT ROWID",
            *(
                f"CREATE TRIGGER IF NOT EXISTS log_no_{verb} BEFORE {verb} ON stored_events "
                "BEGIN SELECT RAISE(ABORT, 'the log only grows'); END"
                for verb in ("UPDATE", "DELETE")
            ),
        ]

    def connect(self) -> sqlite3.Connection:
        """A new connection, outside the library's pool, in which a waiting writer would block every reader."""
        connection = sqlite3.connect(
            self.datastore.pool.db_name, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        return connection

    @contextmanager
    def write(self) -> Iterator[SQLiteTransaction]:
        """Take the write lock; callers within one process queue outside (see `execute.py`). Raises StoreUnavailable."""
        with told():
            if self._writer is None:
                self._writer = self.connect()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SQLiteTransaction(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                # A failed COMMIT on a full disk may already have rolled back.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Stored]:
        with told():
            return [Stored(*row) for row in self._read(f"SELECT {_COLUMNS} FROM stored_events {sql}", values)]

    def _read(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Run a query on this thread's own connection."""
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self.connect()
        return reader.execute(sql, values)

    def read(self, after: int, limit: int, until: int | None = None) -> list[Stored]:
        """Events behind position `after`, at most `limit`, none behind `until`."""
        last = until if until is not None else LAST
        return self._rows("WHERE position > ? AND position <= ? ORDER BY position LIMIT ?", (after, last, limit))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The library's way to read the log; its own statement finds no column `rowid` where that has a name."""
        first = 0 if start is None else start + (not inclusive_of_start)
        where = "WHERE position BETWEEN ? AND ?"
        if topics:
            where += f" AND topic IN ({','.join('?' * len(topics))})"
        rows = self._rows(f"{where} ORDER BY position LIMIT ?", (first, LAST if stop is None else stop, *topics, limit))
        return [Notification(row.stream, row.version, row.topic, row.state, row.position) for row in rows]

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """The events at these positions, in order."""
        found: list[Stored] = []
        for start in range(0, len(positions), 500):
            some = positions[start : start + 500]
            found += self._rows(f"WHERE position IN ({','.join('?' * len(some))})", some)
        return sorted(found)

    def stream(self, stream: str, until: int | None = None) -> list[Stored]:
        """All events of one stream, in order."""
        last = until if until is not None else LAST
        return self._rows("WHERE originator_id = ? AND position <= ? ORDER BY originator_version", (stream, last))

    def head(self) -> int:
        """The position of the last event, 0 for an empty log."""
        rows = self._rows("ORDER BY position DESC LIMIT 1", ())
        return rows[0].position if rows else 0

    def guard(self, tag: str) -> StoredGuard | None:
        """The stored guard of this tag as it was committed last."""
        with told():
            found: StoredGuard | None = self._read("SELECT * FROM guards WHERE tag = ?", (tag,)).fetchone()
        return found

    def all_guards(self) -> Iterator[StoredGuard]:
        """Every stored guard, by tag."""
        connection = self.connect()
        try:
            yield from connection.execute("SELECT tag, version, state FROM guards ORDER BY tag")
        finally:
            connection.close()

    def close(self) -> None:
        """Close the writer; readers close with their threads."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class SQLiteTransaction:
    """The write lock of SQLite, held."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _among(self, table: str, column: str, values: Sequence[str]) -> list[Any]:
        # One statement for any number of values stays prepared; the order of CROSS JOIN makes it look each of them up.
        some = f"SELECT {table}.* FROM json_each(?) CROSS JOIN {table} ON {column} = value"
        return self._connection.execute(some, (_encode(values).decode(),)).fetchall()

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[StoredGuard]]:
        """The commands among these that were answered before, and the stored guards among these tags."""
        return [Answer(*row) for row in self._among("answers", "command", commands)], self.guards(tags)

    def guards(self, tags: Sequence[str]) -> list[StoredGuard]:
        """The stored guards among these tags."""
        return self._among("guards", "tag", tags)

    def append(self, events: Sequence[Entry]) -> int:
        """Append events in order; the position of the first."""
        last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stored_events'").fetchone()
        first = (last[0] if last else 0) + 1
        self._connection.executemany(
            f"INSERT INTO stored_events ({_COLUMNS}) VALUES (?,?,?,?,?)",
            [(position, *event) for position, event in enumerate(events, first)],
        )
        return int(first)

    def save(self, guards: Sequence[StoredGuard], answers: Sequence[Answer]) -> None:
        """Write changed guards and new answers."""
        self._connection.executemany("INSERT OR REPLACE INTO guards VALUES (?,?,?)", guards)
        self._connection.executemany("INSERT INTO answers VALUES (?,?,?)", answers)


class Factory(library.SQLiteFactory):
    """Lets the library build our recorder: `PERSISTENCE_MODULE=ledger.sqlite`."""

    application_recorder_class = SQLiteLog
