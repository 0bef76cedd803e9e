"""A projection: its tables, one function per event, and the in-memory rows into which the follow loop folds a batch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, Integer, Table, Text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.event import listens_for

from ledger.events import Event, Recorded
from ledger.shapes import Row, Shape, shape_of

Handler = Callable[["Rows", Recorded[Any]], None]
Load = Callable[[Table, Iterable[Row]], object]
"""Writes rows of a table where they are to stay."""


class Projection:
    """Tables derived from events. Raise `version` when a handler or a table changes; the tables are then built anew.

    `weight`: what it has to do with a thousand events of a town, compared with the others; a rebuild divides them by it.
    """

    def __init__(self, name: str, version: int, *tables: Table, weight: int = 1) -> None:
        self.name, self.version, self.tables, self.weight = name, version, tables, weight
        self.__module__ = sys._getframe(1).f_globals["__name__"]
        for table in tables:
            # A text key as the table itself instead of an index beside it: half the pages to write, rows lie by key.
            keys = list(table.primary_key)
            table.dialect_options["sqlite"]["with_rowid"] = len(keys) == 1 and isinstance(keys[0].type, Integer)
            for column in table.columns:
                column.type = as_in_sqlite(column.type)
        self.handlers: dict[type[Event], Handler] = {}

    def on(self, *event_types: type[Event]) -> Callable[[Handler], Handler]:
        """Register the function that folds these events: `(rows, recorded) -> None`."""

        def register(handler: Handler) -> Handler:
            self.handlers.update(dict.fromkeys(event_types, handler))
            return handler

        return register

    def __reduce__(self) -> str:
        """Sent to another process, it is what its module calls `projection` there."""
        return "projection"


def as_in_sqlite(kind: Any) -> Any:
    """The type that holds and orders the same values in PostgreSQL: text by its bytes, whole numbers of any size."""
    if isinstance(kind, Text):
        return Text().with_variant(Text(collation="C"), "postgresql")
    return Integer().with_variant(BigInteger(), "postgresql") if isinstance(kind, Integer) else kind


PERSONAL = {"personal": True}
"""`Column(…, info=PERSONAL)` holds what is personal. PostgreSQL takes samples of columns for its planner and keeps them in a
table of its own, where nobody who forgets reaches them: of these columns it takes none."""


@listens_for(Table, "after_create")
def take_no_samples(table: Table, connection: Connection, **_: Any) -> None:
    """Tell PostgreSQL which columns of a table that was just made are none of its statistics' business."""
    if connection.dialect.name == "postgresql":
        for column in table.columns:
            if column.info.get("personal"):
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ALTER COLUMN {column.name} SET STATISTICS 0")


