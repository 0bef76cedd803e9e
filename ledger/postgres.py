"""The log in PostgreSQL: the library's recorder, with guards beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

import psycopg
from eventsourcing import postgres as library
from eventsourcing.persistence import BaseInfrastructureFactory, StoredEvent
from eventsourcing.utils import EnvType
from psycopg.rows import DictRow, dict_row, tuple_row

from ledger.database import LOCK_SECONDS, Database
from ledger.postgres_writing import GUARDS, PostgresTransaction
from ledger.store import Entry, Stored, StoredGuard
from ledger.troubles import Uncertain, is_gone, told, trouble

_EVENTS = "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
_LOCK = b"BEGIN; LOCK TABLE stored_events IN EXCLUSIVE MODE"


class Datastore(library.PostgresDatastore):
    """Lends the library connections of our database: a pool of its own would not survive a fork."""

    def __init__(self, database: Database) -> None:
        super().__init__("", "", "", "", "", lock_timeout=LOCK_SECONDS, originator_id_type="text")
        self.database = database

    def register_type_adapters(self) -> None:
        """No composite type is needed: events are written in our own way."""

    @contextmanager
    def get_connection(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection whose rows are dictionaries, as the library reads them."""
        with self.database.read() as connection:
            driver: Any = connection.connection.driver_connection
            driver.row_factory = dict_row
            try:
                yield driver
            finally:
                driver.row_factory = tuple_row

    def close(self) -> None:
        """Close every connection."""
        if "database" in vars(self):
            self.database.close()


class PostgresLog(library.PostgresApplicationRecorder):
    """The library's recorder over its own table, written under its own lock, so that no reader misses an event.

    Positions are the library's notification ids: they only grow, and a transaction that failed may leave a gap. The tables
    are made by `./run database prepare` (see `preparing.py`), never by whoever only writes.
    """

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore, events_table_name="stored_events")
        self.database = datastore.database
        self._writer: psycopg.Connection[tuple[Any, ...]] | None = None
        self._process = 0

    @contextmanager
    def write(self) -> Iterator[PostgresTransaction]:
        """Take the write lock; callers within one process queue outside (see `execute.py`). Raises DatabaseUnavailable."""
        transaction = None
        try:
            transaction = PostgresTransaction(self._locked())
            yield transaction
            transaction.commit()
        except BaseException as error:
            is_lost = self._give_up(error)
            if is_lost and transaction is not None and transaction.is_sent:
                raise Uncertain from error
            if why := trouble(error):
                raise why from error
            raise

    def _give_up(self, error: BaseException) -> bool:
        """Undo what was begun; whether the connection is lost, so that the next write opens another."""
        if self._writer is None:
            return False
        with suppress(psycopg.Error):
            self._writer.rollback()
        if not is_gone(error, self._writer):
            return False
        self._writer.close()
        self._writer = None
        return True

    def _locked(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The writer's connection with the lock; a connection that broke while nobody used it is opened again."""
        if self._writer is not None and self._process == os.getpid():
            try:
                self._writer.execute(_LOCK, prepare=False)
                return self._writer
            except psycopg.OperationalError as error:
                if not self._give_up(error):
                    raise
        self._writer, self._process = self.database.connect(), os.getpid()
        self._writer.execute(_LOCK, prepare=False)
        return self._writer

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The library's way to write; it goes through the same lock."""
        with self.write() as transaction:
            first = transaction.append([as_entry(event) for event in stored_events])
        return range(first, first + len(stored_events))

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Stored]:
        with self.database.read() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            with told():
                rows = driver.cursor(binary=True).execute(f"{_EVENTS} {sql}".encode(), values).fetchall()
        return [Stored(*row) for row in rows]

    def read(self, after: int, limit: int, until: int | None = None) -> list[Stored]:
        """Events behind position `after`, at most `limit`, none behind `until`."""
        if until is None:
            return self._rows("WHERE notification_id > %s ORDER BY notification_id LIMIT %s", (after, limit))
        some = "WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s"
        return self._rows(some, (after, until, limit))

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """The events at these positions, in order."""
        return self._rows("WHERE notification_id = ANY(%s::bigint[]) ORDER BY notification_id", (list(positions),))

    def stream(self, stream: str, until: int | None = None) -> list[Stored]:
        """All events of one stream, in order."""
        of_stream = (
            "WHERE originator_id = %s AND (%s::bigint IS NULL OR notification_id <= %s) ORDER BY originator_version"
        )
        return self._rows(of_stream, (stream, until, until))

    def head(self) -> int:
        """The position of the last event, 0 for an empty log."""
        with self.database.read() as connection:
            return connection.exec_driver_sql("SELECT max(notification_id) FROM stored_events").scalar() or 0

    def guard(self, tag: str) -> StoredGuard | None:
        """The stored guard of this tag as it was committed last."""
        with self.database.read() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            with told():
                return driver.cursor(binary=True).execute(GUARDS, ([tag],)).fetchone()

    def all_guards(self) -> Iterator[StoredGuard]:
        """Every stored guard, by tag."""
        with self.database.read() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            yield from driver.cursor(binary=True).stream("SELECT tag, version, state FROM guards ORDER BY tag")

    def close(self) -> None:
        """Close every connection."""
        if self._writer is not None and self._process == os.getpid():
            self._writer.close()
        self._writer = None
        self.database.close()


def as_entry(event: StoredEvent) -> Entry:
    """What the library wants to have appended, as we append it."""
    return Entry(str(event.originator_id), event.originator_version, event.topic, event.state)


class Factory(library.PostgresFactory):
    """Lets the library build our recorder: `PERSISTENCE_MODULE=ledger.postgres` and a DATABASE_URL."""

    def __init__(self, env: EnvType | None) -> None:
        BaseInfrastructureFactory.__init__(self, env)
        self.datastore = Datastore(Database(self.env["DATABASE_URL"], "log"))

    def application_recorder(self) -> PostgresLog:
        """Our recorder; the tables are there already."""
        return PostgresLog(cast(Datastore, self.datastore))
