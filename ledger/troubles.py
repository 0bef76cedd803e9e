"""What the person in charge is told when a database does not answer: one sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from ledger.store import StoreUnavailable

BUSY = "数据库正忙：别的写入占着它，等得太久了。请稍后再试。"
FULL = "数据库的磁盘满了，写不进去。请清出空间再试。"
READ_ONLY = "数据库现在只能读，写不进去。请检查权限；连的若是备机，请改连主机。"
AWAY = "连不上数据库（{why}）。请确认它已启动，地址和密码写对了。"
UNPREPARED = "数据库还没有为本程序准备好（{why}）。请先运行 ./run database prepare。"

_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: "数据库文件打不开（{why}）。请检查数据目录和权限。",
    sqlite3.SQLITE_IOERR: "读写数据库文件出错（{why}）。请检查磁盘。",
    sqlite3.SQLITE_CORRUPT: "数据库文件损坏（{why}）。请从备份恢复。",
    sqlite3.SQLITE_NOTADB: "这个文件不是数据库（{why}）。请检查数据目录。",
}
_POSTGRES = {
    "55P03": BUSY,  # lock not available
    "57014": BUSY,  # statement timeout
    "40P01": BUSY,  # deadlock
    "53100": FULL,
    "53300": "数据库的连接用完了。请减少进程，或调高 max_connections。",
    "25006": READ_ONLY,
    "42501": UNPREPARED,  # insufficient privilege
    "42P01": UNPREPARED,  # undefined table
    "42703": UNPREPARED,  # undefined column
    "3F000": UNPREPARED,  # no schema
}


class DatabaseUnavailable(StoreUnavailable):
    """A database did not answer, refused, or is not ours; what was not committed is not written. Its text says what to do."""


class Uncertain(DatabaseUnavailable):
    """The connection was lost while the database committed: it may have, or not. The same command id finds out."""

    def __init__(self) -> None:
        super().__init__("提交时和数据库断开了：这一次可能写下了，也可能没有。请原样再提交一次，不会记成两次。")


def trouble(error: BaseException | None) -> DatabaseUnavailable | None:
    """What is to be said about a driver's error; None where it is none of the database's making but a mistake of ours."""
    if isinstance(error, DatabaseUnavailable):
        return error
    if isinstance(error, sqlite3.Error):
        sentence = _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    elif isinstance(error, psycopg.Error):
        sentence = _POSTGRES.get(error.sqlstate or "")
        if sentence is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            sentence = AWAY
    else:
        return None
    return DatabaseUnavailable(sentence.format(why=first_line(error))) if sentence else None


@contextmanager
def told() -> Iterator[None]:
    """Driver errors within leave as DatabaseUnavailable with our words; mistakes of ours leave as they are."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as error:
        if why := trouble(error):
            raise why from error
        raise


def first_line(error: BaseException) -> str:
    """The driver's own words, short; never the password, which drivers do not repeat."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def is_gone(error: BaseException, connection: Any, _cursor: Any = None) -> bool:
    """Whether the connection ended: a session that the server ended may look open for a moment longer."""
    if connection is None:
        return False
    state = getattr(error, "sqlstate", None) or ""
    return bool(connection.closed or connection.broken) or state.startswith(("08", "57P"))