class TableRows:
    """The rows of one table that were touched. `is_whole`: it holds every row that there is, so what is not here is nowhere."""

    def __init__(self, shape: Shape, is_whole: bool) -> None:
        self.shape, self.is_whole = shape, is_whole
        self.cache: dict[Row, dict[str, Any] | None] = {}
        self.dirty: dict[Row, dict[str, Any] | None] = {}
        self.first: dict[Row, dict[str, Any]] = {}
        self.lines: list[Row] = []

    def read(self, cursor: Any, key: Row) -> dict[str, Any] | None:
        """The row as the table has it; remembered."""
        if self.is_whole:
            return None
        row = self.cache[key] = self.shape.find(cursor, key) or self.first.get(key)
        return row

    def flush(self, cursor: Any) -> None:
        """Write what changed, in bulk and in the order of the table: remove rows that are gone, write the others."""
        self.shape.write(
            cursor, sorted(map(self.shape.values_of, self.first.values()), key=self.shape.key_in), instead=False
        )
        self.first = {}
        self.shape.remove(cursor, sorted(key for key, row in self.dirty.items() if row is None))
        self.shape.write(cursor, self.taken())

    def taken(self) -> list[Row]:
        """The rows that are to be written, in the order of the table; they count as written."""
        found, values_of = self.lines, self.shape.values_of
        found += [values_of(row) for row in self.dirty.values() if row is not None]
        found.sort(key=self.shape.key_in)
        self.dirty, self.lines = {}, []
        return found

    def spill(self, cursor: Any, most: int, load: Callable[[list[Row]], object]) -> None:
        """Part with lines once there are more than so many, and with the rows that were remembered first."""
        if len(self.lines) > most:
            lines, self.lines = self.lines, []
            lines.sort(key=self.shape.key_in)
            load(lines)
        if len(self.cache) + len(self.first) > most:
            self.flush(cursor)
            self.forget(most)

    def forget(self, most: int) -> None:
        """Of more rows than so many, all of them written, remember those that came last."""
        if len(self.cache) > most:
            self.cache = dict(islice(self.cache.items(), len(self.cache) - most // 2, None))
            self.is_whole = False


class Touched(dict[Table, TableRows]):
    """The touched rows by table; a table enters when it is first asked for."""

    def __init__(self, suffix: str, dialect: Dialect, is_whole: bool) -> None:
        self._made_of = suffix, dialect
        self._is_whole = is_whole

    def __missing__(self, table: Table) -> TableRows:
        found = self[table] = TableRows(shape_of(table, *self._made_of), self._is_whole)
        return found


class Rows:
    """All rows that a batch has touched, by table. What handlers write with."""

    MOST_KEPT = 50_000
    """Rows of a table that are remembered from batch to batch, where nothing else is said."""

    def __init__(
        self, connection: Connection, suffix: str = "", *, is_fresh: bool = False, most_kept: int | None = None
    ) -> None:
        """`is_fresh`: the tables were empty and nobody else writes into them, so what was not written is not there."""
        self._most_kept = most_kept if most_kept is not None else self.MOST_KEPT
        self._tables = Touched(suffix, connection.dialect, is_fresh)
        self.attach(connection)

    def attach(self, connection: Connection) -> None:
        """Go on in this connection's transaction, with what is remembered of the batches before."""
        self._cursor = connection.connection.cursor()

    def get(self, table: Table, *key: Any) -> dict[str, Any] | None:
        """The row with this primary key, or None. Read only."""
        rows = self._tables[table]
        row = rows.cache.get(key)
        return rows.read(self._cursor, key) if row is None and key not in rows.cache else row

    def put(self, table: Table, **columns: Any) -> None:
        """Write a whole row; columns that are not given take their defaults (`default=` of the column, else NULL)."""
        rows = self._tables[table]
        shape = rows.shape
        key = shape.key_of(columns)
        rows.cache[key] = rows.dirty[key] = columns if len(columns) == len(shape.empty) else shape.empty | columns

    def keep(self, table: Table, **columns: Any) -> None:
        """Write a whole row unless one with its key is there; whether there is need not be read."""
        rows = self._tables[table]
        key = rows.shape.key_of(columns)
        if rows.cache.get(key) or key in rows.first:
            return
        if rows.is_whole or key in rows.cache:
            self.put(table, **columns)
        else:
            rows.first[key] = rows.shape.empty | columns

    def append(self, table: Table, *values: Any) -> None:
        """Write a whole row of a journal, a value for each column in order.

        Cheap, for no handler can read it again; its key never comes a second time.
        """
        self._tables[table].lines.append(values)

    def extend(self, table: Table, lines: Iterable[Row]) -> None:
        """Write several rows of a journal."""
        self._tables[table].lines.extend(lines)

    def change(self, table: Table, *key: Any, **columns: Any) -> dict[str, Any]:
        """Change columns of a row (making it where there is none); returns it as it is now."""
        rows = self._tables[table]
        old = rows.cache[key] if key in rows.cache else rows.read(self._cursor, key)
        row = rows.cache[key] = rows.dirty[key] = (old or rows.shape.new(key)) | columns
        return row

    def add(self, table: Table, *key: Any, **amounts: int) -> None:
        """Add to counting columns of a row (making it where there is none); whoever has it from `get` sees it change."""
        rows = self._tables[table]
        row = rows.dirty.get(key)
        if row is None:
            row = rows.cache[key] = rows.dirty[key] = (self.get(table, *key) or rows.shape.new(key)).copy()
        for column, amount in amounts.items():
            row[column] = (row[column] or 0) + amount

    def delete(self, table: Table, *key: Any) -> None:
        """Remove a row."""
        rows = self._tables[table]
        rows.cache[key] = rows.dirty[key] = None

    def flush(self) -> None:
        """Write everything in bulk; forget what was read once it grows too large."""
        for rows in self._tables.values():
            rows.flush(self._cursor)
            rows.forget(self._most_kept)

    def write(self, table: Table, lines: Iterable[Row]) -> None:
        """Write lines of a journal."""
        rows = self._tables[table]
        rows.shape.write(self._cursor, list(lines))

    def spill(self, load: Load) -> None:
        """Between two batches of a fresh build: part with what is too much to remember (`most_kept`), with lines by `load`."""
        for table, rows in self._tables.items():
            rows.spill(self._cursor, self._most_kept, partial(load, table))

    def finish(self, load: Load) -> None:
        """At its end: part with everything by `load`, in the order of the table."""
        for table, rows in self._tables.items():
            if rows.is_whole:
                load(table, rows.taken())
            else:
                rows.flush(self._cursor)
                load(table, rows.shape.all(self._cursor))
