"""The key of the index, by which phone numbers and addresses are hashed (`blind.py`): wrapped as all others, and nobody's.

While the index is made anew by another key there are two, and a text is looked for by both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Row

from ledger.database import Database
from ledger.key_table import subject_key
from ledger.master import KEY_BITS, Master

NAME = "index:phone"
"""Whose key is that of the index; of a later one `index:phone.2` and so on."""
_t = subject_key.c
_every = select(_t.subject, _t.epoch, _t.wrapped).where(_t.subject.like(f"{NAME}%")).order_by(_t.number)


class IndexKeys:
    """`IndexKeys(database, master)`. They are kept in memory unwrapped until `forget`."""

    def __init__(self, database: Database, master: Master) -> None:
        self._database, self._master = database, master
        self._kept: list[bytes] = []

    def forget(self) -> None:
        """Read them anew when they are asked for next: others may have been made or destroyed."""
        self._kept = []

    def living(self) -> list[bytes]:
        """Those not destroyed, the newest first; the first of all is made where there is none."""
        kept = self._kept  # what is read now belongs to this list: who forgets meanwhile puts another in its place
        if not kept:
            found = self._read()
            if not found:
                self.make(most=0)
                kept = self._kept
                found = self._read()
            kept[:] = found
            return found
        return kept

    def _read(self) -> list[bytes]:
        with self._database.read() as connection:
            rows = living(connection.execute(_every).all())
        return [self._master.unwrap(row.wrapped, row.subject, row.epoch) for row in reversed(rows)]

    def earlier(self) -> list[str]:
        """How all living ones but the newest are called in the table."""
        with self._database.read() as connection:
            return [row.subject for row in living(connection.execute(_every).all())[:-1]]

    def make(self, *, most: int) -> bool:
        """Make another, where at most so many live; whether it did. Other processes drop what they keep as soon as one more key is
        destroyed, so one that nothing was encrypted under is.
        """
        with self._database.write() as connection:
            rows = connection.execute(_every).all()
            if len(living(rows)) > most:
                return False
            self._insert(connection, f"{NAME}.{len(rows) + 1}" if rows else NAME, is_first=not rows)
        self.forget()
        return True

    def _insert(self, connection: Connection, name: str, *, is_first: bool) -> None:
        self._master.load()  # another process may have begun a new month
        epoch = self._master.newest
        wrapped = self._master.wrap(AESGCM.generate_key(KEY_BITS), name, epoch)
        new: list[dict[str, Any]] = [{"subject": name, "epoch": epoch, "wrapped": wrapped, "erased": None}]
        if not is_first:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            new.append({"subject": f"before:{name}", "epoch": "", "wrapped": None, "erased": at})
        connection.execute(insert(subject_key), new)


def living(rows: Sequence[Row[Any, Any, Any]]) -> list[Row[Any, Any, Any]]:
    """Those that were not destroyed."""
    return [row for row in rows if row.wrapped is not None]
