"""The sign-up as plain CRUD: the tables, checks and indexes that a good developer would write, with nothing event sourced.

It judges what our sign-up judges (state, deadline, age, qualifications, one sign-up per person and slot, no overlap, seats,
strict order of the queue) and keeps the present state alone: no history, no reasons, no answer for a repeated command.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.execute import MOST_AT_ONCE
from ledger.group import Group, Take

SCHEMA = """
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL, age INTEGER, merged_into TEXT);
CREATE TABLE qualification (person TEXT NOT NULL, skill TEXT NOT NULL, until TEXT, PRIMARY KEY (person, skill));
CREATE TABLE slot (
    id TEXT PRIMARY KEY, activity TEXT NOT NULL, state TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL,
    deadline TEXT, skills TEXT NOT NULL DEFAULT '', min_age INTEGER NOT NULL DEFAULT 0,
    seats INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE signup (
    slot TEXT NOT NULL REFERENCES slot, person TEXT NOT NULL REFERENCES person, status TEXT NOT NULL, place INTEGER,
    created_at TEXT NOT NULL, created_by TEXT NOT NULL, PRIMARY KEY (slot, person)
);
CREATE TABLE request (id TEXT PRIMARY KEY, status TEXT NOT NULL);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, changes TEXT
);
CREATE INDEX audit_object ON audit (object);
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX signup_person ON signup (person, status);
CREATE INDEX signup_queue ON signup (slot, status, place);
"""


class Refused(Exception):
    """The sign-up breaks a rule."""


@dataclass(slots=True, eq=False)
class Application:
    """Somebody who wants a place, and what became of it."""

    slot: str
    person: str
    at: str
    status: str = ""
    refusal: str = ""


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the durability of our log."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


ACTIVE = "status IN ('accepted', 'waiting')"
FILES = "(SELECT id FROM person WHERE id = ? OR merged_into = ?)"
STANDING = f"SELECT 1 FROM signup WHERE slot = ? AND person IN {FILES} AND +{ACTIVE}"  # + keeps to the primary key
CLASH = (
    f"SELECT 1 FROM signup JOIN slot ON slot.id = signup.slot WHERE signup.person IN {FILES} AND signup.{ACTIVE} "
    "AND slot.starts < ? AND slot.ends > ? LIMIT 1"
)


def sign_up(connection: sqlite3.Connection, asked: Application) -> str:
    """Give a seat or a place in the queue, inside the caller's transaction; the new status. Raises Refused."""
    starts, ends, seats, taken, waiting = need_slot(connection, asked)
    if connection.execute(STANDING, (asked.slot, asked.person, asked.person)).fetchone():
        raise Refused("signed up already")
    if connection.execute(CLASH, (asked.person, asked.person, ends, starts)).fetchone():
        raise Refused("overlaps")
    has_room = taken < seats and not waiting
    status, place, counter = ("accepted", None, "taken") if has_room else ("waiting", waiting + 1, "waiting")
    connection.execute(
        "INSERT INTO signup VALUES (?,?,?,?,?,?) ON CONFLICT (slot, person) DO UPDATE SET status = excluded.status, "
        "place = excluded.place, created_at = excluded.created_at, created_by = excluded.created_by",
        (asked.slot, asked.person, status, place, asked.at, asked.person),
    )
    connection.execute(f"UPDATE slot SET {counter} = {counter} + 1 WHERE id = ?", (asked.slot,))
    return status


def sign_up_once(connection: sqlite3.Connection, asked: Application) -> str:
    """The same, and what our ledger gives besides: a request that is repeated counts once, and who did what is kept."""
    request = f"c-{asked.slot}-{asked.person}"
    known = connection.execute("SELECT status FROM request WHERE id = ?", (request,)).fetchone()
    if known:
        return str(known[0])
    status = sign_up(connection, asked)
    changes = json.dumps({"slot": asked.slot, "person": asked.person, "status": [None, status]})
    connection.execute(
        "INSERT INTO audit (at, actor, action, object, changes) VALUES (?,?,'signup',?,?)",
        (asked.at, asked.person, f"signup/{asked.slot}/{asked.person}", changes),
    )
    connection.execute("INSERT INTO request VALUES (?,?)", (request, status))
    return status


def need_slot(connection: sqlite3.Connection, asked: Application) -> tuple[str, str, int, int, int]:
    """Start, end, seats, seats taken and queue of an open slot that this person qualifies for. Raises Refused."""
    slot = connection.execute(
        "SELECT state, starts, ends, deadline, skills, min_age, seats, taken, waiting FROM slot WHERE id = ?",
        (asked.slot,),
    ).fetchone()
    person = connection.execute("SELECT age, merged_into FROM person WHERE id = ?", (asked.person,)).fetchone()
    if slot is None or person is None or person[1] is not None:
        raise Refused("unknown")
    state, starts, ends, deadline, skills, min_age, seats, taken, waiting = slot
    if state != "open" or asked.at > (deadline or starts):
        raise Refused("closed")
    if (person[0] or 0) < min_age:
        raise Refused("too young")
    for skill in skills.split():
        held = "SELECT 1 FROM qualification WHERE person = ? AND skill = ? AND (until IS NULL OR until >= ?)"
        if not connection.execute(held, (asked.person, skill, starts)).fetchone():
            raise Refused("not qualified")
    return starts, ends, seats, taken, waiting


class Plain:
    """One transaction per sign-up. Threads queue at a lock: SQLite's own waiting sleeps, which would be slower."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._lock = threading.Lock()

    def execute(self, asked: Application) -> str:
        """Sign one person up; the status. Raises Refused."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                status = sign_up(self._connection, asked)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return status

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Together:
    """Whoever comes first signs up everybody who waits: the very group commit that our write path has."""

    def __init__(self) -> None:
        self._group = Group(self._write_together)

    def execute(self, asked: Application) -> str:
        """Sign one person up; the status. Raises Refused."""
        self._group.join(asked)
        if asked.refusal:
            raise Refused(asked.refusal)
        return asked.status

    def _write_together(self, take: Take[Application]) -> None:
        raise NotImplementedError


class Batched(Together):
    """The same sign-up under the very group commit that our write path has."""

    def __init__(self, path: Path, work: Callable[[sqlite3.Connection, Application], str] = sign_up) -> None:
        super().__init__()
        self._connection, self._work = connect(path), work

    def _write_together(self, take: Take[Application]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for asked in take(MOST_AT_ONCE):
            try:
                asked.status = self._work(self._connection, asked)
            except Refused as refused:
                asked.refusal = str(refused)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
