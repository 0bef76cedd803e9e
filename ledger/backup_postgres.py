"""Backups of PostgreSQL through its own programs `pg_dump` and `pg_restore`: as of one snapshot, positions kept.

Of the log only rows are copied: its tables, their owner and triggers are made by `./run database prepare`, whoever restores.
Keys and accounts, whose tables the application makes itself, are a second file with their tables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from ledger.address import address
from ledger.backup_rows import summary_of
from ledger.database import Database
from ledger.key_table import subject_key
from ledger.place import Place, is_account
from ledger.troubles import DatabaseUnavailable

USED = "这个数据库里已经有记录了。PostgreSQL 里的记录只增不改，不能覆盖：请换一个空库（./run database prepare）再恢复。"
FILE = "liandong.dump"
BESIDE = "keys.dump"
LOG = ("stored_events", "guards", "answers")
_EVENTS = b"""SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events
    ORDER BY notification_id"""


def copy(place: Place, target: Path, kept: str) -> dict[str, Any]:
    """Dump the log and what is kept beside it into a folder; what the dump holds, told as of the same snapshot."""
    database = Database(place.log)
    try:
        with database.snapshot() as connection:
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            common = (f"--snapshot={snapshot}", "--format=custom")
            tables = [f"--table={name}" for name in (*LOG, kept)]
            run("pg_dump", place, *common, "--data-only", *tables, f"--file={target / FILE}")
            if tables := [f"--table={name}" for name in beside(connection)]:
                run("pg_dump", place, *common, "--no-owner", "--no-privileges", *tables, f"--file={target / BESIDE}")
            return told(connection, kept)
    finally:
        database.close()


def summary(place: Place, kept: str) -> dict[str, Any]:
    """What the database holds."""
    database = Database(place.log)
    try:
        with database.snapshot() as connection:
            return told(connection, kept)
    finally:
        database.close()


def told(connection: Connection, kept: str) -> dict[str, Any]:
    """What a snapshot of the database holds."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    more = {name: number for name, number in counts(connection, beside(connection)).items() if number}
    return summary_of(events(connection), counts(connection, [*LOG[1:], kept]) | more)


def counts(connection: Connection, tables: list[str]) -> dict[str, int]:
    """The number of rows of each table."""
    return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables}


def beside(connection: Connection) -> list[str]:
    """The tables of keys and accounts."""
    names = inspect(connection).get_table_names()
    return sorted(name for name in names if name == subject_key.name or is_account(name))


def events(connection: Connection) -> Iterator[tuple[int, str, int, str, bytes]]:
    """All events in order, some thousands at a time."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name="events", binary=True) as cursor:
        cursor.itersize = 5000
        yield from cursor.execute(_EVENTS)


def is_used(place: Place, kept: str) -> bool:
    """Whether anything stands there."""
    database = Database(place.log)
    try:
        with database.read() as connection:
            return any(connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first() for name in (*LOG, kept))
    finally:
        database.close()


def bring_back(source: Path, place: Place) -> None:
    """Bring keys and accounts back, which can be done again, and then the rows of the log, all or none."""
    common = ("--single-transaction", f"--dbname={address(place.url).database}")
    if (source / BESIDE).exists():
        run("pg_restore", place, *common, "--clean", "--if-exists", "--no-owner", str(source / BESIDE))
    run("pg_restore", place, *common, "--data-only", str(source / FILE))


def run(program: str, place: Place, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes through the environment, where nobody else reads it."""
    if shutil.which(program) is None:
        raise DatabaseUnavailable(
            f"找不到 {program}。请安装与服务器同一版本的 PostgreSQL 客户端（postgresql-client）。"
        )
    url = address(place.url)
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    given |= {
        f"PG{name.upper()}": str(value) for name, value in url.query.items() if name in ("sslmode", "sslrootcert")
    }
    environment = os.environ | {name: str(value) for name, value in given.items() if value is not None}
    done = subprocess.run([program, "--no-password", *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
        raise DatabaseUnavailable(f"{program} 没有做成：{why}")
