"""Backups of SQLite files through SQLite's own backup: as of one instant, while others read and write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.backup_rows import summary_of
from ledger.owned import own
from ledger.place import Place

USED = "这里已经有记录了。要恢复到这里，先停下服务，再加 --overwrite；现有的会留在旁边，不会丢。"
_EVENTS = "SELECT position, originator_id, originator_version, topic, state FROM stored_events ORDER BY position"


def files(place: Place) -> list[Path]:
    """The files that must never be lost; what follows comes before what it follows from, and keys after what they open."""
    return [place.folder / name for name in ("outbox.db", "log.db", "keys.db", "accounts.db")]


def copy(place: Place, target: Path, kept: str) -> dict[str, Any]:
    """Copy them into a folder; what the copies hold."""
    for path in files(place):
        if path.exists():
            pour(path, target / path.name)
    return summary(Place(target), kept)


def pour(source: Path, target: Path) -> None:
    """Make one database hold what another holds. Connections that are open go on with it."""
    own(target)
    with closing(sqlite3.connect(source, timeout=30)) as one, closing(sqlite3.connect(target, timeout=30)) as other:
        is_new = not other.execute("PRAGMA schema_version").fetchone()[0]
        one.backup(other)
        if is_new:
            other.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it


def summary(place: Place, kept: str) -> dict[str, Any]:
    """What the files hold."""
    outbox, log, *beside = files(place)
    with closing(sqlite3.connect(log)) as connection:
        tables = {name: count(connection, name) for name in ("guards", "answers")}
        with closing(sqlite3.connect(outbox)) as other:
            tables[kept] = count(other, kept)
        for path in beside:
            tables |= counts(path)
        return summary_of(connection.execute(_EVENTS), tables)


def counts(path: Path) -> dict[str, int]:
    """The number of rows of every table in a file that has any; nothing where there is no file."""
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: number for name in sorted(names) if (number := count(connection, name))}


def count(connection: sqlite3.Connection, table: str) -> int:
    """The number of rows; 0 where there is no such table."""
    is_there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) if is_there else 0


def is_used(place: Place, kept: str) -> bool:
    """Whether anything stands there; a file that cannot be read does."""
    try:
        for path in (path for path in files(place) if path.exists()):
            with closing(sqlite3.connect(path)) as connection:
                if any(count(connection, table) for table in ("stored_events", "answers", kept)):
                    return True
    except sqlite3.DatabaseError:
        return True
    return False


def put_aside(place: Place) -> None:
    """Copy what stands there into a folder beside it. What cannot be read is moved: nothing can be brought back into it."""
    aside = place.folder / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=0o700)
    for path in (path for path in files(place) if path.exists()):
        try:
            pour(path, aside / path.name)
        except sqlite3.DatabaseError:
            for part in path.parent.glob(f"{path.name}*"):
                part.replace(aside / part.name)


def bring_back(source: Path, place: Place) -> None:
    """Bring the copies back."""
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in files(place):
        if (source / path.name).exists():
            pour(source / path.name, path)
