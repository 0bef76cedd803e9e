"""A projection: its tables, one function per event, and the in-memory rows into which the follow loop folds a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from ledger.events import Event, Recorded

Handler = Callable[["Rows", Recorded[Any]], None]
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_encode = msgspec.json.Encoder().encode


class Projection:
    """Tables derived from events. Raise `version` when a handler or a table changes; the tables are then built anew."""

    def __init__(self, name: str, version: int, *tables: Table) -> None:
        self.name, self.version, self.tables = name, version, tables
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


def as_in_sqlite(kind: Any) -> Any:
    """The type that holds and orders the same values in PostgreSQL: text by its bytes, whole numbers of any size."""
    if isinstance(kind, Text):
        return Text().with_variant(Text(collation="C"), "postgresql")
    return Integer().with_variant(BigInteger(), "postgresql") if isinstance(kind, Integer) else kind


def next_to(table: Table, suffix: str) -> Table:
    """The same table under another name, without indexes: a rebuild fills it first and indexes it afterwards."""
    if not suffix:
        return table
    twin = table.to_metadata(MetaData(), name=table.name + suffix)
    twin.indexes.clear()
    return twin


def indexes_of(table: Table, suffix: str, generation: int) -> list[Index]:
    """The table's indexes for its twin; the generation keeps their names apart."""
    twin = next_to(table, suffix)
    return [
        Index(f"{index.name}_{generation}", *(twin.c[column.name] for column in index.columns))
        for index in table.indexes
    ]


