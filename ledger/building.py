"""A share of a rebuild: some read models, folded into a file of their own and then carried over into twins of the tables.

Nobody else opens the file and nobody misses it, so a row costs little there: no write-ahead log, no waiting for the disk, no
lock for which a page would wait. What is carried over comes in the order of the keys, and is indexed afterwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table, create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from ledger.database import be_patient
from ledger.folding import BATCH, fold, handlers_of, without_collector
from ledger.log import Ledger
from ledger.projection import Load, Projection, Rows
from ledger.shapes import Row, copy, indexes_of, next_to, without_key
from ledger.views import Views

NEXT = "__next"
PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-64000")
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Share:
    """Read models that one process builds, from the first event to the one at `until`.

    `file`: where they are folded; None: in a file of SQLite's own, which has no name and is gone with the process.
    """

    ledger: Ledger
    views: Views
    projections: tuple[Projection, ...]
    until: int
    generation: int
    file: Path | None

    def build(self, progress: Progress) -> None:
        """Fold, and tell after each batch how many events it had. Raises UnknownTopic, ViewsUnavailable."""
        try:
            with scratch(self.file) as connection, without_collector():
                for table in tables_of(self.projections):
                    next_to(table, "").create(connection)
                rows = Rows(connection, is_fresh=True)
                if self.views.is_postgresql:
                    self._build_at_once(rows, progress)
                else:
                    self._fold(rows, rows.write, progress)
                    rows.flush()
        except sqlite3.Error as error:
            if why := self.views.explain(error):
                raise why from error
            raise

    def _fold(self, rows: Rows, load: Load, progress: Progress) -> None:
        handlers = handlers_of(self.projections)
        topics = {event_type.topic for event_type in handlers}
        for stored in self.ledger.stored(until=self.until, batch=BATCH):
            fold(handlers, rows, self.ledger.codec.read_all(stored, topics))
            rows.spill(load)
            progress(len(stored))

    def _build_at_once(self, rows: Rows, progress: Progress) -> None:
        """In PostgreSQL, where many may write, the twins are filled by whoever folds; the file helps to remember rows."""
        twins = {table: next_to(table, NEXT) for table in tables_of(self.projections)}
        with self.views.read() as connection, self.views.writing(connection, is_alone=False):
            be_patient(connection)
            for twin in twins.values():
                twin.drop(connection, checkfirst=True)
                without_key(twin).create(connection)

            def load(table: Table, some: Iterable[Row]) -> None:
                copy(connection, twins[table], some)

            self._fold(rows, load, progress)
            rows.finish(load)
            for table, twin in twins.items():
                keys = ", ".join(column.name for column in twin.primary_key)
                connection.exec_driver_sql(f"ALTER TABLE {twin.name} ADD PRIMARY KEY ({keys})")
                for index in indexes_of(table, NEXT, self.generation):
                    index.create(connection)

    def carry_over(self) -> None:
        """In SQLite, where one at a time writes, take the rows out of the file; a page waits for one table at most."""
        with self.views.read() as connection:
            connection.exec_driver_sql("ATTACH ? AS share", (str(self.file),))
            try:
                for table in tables_of(self.projections):
                    twin = next_to(table, NEXT)
                    with self.views.writing(connection):
                        twin.drop(connection, checkfirst=True)
                        twin.create(connection)
                        connection.exec_driver_sql(f"INSERT INTO {twin.name} SELECT * FROM share.{table.name}")
                    for index in indexes_of(table, NEXT, self.generation):
                        with self.views.writing(connection):
                            index.create(connection)
            finally:
                connection.exec_driver_sql("DETACH share")


@contextmanager
def scratch(file: Path | None) -> Iterator[Connection]:
    """A new file in which nothing is safe until it is complete; people stand in it, so it is its owner's alone."""
    if file:
        file.touch(0o600, exist_ok=False)
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(file or "", isolation_level=None), poolclass=StaticPool
    )
    try:
        with engine.connect() as connection:
            for pragma in PRAGMAS:
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN")
            yield connection
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()


def tables_of(projections: tuple[Projection, ...]) -> list[Table]:
    """All tables of these read models."""
    return [table for projection in projections for table in projection.tables]
