"""A transaction of the log in PostgreSQL: what it looks up, and one statement for all that a group writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import psycopg

from ledger.store import Answer, Entry, StoredGuard

GUARDS = "SELECT tag, version, state FROM guards WHERE tag = ANY(%s)"
_LOOK_UP = (
    "SELECT 0, NULL::text, last_value - 1 + is_called::int, NULL::bigint, NULL::bytea FROM stored_events_notification_id_seq "
    "UNION ALL SELECT 1, command, first, last, NULL FROM answers WHERE command = ANY(%s) "
    "UNION ALL SELECT 2, tag, version, NULL, state FROM guards WHERE tag = ANY(%s)"
)
_WRITE = """
WITH events AS (
    INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
    SELECT stream, version, topic, state, %s + number
    FROM unnest(%b::text[], %s::bigint[], %b::text[], %b::bytea[]) WITH ORDINALITY AS e(stream, version, topic, state, number)
), changed AS (
    INSERT INTO guards (tag, version, state) SELECT * FROM unnest(%b::text[], %s::bigint[], %b::bytea[])
    ON CONFLICT (tag) DO UPDATE SET version = excluded.version, state = excluded.state
), answered AS (
    INSERT INTO answers (command, first, last) SELECT * FROM unnest(%b::text[], %s::bigint[], %s::bigint[])
)
SELECT setval('stored_events_notification_id_seq', %s, %s), pg_notify('stored_events', '')
"""


class PostgresTransaction:
    """The write lock of PostgreSQL, held. What is written goes to the server once, together with the commit."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._last: int | None = None
        self._events: list[Entry] = []
        self._guards: list[StoredGuard] = []
        self._answers: list[Answer] = []
        self.is_sent = False
        """Whether the commit was sent; from then on a lost connection leaves open what became of it."""

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[StoredGuard]]:
        """The commands among these that were answered before, and the stored guards among these tags."""
        cursor = self._connection.cursor(binary=True)
        answers, guards = [], []
        for kind, name, number, last, state in cursor.execute(_LOOK_UP, (list(commands), list(tags)), prepare=True):
            if kind == 2:
                guards.append((name, number, state))
            elif kind == 1:
                answers.append(Answer(name, number, last))
            else:
                self._last = number
        return answers, guards

    def guards(self, tags: Sequence[str]) -> list[StoredGuard]:
        """The stored guards among these tags."""
        return self._connection.cursor(binary=True).execute(GUARDS, (list(tags),), prepare=True).fetchall()

    def append(self, events: Sequence[Entry]) -> int:
        """Append events in order; the position of the first."""
        if self._last is None:
            self.look_up((), ())
        first = cast(int, self._last) + 1 + len(self._events)
        self._events += events
        return first

    def save(self, guards: Sequence[StoredGuard], answers: Sequence[Answer]) -> None:
        """Write changed guards and new answers."""
        self._guards += guards
        self._answers += answers

    def commit(self) -> None:
        """Send everything and the commit in one go, and wait until it is on the disk."""
        with self._connection.pipeline() as pipeline:
            if self._events or self._guards or self._answers:
                self._connection.execute(_WRITE, self._values(), prepare=True)
            self.is_sent = True
            self._connection.execute("COMMIT")
            pipeline.sync()

    def _values(self) -> list[Any]:
        last = self._last if self._last is not None else self.append(()) - 1
        events, guards, answers = self._events, self._guards, self._answers
        return [
            last,
            [event.stream for event in events],
            [event.version for event in events],
            [event.topic for event in events],
            [event.state for event in events],
            [tag for tag, _, _ in guards],
            [version for _, version, _ in guards],
            [state for _, _, state in guards],
            [answer.command for answer in answers],
            [answer.first for answer in answers],
            [answer.last for answer in answers],
            max(last + len(events), 1),
            last + len(events) > 0,
        ]
