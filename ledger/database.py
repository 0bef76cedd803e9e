"""A database by its URL, SQLite or PostgreSQL: connections that read, and the lock under which one at a time writes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import NumericLoader
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.pool import StaticPool

from ledger.address import Where, address
from ledger.alive import is_there, still_there
from ledger.owned import own
from ledger.troubles import DatabaseUnavailable, is_gone, trouble

LOCK_SECONDS = 10
STATEMENT_SECONDS = 60
MOST_CONNECTIONS = 40
"""More than a process has threads: nobody waits for a connection."""
MOST_IDLE = 16
"""More than pages are made at once; the rest of the connections is there for everybody."""
CONNECTING = {"connect_timeout": 5, "application_name": "liandong", "tcp_user_timeout": 30_000}
"""How we connect to PostgreSQL where the address says nothing else: seconds, a name, milliseconds."""


class Database:
    """`Database("postgresql://…")`, `Database(path)`; connections are opened when first asked for, in each process its own.

    `read()` gives a connection in which every statement stands for itself. `write()` holds the write lock named `lock`:
    what happens within commits together or not at all. Raises DatabaseUnavailable with a sentence for people.
    """

    unavailable: type[DatabaseUnavailable] = DatabaseUnavailable

    def __init__(self, where: Where, lock: str = "liandong", *, is_derived: bool = False) -> None:
        """`is_derived`: what it holds can be derived again, so a commit need not wait for the disk."""
        self.url = address(where)
        self.is_postgresql = self.url.get_backend_name() == "postgresql"
        self.is_in_memory = not self.is_postgresql and not self.url.database
        self._lock, self._is_derived = crc32(lock.encode()), is_derived
        self.losses = 0
        """How often a connection turned out to be broken; what need not reach the disk may be lost with it."""
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._idle: list[Connection] = []
        self._process = 0

    @property
    def engine(self) -> Engine:
        """The pool of this process; a connection that a parent process opened is not ours to use."""
        if self._engine is None or self._process != os.getpid():
            with self._opening:
                if self._engine is None or self._process != os.getpid():
                    if self._engine is not None:
                        self._idle.clear()
                        self._engine.dispose(close=False)
                    self._engine, self._process = self._open(), os.getpid()
        return self._engine

    def _open(self) -> Engine:
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": LOCK_SECONDS}}
        if self.is_postgresql:
            ours = {name: value for name, value in CONNECTING.items() if name not in self.url.query}
            options = {"connect_args": ours, "use_native_hstore": False}
        if self.is_in_memory:
            options["poolclass"] = StaticPool
        else:
            # A server needs milliseconds for a new connection, so those that all threads of a process use stay open.
            kept = MOST_CONNECTIONS // 2 if self.is_postgresql else MOST_CONNECTIONS
            # The one used last is used next: its statements are prepared, and what it read is at hand.
            options |= {"pool_size": kept, "max_overflow": MOST_CONNECTIONS - kept, "pool_use_lifo": True}
        if not self.is_postgresql and not self.is_in_memory:
            own(Path(str(self.url.database)))
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", **options)
        if self.is_postgresql:
            engine.dialect.is_disconnect = is_gone  # type: ignore[assignment, method-assign]  # psycopg tells it a moment too late
            event.listen(engine, "checkout", still_there)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "handle_error", self._say, retval=True)
        event.listen(engine, "invalidate", self._lost)
        return engine

    def _prepare(self, connection: Any, _record: Any) -> None:
        """Settings of each connection."""
        if self.is_postgresql:
            connection.adapters.register_loader("numeric", Whole)
            connection.execute(settings(is_derived=self._is_derived))
        else:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'NORMAL' if self._is_derived else 'FULL'}")
            connection.execute("PRAGMA cache_size=-16000")
            connection.execute("PRAGMA secure_delete=ON")

    def _say(self, context: ExceptionContext) -> BaseException | None:
        """Our words for what SQLAlchemy reports of the driver."""
        return self.explain(context.original_exception)

    def _lost(self, *_: object) -> None:
        self.losses += 1

    def read(self) -> Connection:
        """A connection for queries; use it as a context manager."""
        return self.engine.connect()

    def lend(self) -> Connection:
        """A connection for queries that comes back with `take_back`: what `read` does costs a page more than most queries."""
        while self._idle and self._process == os.getpid():
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if not self.is_postgresql or is_there(connection):
                return connection
        return self.read()

    def take_back(self, connection: Connection) -> None:
        """Keep it for whoever asks next, unless it is another database's or there are enough."""
        is_ours = self._process == os.getpid() and connection.engine is self._engine and not connection.invalidated
        if self.is_in_memory or not is_ours or len(self._idle) >= MOST_IDLE:
            connection.close()
            return
        if connection.in_transaction():
            connection.rollback()
        if self._is_within(connection.connection.driver_connection):  # SQLAlchemy does not know what `writing` begins
            connection.invalidate()
            connection.close()
            return
        self._idle.append(connection)

    def _is_within(self, driver: Any) -> bool:
        """Whether a transaction is open: whoever was lent it next would read as of long ago, or hold a lock for ever."""
        if self.is_postgresql:
            return bool(driver.pgconn.transaction_status != TransactionStatus.IDLE)
        return bool(driver.in_transaction)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to PostgreSQL for the caller alone, who closes it."""
        lent = self.engine.raw_connection()
        connection = cast("psycopg.Connection[Any]", lent.driver_connection)
        lent.detach()
        return connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The write lock, held; everything written within commits together or not at all."""
        connection = self.lend()
        try:
            with self.writing(connection):
                yield connection
        finally:
            self.take_back(connection)

    @contextmanager
    def writing(self, connection: Connection, *, is_alone: bool = True) -> Iterator[None]:
        """A transaction of this connection, under the write lock or, where PostgreSQL lets many write, without it."""
        driver: Any = connection.connection.driver_connection
        try:
            self._run(driver, self._begin if is_alone else "BEGIN")
            yield
            self._run(driver, "COMMIT")
        except BaseException as error:
            with suppress(Exception):  # the connection may be gone
                driver.rollback()
            if self.is_postgresql and is_gone(error, driver):
                connection.invalidate()
            if why := self.explain(error):
                raise why from error
            raise

    @property
    def _begin(self) -> str:
        """What takes the write lock."""
        return f"BEGIN; SELECT pg_advisory_xact_lock({self._lock})" if self.is_postgresql else "BEGIN IMMEDIATE"

    def _run(self, driver: Any, sql: str) -> None:
        """Let the driver run a statement; SQLAlchemy's way around it costs as much as a small transaction."""
        if self.is_postgresql:
            driver.execute(sql.encode(), prepare=False)
        else:
            driver.execute(sql)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose every query sees the database as of one instant, however long it takes."""
        with self.read() as connection:
            if self.is_postgresql:
                connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            else:
                connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.connection.rollback()

    def explain(self, error: BaseException | None) -> DatabaseUnavailable | None:
        """What is to be said of a driver's error, as the kind of error that this database raises."""
        why = trouble(error)
        return why if why is None or isinstance(why, self.unavailable) else self.unavailable(str(why))

    def close(self) -> None:
        """Close every connection."""
        if self._engine is not None and self._process == os.getpid():
            while self._idle:
                self._idle.pop().close()
            self._engine.dispose()
        self._engine, self._process = None, 0


class Whole(NumericLoader):
    """A sum of large integers arrives as a decimal number; ours are whole."""

    def load(self, data: Any) -> Any:
        """An int where it is one."""
        number = super().load(data)
        return int(number) if number == number.to_integral_value() else number


def settings(*, is_derived: bool = False) -> bytes:
    """What a connection to PostgreSQL is told first: how long to wait, and whether a commit waits for the disk."""
    limits = {
        "lock_timeout": f"{LOCK_SECONDS}s",
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS}s",
        "client_min_messages": "warning",
    }
    if is_derived:
        limits["synchronous_commit"] = "off"
    return "; ".join(f"SET {name} = '{value}'" for name, value in limits.items()).encode()


def be_patient(connection: Connection) -> None:
    """Let this transaction and its statements take as long as they need: indexes of large tables do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
