"""Forgetting somebody in PostgreSQL: nothing of them in any table, nor in the server's files of it; other processes know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from app import create_app
from ledger.follow import view_differences
from ledger.log import guard_differences
from ledger.personal import ERASED
from projections import people
from tests.databases import owned
from tests.web.conftest import World
from tests.web.test_forgetting import EMAIL, FORM, LOGGED, NAME, PAGE, PHONE, WHO, WORDS, town

__all__ = ["town"]
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
EVERY = b"SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'pg_catalog')"


@pytest.fixture
def engine() -> str:
    """What is left is looked for in PostgreSQL."""
    return "postgresql"


class Server:
    """What the server's owner finds in the database of the house."""

    def __init__(self, cluster: str, world: World) -> None:
        address = owned(cluster, str(world.house.place.url).rpartition("/")[2])
        self.connection: psycopg.Connection[Any] = psycopg.connect(address, autocommit=True)

    def copied(self, words: list[bytes]) -> set[tuple[str, bytes]]:
        """Tables that say any of the words, the server's own statistics among them, as COPY writes them out."""
        found = set()
        for (table,) in self.connection.execute(EVERY).fetchall():
            with self.connection.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT".encode()) as rows:
                text = b"".join(map(bytes, rows))
            found |= {(table, word) for word in words if word in text}
        return found

    def files(self, words: list[bytes]) -> set[tuple[str, bytes]]:
        """Files of this database that hold any of the words as bytes; the write-ahead log is not among them."""
        self.connection.execute("CHECKPOINT")
        folder, database = self.connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("", 0)
        every = [path for path in Path(folder, "base", str(database)).iterdir() if path.is_file()]
        return {(path.name, word) for path in every for word in words if word in path.read_bytes()}


@pytest.fixture
def server(cluster: str, town: World) -> Any:
    """The owner's look at the database."""
    found = Server(cluster, town)
    yield found
    found.connection.close()


def bytes_of(world: World) -> list[bytes]:
    """The words, and the keyed hashes of the phone number and the e-mail address."""
    keys = world.house.ledger.keys
    assert keys is not None
    return [word.encode() for word in (*WORDS, *map(keys.blind, (PHONE, EMAIL)))]


def test_nothing_is_left_in_tables_statistics_and_files(town: World, server: Server) -> None:
    words, browser = bytes_of(town), town.as_("head")
    server.connection.execute("ANALYZE")  # as the server does by itself: names become statistics of their columns
    unread = {word.encode() for word in LOGGED}
    assert {word for _, word in server.copied(words)} == {*words} - unread, "no number and no address stand in a table"
    assert not {word for _, word in server.files(words)} & unread
    assert server.files(words)
    log = server.connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()
    assert browser.post(PAGE, data=FORM).status_code == 303
    assert server.copied(words) == set()
    assert server.files(words) == set()
    kept = server.connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()
    assert kept[: len(log)] == log
    assert guard_differences(town.house.ledger) == []
    assert view_differences(town.house.follower) == []
    for address in (f"/people/{WHO}", "/slots/past.1/roster.csv", "/audit/export.csv", "/deliveries", "/people?q=huo"):
        answer = browser.get(address, follow_redirects=True)
        assert not any(word in answer.text for word in WORDS), address


def test_another_process_says_so_at_once(town: World) -> None:
    other = World(create_app(town.house.place, is_tryout=True))
    other.now = town.now
    registered = next(
        entry.position
        for entry in town.house.ledger.stream(f"person:{WHO}")
        if entry.event.topic == "person.registered"
    )
    address = f"/events/{registered}"
    assert NAME in other.as_("head").get(address).text, "the key lies in its memory"
    assert town.as_("head").post(PAGE, data=FORM).status_code == 303
    page = other.as_("head").get(address).text
    assert NAME not in page
    assert ERASED in page
    assert NAME not in other.as_("head").get("/me/data.json").text
    with other.house.views.read() as connection:
        assert people.search(connection, "huo") == []
    other.house.close()
