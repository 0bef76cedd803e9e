"""Where read models are kept: a database with the position of each, in which everything can be built again."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, inspect

from ledger.address import Where
from ledger.database import Database
from ledger.owned import own
from ledger.troubles import DatabaseUnavailable

BUILDING = 7_041_776
"""The number of the lock that a process holds in PostgreSQL while it builds read models."""


class ViewsUnavailable(DatabaseUnavailable):
    """The read models can be neither read nor written now. The log is another matter: what was written there is written."""


_own = MetaData()
positions = Table(
    "positions",
    _own,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger().with_variant(Integer, "sqlite"), nullable=False, default=0),
    Column("generation", Integer, nullable=False, default=1),
)


class Views(Database):
    """The database of the read models. Everything in it can be thrown away and built again. Raises ViewsUnavailable."""

    unavailable = ViewsUnavailable

    def __init__(self, where: Where, *, is_followed: bool = False) -> None:
        """Open or create it; without an address it lives in memory and belongs to one thread.

        `is_followed`: pages are read from a replica. It is sent what reaches the disk, so a commit goes there at once.
        """
        super().__init__(where, "views", is_derived=not is_followed)
        self._where = where
        if self.is_postgresql:
            self._create()
        else:
            _own.create_all(self.engine)

    def __reduce__(self) -> tuple[type[Views], tuple[Where]]:
        """Sent to another process, it is opened there once more."""
        return Views, (self._where,)

    def _create(self) -> None:
        """Two processes that start together must not both create it."""
        with self.read() as connection:
            if inspect(connection).has_table(positions.name):
                return
        with self.write() as connection:
            _own.create_all(connection)

    @contextmanager
    def building(self, *, waits: bool = True) -> Iterator[bool]:
        """One process at a time builds read models anew; the lock of one that was killed is free.

        Whether it is held is told to whoever does not wait for another.
        """
        if self.is_postgresql:
            with closing(self.connect()) as connection:
                connection.execute("SET lock_timeout = 0")
                connection.execute("SET statement_timeout = 0")
                lock = "pg_advisory_lock" if waits else "pg_try_advisory_lock"
                found = connection.execute(f"SELECT {lock}({BUILDING})".encode()).fetchone()
                yield found is not None and found[0] is not False
                # The server frees the lock of a closed connection too, but only once it has noticed.
                with suppress(psycopg.OperationalError):
                    connection.execute("SELECT pg_advisory_unlock_all()")
        elif self.is_in_memory:
            yield True
        else:
            path = Path(str(self.url.database))
            own(file := path.with_name(f"{path.name}.building"))
            with file.open("w") as lock_file:
                try:
                    fcntl.flock(lock_file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                else:
                    yield True
