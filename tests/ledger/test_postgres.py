"""The log in PostgreSQL: what the application's role may do, several processes, connections that break, clear refusals."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from bench.throwaway import OWNER
from ledger.address import WrongAddress
from ledger.codec import UnknownTopic
from ledger.database import Database
from ledger.follow import Follower, view_differences
from ledger.log import Ledger, UnsafeSetting, guard_differences
from ledger.master import KeyMissing
from ledger.place import Place
from ledger.postgres_writing import PostgresTransaction
from ledger.preparing import WITHOUT_TRIGGERS, Unprepared, prepare
from ledger.store import Entry, StoreUnavailable
from ledger.troubles import Uncertain
from ledger.views import Views
from tests.databases import owned, used
from tests.ledger.test_execute import register
from tests.ledger.test_follow import guests

Raw = psycopg.Connection[tuple[Any, ...]]
KILL_OTHERS = (
    b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    b"WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def engine() -> str:
    """These tests look inside one engine."""
    return "postgresql"


@pytest.fixture
def people(ledger: Ledger) -> Ledger:
    """Three people in the log."""
    ledger.execute_all([register(number) for number in range(3)])
    return ledger


@pytest.fixture
def raw(place: Place) -> Iterator[Raw]:
    """A way around the ledger, with the application's own rights."""
    with psycopg.connect(place.url or "", autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(place: Place) -> Iterator[Raw]:
    """The owner's way around everything."""
    with psycopg.connect(owner_of(place), autocommit=True) as connection:
        yield connection


def owner_of(place: Place) -> str:
    """The owner's address of this place."""
    before, _, after = str(place.url).partition("//")
    return f"{before}//{OWNER}@{after.partition('@')[2]}"


# -- it only grows


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = '{}'",
        "UPDATE stored_events SET notification_id = 9 WHERE notification_id = 3",
        "DELETE FROM stored_events WHERE notification_id = 3",
        "TRUNCATE stored_events",
        "DROP TRIGGER log_no_change ON stored_events",
        "ALTER TABLE stored_events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE stored_events",
        "CREATE OR REPLACE FUNCTION log_only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    ],
)
def test_the_application_cannot_rewrite_the_log(people: Ledger, raw: Raw, statement: str) -> None:
    with pytest.raises(psycopg.Error, match=r"only grows|permission denied|must be owner"):
        raw.execute(statement.encode())
    assert [event.position for event in people.replay()] == [1, 2, 3]


def test_even_the_owner_is_stopped_by_the_triggers(people: Ledger, owner: Raw) -> None:
    for statement in (b"DELETE FROM stored_events", b"TRUNCATE stored_events"):
        with pytest.raises(psycopg.errors.RaiseException, match="only grows"):
            owner.execute(statement)
    assert people.store.head() == 3


def test_a_position_is_never_used_again(people: Ledger, owner: Raw) -> None:
    owner.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
    owner.execute("DELETE FROM stored_events WHERE notification_id >= 2")
    assert people.execute(*register("new")).position == 4
    assert [event.position for event in people.replay()] == [1, 4]


