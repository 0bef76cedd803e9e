"""Moving a log between engines: every byte and every position as it was, checked by reading back before the commit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import MetaData, Table, event, func, inspect, select
from sqlalchemy.engine import Connection

from ledger.database import Database, be_patient
from ledger.key_table import subject_key
from ledger.log import Ledger
from ledger.place import Place, is_account

BATCH = 5000
Progress = Callable[[int], None]
Row = tuple[Any, ...]
_encode = msgspec.msgpack.Encoder().encode


class CannotCopy(Exception):
    """The source is being written to, the target is not empty, or what was read back differs; nothing was written."""


class Part(NamedTuple):
    """A table of the log, with its columns in the order of its rows; the first one orders them."""

    table: str
    columns: tuple[str, ...]

    def spelled(self, connection: Connection) -> tuple[str, ...]:
        """The columns as this engine calls them."""
        is_postgresql = connection.dialect.name == "postgresql"
        return tuple("notification_id" if is_postgresql and name == "position" else name for name in self.columns)


EVENTS = Part("stored_events", ("position", "originator_id", "originator_version", "topic", "state"))
PARTS = (EVENTS, Part("guards", ("tag", "version", "state")), Part("answers", ("command", "first", "last")))


class Copied(NamedTuple):
    """How much was copied, the SHA-256 of all of it in order, and the last position that was ever used."""

    rows: dict[str, int]
    digest: str
    last: int


def copy(source: str | Path, target: str | Path, progress: Progress | None = None) -> Copied:
    """Copy a log into an empty one. Raises CannotCopy, WrongAddress, DatabaseUnavailable; then nothing was written."""
    theirs, ours = Database(source), Database(target, "log")
    for where in (source, target):
        with closing(Ledger.blind(where)) as ledger:  # makes an SQLite file, and says what is wrong with a database
            ledger.check()
    try:
        with theirs.snapshot() as old, locked(ours) as new:
            if count(new, EVENTS):
                raise CannotCopy("目标里已经有记录了。请换一个空的。")
            last, summed, rows = last_used(old), sha256(), {}
            for part in PARTS:
                rows[part.table] = fill(new, part, passing(read(old, part), summed, progress))
            use_up(new, last)
            again = sha256()
            for part in PARTS:
                for _ in passing(read(new, part), again, progress):
                    pass
            if again.digest() != summed.digest():
                raise CannotCopy("写进去的和读出来的不一样，什么都没有留下。请检查目标的磁盘和编码。")
            with theirs.read() as now:
                if last_used(now) != last:
                    raise CannotCopy("复制的时候来源还在写入。请先停下网站和 worker 再复制。")
        return Copied(rows, summed.hexdigest(), last)
    finally:
        theirs.close()
        ours.close()


@contextmanager
def locked(database: Database) -> Iterator[Connection]:
    """The write lock of a log, so that nobody else appends."""
    with database.write() as connection:
        if database.is_postgresql:
            be_patient(connection)
            connection.exec_driver_sql("LOCK TABLE stored_events IN EXCLUSIVE MODE")
        yield connection


def count(connection: Connection, part: Part) -> int:
    """How many rows there are."""
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {part.table}").scalar_one())


def read(connection: Connection, part: Part) -> Iterator[Row]:
    """All rows in order, a batch at a time."""
    columns = part.spelled(connection)
    sql = f"SELECT {', '.join(columns)} FROM {part.table} ORDER BY {columns[0]}"
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor(name="rows") if connection.dialect.name == "postgresql" else driver.cursor()
    try:
        cursor.execute(sql)
        while batch := cursor.fetchmany(BATCH):
            yield from batch
    finally:
        cursor.close()


def passing(rows: Iterable[Row], summed: Any, progress: Progress | None) -> Iterator[Row]:
    """The rows, each added to the sum as it passes."""
    number = 0
    for number, row in enumerate(rows, 1):
        summed.update(_encode(row))
        if progress and number % BATCH == 0:
            progress(BATCH)
        yield row
    if progress:
        progress(number % BATCH)


def fill(connection: Connection, part: Part, rows: Iterable[Row]) -> int:
    """Write the rows; how many there were."""
    columns, cursor = part.spelled(connection), cast(Any, connection.connection.cursor())
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {part.table} ({', '.join(columns)}) FROM STDIN") as stream:
            for row in rows:
                stream.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {part.table} ({', '.join(columns)}) VALUES ({marks})", rows)
    return count(connection, part)


def last_used(connection: Connection) -> int:
    """The last position that was given to an event, though that event may be gone."""
    if connection.dialect.name == "postgresql":
        sql = "SELECT last_value - 1 + is_called::int FROM stored_events_notification_id_seq"
    else:
        sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'stored_events'"
    return int(connection.exec_driver_sql(sql).scalar() or 0)


def use_up(connection: Connection, last: int) -> None:
    """Never again give a position up to this one."""
    if connection.dialect.name == "postgresql":
        name = "stored_events_notification_id_seq"
        connection.exec_driver_sql(f"SELECT setval('{name}', {max(last, 1)}, {'true' if last else 'false'})")
    else:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'stored_events'")
        connection.exec_driver_sql(f"INSERT INTO sqlite_sequence VALUES ('stored_events', {last})")


def copy_tables(source: Database, target: Database, tables: Sequence[Table]) -> int:
    """Copy plain tables that belong to the log into empty ones; how many rows. Raises CannotCopy."""
    number = 0
    with source.snapshot() as old, target.write() as new:
        for table in tables:
            if not inspect(old).has_table(table.name):
                continue
            table.create(new, checkfirst=True)
            if new.execute(select(func.count()).select_from(table)).scalar_one():
                raise CannotCopy(f"目标的 {table.name} 里已经有内容了。请换一个空的。")
            for batch in old.execute(select(table)).partitions(BATCH):
                new.execute(table.insert(), [row._asdict() for row in batch])
                number += len(batch)
            count_on(new, table)
    return number


def count_on(connection: Connection, table: Table) -> None:
    """Numbers that PostgreSQL gives to new rows follow those that were copied."""
    column = table.autoincrement_column
    if column is not None and connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def copy_secrets(source: Place, target: Place) -> int:
    """Copy the files that open what is encrypted to where they are not yet; how many. Before the log. Raises CannotCopy."""
    pairs = [(path, target.folder / path.name) for path in source.secrets if path != source.master]
    pairs += [
        (source.master.with_name(name), target.master.with_name(name)) for name in (source.master.name, "forgotten")
    ]
    wanted = [(path, other) for path, other in pairs if path.exists() and path.resolve() != other.resolve()]
    for path, other in wanted:
        if other.exists() and other.read_bytes() != path.read_bytes() and path.name != "secret.key":
            raise CannotCopy(f"{other} 是另一套密钥，和 {path} 不一样，打不开搬来的个人信息。请换一个空的数据目录。")
    missing = [(path, other) for path, other in wanted if not other.exists()]
    for path, other in missing:
        other.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    return len(missing)


def copy_beside(source: Place, target: Place) -> int:
    """Copy the keys of personal data and the accounts, whatever tables they have; how many rows. Raises CannotCopy."""
    number = 0
    for one, other, tables in (
        (source.keys, target.keys, lambda _: [subject_key]),
        (source.accounts, target.accounts, account_tables),
    ):
        if isinstance(one, Path) and not one.exists():
            continue
        theirs, ours = Database(one), Database(other)
        try:
            number += copy_tables(theirs, ours, tables(theirs))
        finally:
            theirs.close()
            ours.close()
    return number


def account_tables(database: Database) -> list[Table]:
    """The tables of accounts in a database, with types that every engine has."""
    tables = MetaData()
    event.listen(tables, "column_reflect", lambda _, __, column: column.update(type=column["type"].as_generic()))
    with database.read() as connection:
        tables.reflect(connection, only=lambda name, _: is_account(name))
    return tables.sorted_tables
