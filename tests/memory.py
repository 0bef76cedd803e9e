"""A ledger that lives in memory: the same write path and codec over lists and dicts, for tests of rules alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from eventsourcing.persistence import JSONTranscoder
from msgspec.structs import replace

from ledger import codec, guards
from ledger.events import Act, Command, Event, Recorded
from ledger.execute import Decision, Outcome, Writer
from ledger.store import Answer, Entry, Stored, StoredGuard


class MemoryStore:
    """`ledger.store.Store` without a database. Leaving a transaction with an exception undoes it, as a database does."""

    def __init__(self) -> None:
        self.log: list[Stored] = []
        self.guards: dict[str, StoredGuard] = {}
        self.answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[MemoryTransaction]:
        """Take the write lock."""
        with self._lock:
            transaction = MemoryTransaction(self)
            yield transaction
            transaction.commit()

    def read(self, after: int, limit: int, until: int | None = None) -> list[Stored]:
        """Events behind position `after`: positions count from 1 without gaps."""
        return self.log[after : min(after + limit, len(self.log) if until is None else until)]

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """The events at these positions."""
        return [self.log[position - 1] for position in sorted(positions)]

    def stream(self, stream: str, until: int | None = None) -> list[Stored]:
        """All events of one stream."""
        return [stored for stored in self.log[:until] if stored.stream == stream]

    def head(self) -> int:
        """The position of the last event."""
        return len(self.log)

    def guard(self, tag: str) -> StoredGuard | None:
        """The stored guard of this tag."""
        return self.guards.get(tag)

    def all_guards(self) -> Iterator[StoredGuard]:
        """Every stored guard."""
        yield from self.guards.values()


class MemoryTransaction:
    """Collects what is written until commit."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._events: list[Stored] = []
        self._guards: list[StoredGuard] = []
        self._answers: list[Answer] = []

    def guards(self, tags: Sequence[str]) -> list[StoredGuard]:
        """The stored guards among these tags."""
        return [self._store.guards[tag] for tag in tags if tag in self._store.guards]

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[StoredGuard]]:
        """The commands that were answered before, and the stored guards among these tags."""
        answered = [self._store.answers[command] for command in commands if command in self._store.answers]
        return answered, self.guards(tags)

    def append(self, events: Sequence[Entry]) -> int:
        """Append events; the position of the first."""
        first = len(self._store.log) + 1
        self._events += [Stored(position, *event) for position, event in enumerate(events, first)]
        return first

    def save(self, guards: Sequence[StoredGuard], answers: Sequence[Answer]) -> None:
        """Write changed guards and new answers."""
        self._guards.extend(guards)
        self._answers.extend(answers)

    def commit(self) -> None:
        """Make everything visible."""
        self._store.log += self._events
        self._store.guards.update((row[0], row) for row in self._guards)
        self._store.answers.update((answer.command, answer) for answer in self._answers)


class MemoryLedger:
    """What tests need of `ledger.log.Ledger`, over a `MemoryStore`."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.mapper = codec.EventMapper(JSONTranscoder())
        self.writer = Writer(self.store, self.mapper)

    def execute(self, command: Command, act: Act) -> Outcome:
        """Decide a command and append what follows from it."""
        return self.writer.execute(command, act)

    def append(self, events: Sequence[Event], act: Act) -> None:
        """Write events that no command is asked for: the past of a story. Guards are folded as for any other."""
        with self.store.write() as transaction:
            work = Decision(transaction, self.mapper)
            for event in events:
                rows = guards.fold(event, work.rows)
                work.events.append(codec.place(act.record(event), rows[0].tag, rows[0].version, 0))
                work.changed.update((row.tag, row) for row in rows)
            transaction.append([self.mapper.write(event) for event in work.events])
            transaction.save([guards.encode(row) for row in work.changed.values()], [])

    def replay(self, after: int = 0, until: int | None = None) -> Iterator[Recorded[Event]]:
        """Every event behind `after`, up to and with `until`, in order, decoded from what was stored."""
        yield from map(self.mapper.read, self.store.log[after:until])


ANY_ACT = Act("given", "given", datetime(2026, 11, 1, tzinfo=UTC))


def act_of(**changes: object) -> Act:
    """An act with some circumstances changed."""
    return replace(ANY_ACT, **changes)
