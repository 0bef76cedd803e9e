"""The log in SQLite: it only grows, its positions mean one thing for ever, readers never wait for a writer."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.codec import UnknownTopic
from ledger.log import Ledger, UnsafeSetting, guard_differences
from ledger.store import Entry, StoredGuard, StoreUnavailable
from tests.ledger.test_execute import register


@pytest.fixture
def engine() -> str:
    """These tests look inside one engine."""
    return "sqlite"


@pytest.fixture
def raw(ledger: Ledger, tmp_path: Path) -> sqlite3.Connection:
    """Three people in the log, and a way around the ledger."""
    ledger.execute_all([register(number) for number in range(3)])
    return sqlite3.connect(tmp_path / "log.db", isolation_level=None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = '{}'",
        "UPDATE stored_events SET position = 9 WHERE position = 3",
        "DELETE FROM stored_events WHERE position = 3",
        "DELETE FROM stored_events",
    ],
)
def test_the_log_only_grows(raw: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        raw.execute(statement)
    assert raw.execute("SELECT count(*) FROM stored_events").fetchone() == (3,)


def test_a_position_is_never_used_again(ledger: Ledger, raw: sqlite3.Connection) -> None:
    raw.execute("DROP TRIGGER log_no_DELETE")
    raw.execute("DELETE FROM stored_events WHERE position >= 2")
    assert ledger.execute(*register("new")).position == 4
    raw.execute("VACUUM")
    assert [event.position for event in ledger.replay()] == [1, 4]
    assert ledger.execute(*register("newer")).position == 5


def test_a_transaction_that_fails_uses_up_no_position(ledger: Ledger, raw: sqlite3.Connection) -> None:
    def stumble() -> None:
        with ledger.store.write() as transaction:
            transaction.append([Entry("person:p9", 1, "person.registered", b"{}")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert ledger.execute(*register("new")).position == 4


def test_one_stream_has_each_version_once(ledger: Ledger, raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError), ledger.store.write() as transaction:
        transaction.append([Entry("person:p1", 1, "person.registered", b"{}")])
    assert ledger.store.head() == 3


def test_what_is_acknowledged_is_on_the_disk(ledger: Ledger) -> None:
    connection = ledger.recorder.connect()  # type: ignore[attr-defined]  # our recorder
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: every commit reaches the disk"
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_the_library_reads_what_we_write(ledger: Ledger, raw: sqlite3.Connection) -> None:
    section = ledger.notification_log["1,10"]
    assert [item.id for item in section.items] == [1, 2, 3]
    assert [item.topic for item in section.items] == ["person.registered"] * 3
    assert [item.originator_id for item in section.items] == ["person:p0", "person:p1", "person:p2"]
    assert [ledger.mapper.to_domain_event(item) for item in section.items] == list(ledger.replay())
    assert ledger.recorder.max_notification_id() == 3
    notifications = ledger.recorder.select_notifications(2, 10, topics=["person.registered"])
    assert [notification.id for notification in notifications] == [2, 3]
    (stored,) = ledger.recorder.select_events("person:p1")
    assert ledger.mapper.to_domain_event(stored).originator_id == "person:p1"


def test_reading_by_position_stream_and_range(ledger: Ledger, raw: sqlite3.Connection) -> None:
    assert [event.position for event in ledger.replay(after=1)] == [2, 3]
    assert [event.position for event in ledger.replay(until=2)] == [1, 2]
    assert [event.position for event in ledger.replay(batch=1)] == [1, 2, 3]
    assert [event.position for event in ledger.at([3, 1])] == [1, 3]
    assert [event.event.stream for event in ledger.stream("person:p1")] == ["person:p1"]
    assert ledger.stream("person:p1", until=1) == []
    assert ledger.store.head() == 3


def test_the_guard_of_a_stream_can_be_asked_as_of_a_position(ledger: Ledger, raw: sqlite3.Connection) -> None:
    assert getattr(ledger.guard("person:p2"), "is_registered")  # noqa: B009 - guards are typed by tag only
    assert not getattr(ledger.guard("person:p2", until=2), "is_registered")  # noqa: B009


def test_readers_are_not_blocked_by_a_writer(ledger: Ledger, raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO stored_events VALUES ('person:p7', 1, 'person.registered', '{}', 4)")
    waited: list[float] = []

    def read() -> None:
        start = time.perf_counter()
        assert len(list(ledger.replay())) == 3
        waited.append(time.perf_counter() - start)

    readers = [threading.Thread(target=read) for _ in range(8)]
    writer = threading.Thread(target=ledger.execute, args=register("late"))
    writer.start()
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(5)
    assert len(waited) == 8, "all have read while a writer held the lock and another waited for it"
    assert writer.is_alive()
    raw.execute("ROLLBACK")
    writer.join(5)
    assert ledger.store.head() == 4


def test_a_lock_that_is_held_too_long_is_a_clear_error(
    ledger: Ledger, raw: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.sqlite.LOCK_SECONDS", 0.05)
    ledger.recorder.close()  # type: ignore[attr-defined]  # the writer takes the new limit when it connects again
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="正忙"):
        ledger.execute(*register("late"))
    raw.execute("ROLLBACK")
    assert ledger.execute(*register("late")).position == 4


def test_two_ledgers_over_one_file_decide_on_the_same_facts(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "log.db")
    ledger.execute(*register(1))
    assert other.execute(*register(1)).repeated
    with pytest.raises(Exception, match="已经建过"):
        other.execute(register(1)[0], register("x")[1])
    assert other.execute(*register(2)).position == 2
    assert [event.position for event in ledger.replay()] == [1, 2]
    assert guard_differences(ledger) == []
    other.close()


@pytest.mark.parametrize("value", ["y", "true", "1", "on"])
def test_a_setting_that_makes_readers_miss_events_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    with pytest.raises(UnsafeSetting, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        Ledger.open(tmp_path / "log.db")


@pytest.mark.parametrize("value", ["", "n", "false", "0"])
def test_the_same_setting_switched_off_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    Ledger.open(tmp_path / "log.db").close()


def test_an_unknown_topic_stops_the_replay_and_is_named(ledger: Ledger, raw: sqlite3.Connection) -> None:
    raw.execute("INSERT INTO stored_events VALUES ('person:p8', 1, 'person.cloned', '{}', 4)")
    ledger.execute(*register("after"))
    seen: list[int] = []
    with pytest.raises(UnknownTopic, match=r"person\.cloned"):
        seen.extend(event.position for event in ledger.replay())
    assert seen == [] or seen == [1, 2, 3]
    assert [event.position for event in ledger.replay(after=4)] == [5]


# -- guards are the fold of the log


def test_the_guards_are_the_fold_of_the_log(ledger: Ledger, raw: sqlite3.Connection) -> None:
    assert guard_differences(ledger) == []


def test_comparing_guards_while_others_write_finds_no_difference(
    ledger: Ledger, raw: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    more, read = iter(("late", "later")), ledger.store.all_guards

    def meanwhile() -> Iterator[StoredGuard]:
        if name := next(more, None):
            ledger.execute(*register(name))
        return read()

    monkeypatch.setattr(ledger.store, "all_guards", meanwhile)
    assert guard_differences(ledger) == []


@pytest.mark.parametrize(
    ("statement", "tag"),
    [
        ("UPDATE guards SET state = '{}' WHERE tag = 'person:p1'", "person:p1"),
        ("UPDATE guards SET version = 7 WHERE tag = 'person:p1'", "person:p1"),
        ("DELETE FROM guards WHERE tag = 'person:p1'", "person:p1"),
        ("INSERT INTO guards VALUES ('person:ghost', 1, '{}')", "person:ghost"),
    ],
)
def test_a_guard_that_somebody_touched_is_found(
    ledger: Ledger, raw: sqlite3.Connection, statement: str, tag: str
) -> None:
    raw.execute(statement)
    assert guard_differences(ledger) == [tag]
