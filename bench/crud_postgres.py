"""The sign-up of `crud.py` as a good developer would write it for PostgreSQL: row locks, one connection a thread."""

from __future__ import annotations

import threading
from typing import Any

import psycopg

from bench.crud import ACTIVE, SCHEMA, Application, Refused, Together
from ledger.execute import MOST_AT_ONCE
from ledger.group import Take

TABLES = SCHEMA.replace("id INTEGER PRIMARY KEY,", "id BIGSERIAL PRIMARY KEY,")
Connection = psycopg.Connection[tuple[Any, ...]]

# Persons before slots, each in order: whoever holds a slot waits for nobody.
PERSONS = "SELECT id, age, merged_into FROM person WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
SLOTS = (
    "SELECT id, state, starts, ends, deadline, skills, min_age, seats, taken, waiting FROM slot "
    "WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
)
FILES = "(SELECT id FROM person WHERE id = %(person)s OR merged_into = %(person)s)"
STANDING = f"SELECT 1 FROM signup WHERE slot = %(slot)s AND person IN {FILES} AND {ACTIVE}"
CLASH = (
    f"SELECT 1 FROM signup JOIN slot ON slot.id = signup.slot WHERE signup.person IN {FILES} AND signup.{ACTIVE} "
    "AND slot.starts < %(ends)s AND slot.ends > %(starts)s LIMIT 1"
)
HELD = "SELECT 1 FROM qualification WHERE person = %s AND skill = %s AND (until IS NULL OR until >= %s)"
INSERT = (
    "INSERT INTO signup VALUES (%s,%s,%s,%s,%s,%s) ON CONFLICT (slot, person) DO UPDATE SET status = excluded.status, "
    "place = excluded.place, created_at = excluded.created_at, created_by = excluded.created_by"
)


def sign_up(connection: Connection, asked: Application) -> str:
    """Give a seat or a place in the queue, inside the caller's transaction; the new status. Raises Refused."""
    person = connection.execute(PERSONS, ([asked.person],)).fetchone()
    slot = connection.execute(SLOTS, ([asked.slot],)).fetchone()
    if slot is None or person is None or person[2] is not None:
        raise Refused("unknown")
    _, state, starts, ends, deadline, skills, min_age, seats, taken, waiting = slot
    if state != "open" or asked.at > (deadline or starts):
        raise Refused("closed")
    if (person[1] or 0) < min_age:
        raise Refused("too young")
    if not all(connection.execute(HELD, (asked.person, skill, starts)).fetchone() for skill in skills.split()):
        raise Refused("not qualified")
    about = {"slot": asked.slot, "person": asked.person, "starts": starts, "ends": ends}
    if connection.execute(STANDING, about).fetchone():
        raise Refused("signed up already")
    if connection.execute(CLASH, about).fetchone():
        raise Refused("overlaps")
    has_room = taken < seats and not waiting
    status, place, counter = ("accepted", None, "taken") if has_room else ("waiting", waiting + 1, "waiting")
    connection.execute(INSERT, (asked.slot, asked.person, status, place, asked.at, asked.person))
    connection.execute(f"UPDATE slot SET {counter} = {counter} + 1 WHERE id = %s".encode(), (asked.slot,))
    return status


class Plain:
    """One transaction per sign-up, on the thread's own connection."""

    def __init__(self, url: str) -> None:
        self._url, self._local = url, threading.local()
        self._connections: list[Connection] = []

    def execute(self, asked: Application) -> str:
        """Sign one person up; the status. Raises Refused."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = psycopg.connect(self._url)
            self._connections.append(connection)
        with connection.transaction():
            return sign_up(connection, asked)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._connections:
            connection.close()


class Batched(Together):
    """The same sign-up under the very group commit that our write path has, one transaction for all who wait."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._connection: Connection = psycopg.connect(url)

    def _write_together(self, take: Take[Application]) -> None:
        with self._connection.transaction():
            group = take(MOST_AT_ONCE)
            self._connection.execute(PERSONS, ([asked.person for asked in group],))
            self._connection.execute(SLOTS, ([asked.slot for asked in group],))
            for asked in group:
                try:
                    asked.status = sign_up(self._connection, asked)
                except Refused as refused:
                    asked.refusal = str(refused)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
