"""What the write path asks of a database: one seam, an implementation per engine (`sqlite.py`, `postgres.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

StoredGuard = tuple[str, int, bytes]
"""A guard as it is stored: its tag, its version and its state."""


class Stored(NamedTuple):
    """One row of the log."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes


class Entry(NamedTuple):
    """A row that is to be appended; its position is given when it is."""

    stream: str
    version: int
    topic: str
    state: bytes


class Answer(NamedTuple):
    """What became of a command: the positions of its events, first and last (both 0 where it changed nothing)."""

    command: str
    first: int
    last: int


class StoreUnavailable(Exception):
    """The database could not take the write (full disk, lock held too long, file not writable); nothing was written."""


class Transaction(Protocol):
    """The write lock, held. Everything read here is current until commit; leaving with an exception undoes all."""

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[StoredGuard]]:
        """The commands among these that were answered before, and the stored guards among these tags."""

    def guards(self, tags: Sequence[str]) -> list[StoredGuard]:
        """The stored guards among these tags."""

    def append(self, events: Sequence[Entry]) -> int:
        """Append events in order; the position of the first. Positions only ever grow."""

    def save(self, guards: Sequence[StoredGuard], answers: Sequence[Answer]) -> None:
        """Write changed guards and new answers."""


class Store(Protocol):
    """A log with its guards."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Take the write lock. Raises StoreUnavailable."""

    def read(self, after: int, limit: int, until: int | None = None) -> list[Stored]:
        """Events behind position `after`, at most `limit`, none behind `until`."""

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """The events at these positions, in order."""

    def stream(self, stream: str, until: int | None = None) -> list[Stored]:
        """All events of one stream, in order."""

    def head(self) -> int:
        """The position of the last event, 0 for an empty log."""

    def guard(self, tag: str) -> StoredGuard | None:
        """The stored guard of this tag as it was committed last."""

    def all_guards(self) -> Iterator[StoredGuard]:
        """Every stored guard, by tag."""