def test_a_transaction_that_fails_leaves_nothing(people: Ledger) -> None:
    def stumble() -> None:
        with people.store.write() as transaction:
            transaction.append([Entry("person:p9", 1, "person.registered", b"{}")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert people.execute(*register("new")).position == 4
    assert guard_differences(people) == []


def test_one_stream_has_each_version_once(people: Ledger) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation), people.store.write() as transaction:
        transaction.append([Entry("person:p1", 1, "person.registered", b"{}")])
    assert people.execute(*register("new")).position > 3
    assert len(list(people.replay())) == 4


def test_the_library_reads_and_writes_the_same_log(people: Ledger) -> None:
    section = people.notification_log["1,10"]
    assert [item.id for item in section.items] == [1, 2, 3]
    assert [people.mapper.to_domain_event(item) for item in section.items] == list(people.replay())
    notifications = people.recorder.select_notifications(2, 10, topics=["person.registered"])
    assert [notification.id for notification in notifications] == [2, 3]
    (stored,) = people.recorder.select_events("person:p1")
    assert people.mapper.to_domain_event(stored).originator_id == "person:p1"
    assert list(people.recorder.insert_events([StoredEvent("x", 1, "person.cloned", b"{}")]) or ()) == [4]
    assert people.recorder.max_notification_id() == 4
    with pytest.raises(UnknownTopic, match=r"person\.cloned"):
        list(people.replay(after=3))


# -- several at once


def test_readers_are_not_blocked_by_a_writer(people: Ledger, raw: Raw) -> None:
    raw.execute("BEGIN; LOCK TABLE stored_events IN EXCLUSIVE MODE")
    writer = threading.Thread(target=people.execute, args=register("late"))
    writer.start()
    assert len(list(people.replay())) == 3
    assert writer.is_alive()
    raw.execute("ROLLBACK")
    writer.join(5)
    assert people.store.head() == 4


def test_a_lock_that_is_held_too_long_is_a_clear_error(
    people: Ledger, place: Place, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.database.LOCK_SECONDS", 0.05)
    other = Ledger.open(place.log, place.folder)
    raw.execute("BEGIN; LOCK TABLE stored_events IN EXCLUSIVE MODE")
    with pytest.raises(StoreUnavailable, match="正忙"):
        other.execute(*register("late"))
    raw.execute("ROLLBACK")
    assert other.execute(*register("late")).position == 4
    other.close()


def write_some(url: str, folder: Path, name: str, number: int) -> None:
    """What a writing process does."""
    ledger = Ledger.open(url, folder)
    threads = [
        threading.Thread(target=lambda t=t: [ledger.execute(*register(f"{name}.{t}.{n}")) for n in range(number)])
        for t in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()


@pytest.mark.parametrize("each", [50, pytest.param(6_250, marks=pytest.mark.long)])
def test_whoever_follows_misses_nothing_under_many_writers(ledger: Ledger, place: Place, each: int) -> None:
    """Two processes of four threads: 400 events, and 50,000 where there is time."""
    processes = [
        multiprocessing.get_context("spawn").Process(target=write_some, args=(place.url, place.folder, name, each))
        for name in "ab"
    ]
    for process in processes:
        process.start()
    seen: list[int] = []
    while any(process.is_alive() for process in processes) or ledger.store.head() > (seen[-1] if seen else 0):
        seen += [stored.position for stored in ledger.store.read(seen[-1] if seen else 0, 20)]
    for process in processes:
        process.join()
    assert seen == [event.position for event in ledger.replay()]
    assert len(seen) == 8 * each
    assert guard_differences(ledger) == []


def test_a_child_process_opens_connections_of_its_own(people: Ledger, place: Place) -> None:
    """A connection that two processes share would mix up their answers."""
    views = Views(place.views)
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            with views.read() as connection:
                connection.exec_driver_sql("SELECT 1")
            written = people.execute(*register("child")).position + len(list(people.replay()))
            os.write(writer, str(written).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"8"
    assert people.execute(*register("parent")).position == 5
    views.close()


# -- connections that break


def test_a_connection_that_broke_while_nobody_used_it_is_opened_again(people: Ledger, owner: Raw) -> None:
    owner.execute(KILL_OTHERS)
    assert people.execute(*register("after")).position == 4
    assert people.store.head() == 4


def test_a_connection_lost_before_the_commit_writes_nothing(people: Ledger, owner: Raw) -> None:
    def lose_the_connection() -> None:
        with people.store.write() as transaction:
            transaction.append([Entry("person:p9", 1, "person.registered", b"{}")])
            owner.execute(KILL_OTHERS)

    with pytest.raises(StoreUnavailable):
        lose_the_connection()
    assert people.store.head() == 3
    assert people.execute(*register("after")).position == 4


def test_a_commit_whose_reply_was_lost_counts_once(people: Ledger, owner: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command is asked again by the write path itself, and answered from what was committed."""
    commit, losses = PostgresTransaction.commit, iter([True])

    def lose_the_reply(self: PostgresTransaction) -> None:
        commit(self)
        if next(losses, False):
            owner.execute(KILL_OTHERS)
            self._connection.execute("SELECT 1")

    monkeypatch.setattr(PostgresTransaction, "commit", lose_the_reply)
    outcome = people.execute(*register("once"))
    assert (outcome.position, outcome.repeated) == (4, True)
    assert people.store.head() == 4


def test_a_commit_that_nobody_can_ask_about_says_so(people: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> Any:
        raise Uncertain

    monkeypatch.setattr(people.store, "write", lost)
    with pytest.raises(StoreUnavailable, match="再提交一次"):
        people.execute(*register("maybe"))


def test_read_models_that_lost_their_last_rows_in_a_crash_are_folded_again(
    people: Ledger, place: Place, owner: Raw
) -> None:
    views = Views(place.views)
    follower = Follower(people, views, [guests()])
    follower.prepare()
    follower.wait_for(3)
    owner.execute("DELETE FROM guest WHERE position > 1")
    owner.execute("UPDATE guest_count SET people = 1")
    owner.execute("UPDATE positions SET position = 1")
    owner.execute(KILL_OTHERS)
    with views.read():
        pass
    follower.wait_for(3)
    assert view_differences(follower) == []
    views.close()


# -- what it refuses


@pytest.mark.parametrize("value", ["y", "1"])
def test_a_setting_that_makes_readers_miss_events_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    with pytest.raises(UnsafeSetting, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        Ledger.open(place.log, place.folder)


def test_a_log_that_nobody_guards_is_refused_unless_told(
    place: Place, owner: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.execute("ALTER TABLE stored_events DISABLE TRIGGER log_no_truncate")
    with pytest.raises(Unprepared, match=r"log_no_truncate.*database prepare"):
        Ledger.open(place.log, place.folder)
    monkeypatch.setenv(WITHOUT_TRIGGERS, "1")
    Ledger.open(place.log, place.folder).close()
    monkeypatch.delenv(WITHOUT_TRIGGERS)
    owner.execute("DROP TRIGGER log_no_truncate ON stored_events")
    prepare(owner_of(place), str(place.url))
    Ledger.open(place.log, place.folder).close()


def test_a_database_of_somebody_else_is_refused(place: Place, owner: Raw) -> None:
    owner.execute("ALTER TABLE guards RENAME COLUMN state TO condition")
    with pytest.raises(Unprepared, match=r"guards\.state"):
        Ledger.open(place.log, place.folder)
    owner.execute("DROP TABLE stored_events, guards, answers")
    with pytest.raises(Unprepared, match="database prepare"):
        Ledger.open(place.log, place.folder)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://somebody@127.0.0.1/city", "postgresql://"),
        ("postgresql://somebody@127.0.0.1:port/city", "postgresql://"),
        ("nonsense", "postgresql://"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, says: str) -> None:
    with pytest.raises(WrongAddress, match=says):
        Ledger.open(url)


def test_a_server_that_is_not_there_is_named(cluster: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"连不上数据库.*请确认"):
        Ledger.open("postgresql://nobody@127.0.0.1:9/city", tmp_path)
    with pytest.raises(StoreUnavailable, match="nowhere"):
        Ledger.open(owned(cluster, "nowhere"), tmp_path)


def test_without_keys_nothing_is_opened_and_nothing_personal_written(place: Place, people: Ledger) -> None:
    with pytest.raises(KeyMissing, match="KEY_FILE"):
        Ledger.open(place.log)
    with closing(Ledger.blind(place.log)) as follower:
        assert len(list(follower.replay())) == 3
        with pytest.raises(KeyMissing, match="只能读"):
            follower.execute(*register("somebody"))
    assert people.store.head() == 3


def test_preparing_says_what_it_did_and_twice_is_once(cluster: str) -> None:
    names = owned(cluster, "city"), used(cluster, "city")
    assert "建了数据库 city。" in prepare(*names)
    assert len(prepare(*names)) == 1
    with pytest.raises(Unprepared, match="同一个数据库"):
        prepare(owned(cluster, "city"), used(cluster, "town"))
    assert any("同一个用户" in sentence for sentence in prepare(names[0], names[0]))


def test_large_sums_are_whole_numbers(place: Place) -> None:
    database = Database(place.views)
    with database.read() as connection:
        (total,) = connection.exec_driver_sql("SELECT sum(x) FROM (VALUES (9007199254740992), (1)) AS t(x)").one()
    assert (total, type(total)) == (9007199254740993, int)
    database.close()


def test_waiting_for_the_write_lock_of_read_models_ends(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.database.LOCK_SECONDS", 0.05)
    one, other = Views(place.views), Views(place.views)
    start = time.monotonic()
    with one.write(), pytest.raises(StoreUnavailable, match="正忙"), other.write():
        pass
    assert time.monotonic() - start < 5
    one.close()
    other.close()
