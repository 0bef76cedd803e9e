"""The log in PostgreSQL: the library's recorder, with guards beside it and one statement for all that a group writes."""

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
from ledger.store import Answer, Entry, Stored
from ledger.troubles import Uncertain, is_gone, told, trouble

Guard = tuple[str, int, bytes]
_EVENTS = "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
_LOCK = b"BEGIN; LOCK TABLE stored_events IN EXCLUSIVE MODE"
_GUARDS = "SELECT tag, version, state FROM guards WHERE tag = ANY(%s)"
_LOOK_UP = (
    "SELECT 0, NULL::text, last_value - 1 + is_called::int, NULL::bigint, NULL::bytea FROM stored_events_notification_id_seq "
    "UNION ALL SELECT 1, command, first, last, NULL FROM answers WHERE command = ANY(%s) "
    "UNION ALL SELECT 2, tag, version, NULL, state FROM guards WHERE tag = ANY(%s)"
)
_WRITE = """
WITH events AS (
    INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
    SELECT stream, version, topic, state, %s + number
    FROM unnest(%b::text[], %s::bigint[], %b::text[], %b::bytea[]) WITH ORDINALITY AS e(stream, version, topic, state, number)
), changed AS (
    INSERT INTO guards (tag, version, state) SELECT * FROM unnest(%b::text[], %s::bigint[], %b::bytea[])
    ON CONFLICT (tag) DO UPDATE SET version = excluded.version, state = excluded.state
), answered AS (
    INSERT INTO answers (command, first, last) SELECT * FROM unnest(%b::text[], %s::bigint[], %s::bigint[])
)
SELECT setval('stored_events_notification_id_seq', %s, %s), pg_notify('stored_events', '')
"""


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

    def guard(self, tag: str) -> Guard | None:
        """The stored guard of this tag as it was committed last."""
        with self.database.read() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            with told():
                return driver.cursor(binary=True).execute(_GUARDS, ([tag],)).fetchone()

    def all_guards(self) -> Iterator[Guard]:
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


class PostgresTransaction:
    """The write lock of PostgreSQL, held. What is written goes to the server once, together with the commit."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._last: int | None = None
        self._events: list[Entry] = []
        self._guards: list[Guard] = []
        self._answers: list[Answer] = []
        self.is_sent = False
        """Whether the commit was sent; from then on a lost connection leaves open what became of it."""

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[Guard]]:
        """The commands among these that were answered before, and the stored guards among these tags."""
        cursor = self._connection.cursor(binary=True)
        answers, guards = [], []
        for kind, name, number, last, state in cursor.execute(_LOOK_UP, (list(commands), list(tags)), prepare=True):
            if kind == 2:
                guards.append((name, number, state))
            elif kind == 1:
                answers.append(Answer(name, number, last))
            else:
                self._last = number
        return answers, guards

    def guards(self, tags: Sequence[str]) -> list[Guard]:
        """The stored guards among these tags."""
        return self._connection.cursor(binary=True).execute(_GUARDS, (list(tags),), prepare=True).fetchall()

    def append(self, events: Sequence[Entry]) -> int:
        """Append events in order; the position of the first."""
        if self._last is None:
            self.look_up((), ())
        first = cast(int, self._last) + 1 + len(self._events)
        self._events += events
        return first

    def save(self, guards: Sequence[Guard], answers: Sequence[Answer]) -> None:
        """Write changed guards and new answers."""
        self._guards += guards
        self._answers += answers

    def commit(self) -> None:
        """Send everything and the commit in one go, and wait until it is on the disk."""
        with self._connection.pipeline() as pipeline:
            if self._events or self._guards or self._answers:
                self._connection.execute(_WRITE, self._values(), prepare=True)
            self.is_sent = True
            self._connection.execute("COMMIT")
            pipeline.sync()

    def _values(self) -> list[Any]:
        last = self._last if self._last is not None else self.append(()) - 1
        events, guards, answers = self._events, self._guards, self._answers
        return [
            last,
            [event.stream for event in events],
            [event.version for event in events],
            [event.topic for event in events],
            [event.state for event in events],
            [tag for tag, _, _ in guards],
            [version for _, version, _ in guards],
            [state for _, _, state in guards],
            [answer.command for answer in answers],
            [answer.first for answer in answers],
            [answer.last for answer in answers],
            max(last + len(events), 1),
            last + len(events) > 0,
        ]


class Factory(library.PostgresFactory):
    """Lets the library build our recorder: `PERSISTENCE_MODULE=ledger.postgres` and a DATABASE_URL."""

    def __init__(self, env: EnvType | None) -> None:
        BaseInfrastructureFactory.__init__(self, env)
        self.datastore = Datastore(Database(self.env["DATABASE_URL"], "log"))

    def application_recorder(self) -> PostgresLog:
        """Our recorder; the tables are there already."""
        return PostgresLog(cast(Datastore, self.datastore))