class Shape:
    """What is known of a table before any row is read: its columns, and its statements in the driver's style."""

    def __init__(self, table: Table, suffix: str, dialect: Dialect) -> None:
        physical = next_to(table, suffix)
        self.columns = [column.name for column in table.columns]
        self.keys = [column.name for column in table.primary_key.columns]
        self.values_of, self.key_of = taker(self.columns), taker(self.keys)
        self.key_in = itemgetter(*(self.columns.index(key) for key in self.keys))
        self.empty: dict[str, Any] = {column.name: default_of(column) for column in table.columns}
        where = " AND ".join(f"{key} = {mark(dialect, key)}" for key in self.keys)
        self.select = f"SELECT {', '.join(self.columns)} FROM {physical.name} WHERE {where}"
        self.delete = f"DELETE FROM {physical.name} WHERE {where}"
        self.upsert, self.insert = upsert(physical, dialect), upsert(physical, dialect, instead=False)
        if dialect.paramstyle != "qmark":
            self.upsert, self.insert = (in_bulk(one, physical, self.columns) for one in (self.upsert, self.insert))
        self.copy = f"COPY {physical.name} ({', '.join(self.columns)}) FROM STDIN"
        self.is_named = dialect.paramstyle != "qmark"

    def new(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """A row with this primary key and the columns' defaults."""
        return self.empty | dict(zip(self.keys, key, strict=True))


_shapes: dict[tuple[Table, str, str], Shape] = {}


def shape_of(table: Table, suffix: str, dialect: Dialect) -> Shape:
    """The table's shape, made once for each kind of database."""
    found = _shapes.get((table, suffix, dialect.name))
    return found or _shapes.setdefault((table, suffix, dialect.name), Shape(table, suffix, dialect))


class TableRows:
    """The rows of one table that were touched.

    `is_whole`: it holds every row that there is, so what is not here is nowhere. `is_held`: nothing of it was written yet but
    the lines of a journal; all of it is copied at once, which only PostgreSQL needs.
    """

    def __init__(self, shape: Shape, is_whole: bool) -> None:
        self.shape, self.is_whole = shape, is_whole
        self.is_held = is_whole and shape.is_named
        self.cache: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        self.dirty: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        self.first: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.lines: list[tuple[Any, ...]] = []

    def read(self, cursor: Any, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """The row as the table has it; remembered."""
        if self.is_whole:
            return None
        shape = self.shape
        cursor.execute(shape.select, dict(zip(shape.keys, key, strict=True)) if shape.is_named else key)
        found = cursor.fetchone()
        row = self.cache[key] = dict(zip(shape.columns, found, strict=True)) if found else self.first.get(key)
        return row

    def flush(self, cursor: Any, most: int) -> None:
        """Write what changed, in bulk and in the order of the table; of more rows than `most`, keep only these."""
        if self.is_held:
            self.copy(cursor, self.lines)
            self.lines = []
            if len(self.cache) <= most:
                return
            self.settle(cursor)
        self.write(cursor)
        if len(self.cache) > most:
            self.cache, self.is_whole = self.dirty, False
        self.dirty, self.first, self.lines = {}, {}, []

    def write(self, cursor: Any) -> None:
        """Remove rows that are gone, write those that are new or changed over what is there."""
        shape, gone, written = self.shape, [], self.lines
        self.send(cursor, shape.insert, [shape.values_of(row) for _, row in sorted(self.first.items())])
        written.sort(key=shape.key_in)
        for key in sorted(self.dirty):
            row = self.dirty[key]
            if row is None:
                gone.append(key)
            else:
                written.append(shape.values_of(row))
        if gone:
            keyed = [dict(zip(shape.keys, key, strict=True)) for key in gone] if shape.is_named else gone
            cursor.executemany(shape.delete, keyed)
        self.send(cursor, shape.upsert, written)

    def send(self, cursor: Any, statement: str, lines: Sequence[tuple[Any, ...]]) -> None:
        """Write rows with a statement that takes one of them or, in PostgreSQL, all as one text."""
        if lines and self.shape.is_named:
            named = [dict(zip(self.shape.columns, line, strict=True)) for line in lines]
            cursor.execute(statement, (_encode(named).decode(),))
        elif lines:
            cursor.executemany(statement, lines)

    def settle(self, cursor: Any) -> None:
        """Write what was held; from now on changes are written as they come."""
        if self.is_held:
            self.copy(cursor, [self.shape.values_of(row) for _, row in sorted(self.dirty.items()) if row is not None])
            self.dirty, self.is_held = {}, False

    def copy(self, cursor: Any, lines: Sequence[tuple[Any, ...]]) -> None:
        """Write rows that the table does not have."""
        if lines:
            with cursor.copy(self.shape.copy) as stream:
                for line in lines:
                    stream.write_row(line)


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
        return rows.cache[key] if key in rows.cache else rows.read(self._cursor, key)

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

    def change(self, table: Table, *key: Any, **columns: Any) -> dict[str, Any]:
        """Change columns of a row (making it where there is none); returns it as it is now."""
        rows = self._tables[table]
        old = rows.cache[key] if key in rows.cache else rows.read(self._cursor, key)
        row = rows.cache[key] = rows.dirty[key] = (old or rows.shape.new(key)) | columns
        return row

    def add(self, table: Table, *key: Any, **amounts: int) -> None:
        """Add to counting columns of a row (making it where there is none)."""
        rows = self._tables[table]
        old = rows.cache[key] if key in rows.cache else rows.read(self._cursor, key)
        row = rows.cache[key] = rows.dirty[key] = old.copy() if old else rows.shape.new(key)
        for column, amount in amounts.items():
            row[column] = (row[column] or 0) + amount

    def delete(self, table: Table, *key: Any) -> None:
        """Remove a row."""
        rows = self._tables[table]
        rows.cache[key] = rows.dirty[key] = None

    def flush(self) -> None:
        """Write everything in bulk; forget what was read once it grows too large."""
        for rows in self._tables.values():
            rows.flush(self._cursor, self._most_kept)

    def settle(self) -> None:
        """Write what was held back for one copy at the end (see `TableRows`)."""
        for rows in self._tables.values():
            rows.settle(self._cursor)


def taker(names: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Takes the values of these columns out of a row, in order, always as a tuple."""
    if len(names) == 1:
        (name,) = names
        return lambda row: (row[name],)
    return itemgetter(*names)


def default_of(column: Column[Any]) -> Any:
    """The column's scalar default."""
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


def mark(dialect: Dialect, name: str) -> str:
    """A placeholder in the driver's style."""
    return "?" if dialect.paramstyle == "qmark" else f"%({name})s"


def in_bulk(statement: str, table: Table, columns: Sequence[str]) -> str:
    """The same for any number of rows that come as one JSON text: a fifth of what a statement for each row costs."""
    names = ", ".join(columns)
    rows = f"SELECT {names} FROM json_populate_recordset(NULL::{table.name}, %s::json)"
    start, end = statement.index(" VALUES ("), statement.index(" ON CONFLICT")
    return f"{statement[:start]} {rows}{statement[end:]}"


def upsert(table: Table, dialect: Dialect, *, instead: bool = True) -> str:
    """The statement that writes a whole row, instead of the one that is there or only where none is; compiled once."""
    statement = INSERT[dialect.name](table).values({column.name: None for column in table.columns})
    keys = {column.name for column in table.primary_key.columns}
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    if rest and instead:
        statement = statement.on_conflict_do_update(index_elements=sorted(keys), set_=rest)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=sorted(keys))
    return str(statement.compile(dialect=dialect, column_keys=[column.name for column in table.columns]))
