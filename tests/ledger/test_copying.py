"""Moving a log between engines: every byte and position arrives, or nothing does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text

from ledger.copying import CannotCopy, copy, copy_beside, copy_secrets, last_used
from ledger.database import Database
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from tests import databases
from tests.ledger.test_execute import register

ENGINES = databases.ENGINES
Empty = Callable[[str], Place]


@pytest.fixture
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Empty:
    """Makes empty places, as many as are asked for."""
    number = iter(range(10))

    def make(engine: str) -> Place:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        if engine == "sqlite":
            return Place(folder)
        server = request.getfixturevalue("cluster")
        return Place(folder, databases.used(server, databases.create(server)))

    return make


def written(place: Place, people: int = 3) -> None:
    """A log of some people and one more."""
    ledger = Ledger.open(place.log, place.folder)
    ledger.execute_all([register(number) for number in range(people)])
    ledger.execute(*register("last"))
    ledger.close()


def contents(place: Place) -> tuple[Any, ...]:
    """Everything that a log holds."""
    ledger = Ledger.open(place.log, place.folder)
    found = ledger.store.read(0, 1000), list(ledger.store.all_guards()), ledger.execute(*register(1))
    assert guard_differences(ledger) == []
    ledger.close()
    return found


@pytest.mark.parametrize("source", ENGINES)
@pytest.mark.parametrize("target", ENGINES)
def test_everything_arrives_as_it_was(empty: Empty, source: str, target: str) -> None:
    one, other = empty(source), empty(target)
    written(one)
    assert copy_secrets(one, other) == 1
    copied = copy(one.log, other.log)
    assert copy_beside(one, other) == 4
    assert copied.rows == {"stored_events": 4, "guards": 5, "answers": 4}, "one row says who folded them"
    assert copied.last == 4
    assert contents(other) == contents(one)
    assert contents(other)[2].repeated, "a command that was answered there is answered here"


@pytest.mark.parametrize("target", ENGINES)
def test_the_next_position_follows_on(empty: Empty, target: str) -> None:
    one, other = empty("sqlite"), empty(target)
    written(one)
    database = Database(one.log)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = 9")
    database.close()
    copy_secrets(one, other)
    copy(one.log, other.log)
    copy_beside(one, other)
    ledger = Ledger.open(other.log, other.folder)
    assert ledger.execute(*register("new")).position == 10, "those up to 9 were used, though nothing is left of them"
    ledger.close()


@pytest.mark.parametrize("source", ENGINES)
@pytest.mark.parametrize("target", ENGINES)
def test_accounts_and_key_files_go_along(empty: Empty, source: str, target: str) -> None:
    one, other = empty(source), empty(target)
    written(one)
    (one.folder / "accounts.key").write_text("key")
    (one.master.with_name("forgotten")).write_text("person:gone 2026-11-22T09:00:00\n")
    rows = [("p1", b"\x00\xff", 7), ("p2", None, 2**40)]
    names = Table(
        "account_name", MetaData(), *map(Column, ("person", "shown", "seen"), (Text, LargeBinary, BigInteger))
    )
    database = Database(one.accounts)
    with database.write() as connection:
        names.create(connection)
        connection.execute(names.insert(), [dict(zip(names.c.keys(), row, strict=True)) for row in rows])
    database.close()
    assert copy_secrets(one, other) == 3
    assert copy_secrets(one, other) == 0, "what is there and the same is left"
    assert copy_beside(one, other) == 4 + len(rows)
    assert {path.stat().st_mode & 0o777 for path in other.secrets} == {0o600}
    assert other.master.with_name("forgotten").exists()
    database = Database(other.accounts)
    with database.read() as connection:
        assert sorted(tuple(row) for row in connection.execute(names.select())) == rows
    database.close()


def test_the_keys_of_somebody_else_are_never_overwritten(empty: Empty) -> None:
    one, other = empty("sqlite"), empty("sqlite")
    written(one)
    written(other)
    before = other.master.read_bytes()
    with pytest.raises(CannotCopy, match="另一套密钥"):
        copy_secrets(one, other)
    assert other.master.read_bytes() == before


@pytest.mark.parametrize("target", ENGINES)
def test_what_is_there_is_never_mixed_with_it(empty: Empty, target: str) -> None:
    one, other = empty("sqlite"), empty(target)
    written(one)
    written(other, 5)
    before = contents(other)
    with pytest.raises(CannotCopy, match="已经有记录"):
        copy(one.log, other.log)
    assert contents(other) == before


@pytest.mark.parametrize("target", ENGINES)
def test_a_source_that_is_written_to_is_not_copied(empty: Empty, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = empty("sqlite"), empty(target)
    written(one)
    writer = Ledger.open(one.log)
    names = iter(["meanwhile"])

    def meanwhile(connection: Any) -> int:
        last = last_used(connection)
        if name := next(names, None):
            writer.execute(*register(name))
        return last

    monkeypatch.setattr("ledger.copying.last_used", meanwhile)
    with pytest.raises(CannotCopy, match="还在写入"):
        copy(one.log, other.log, lambda _: None)
    writer.close()
    ledger = Ledger.open(other.log, other.folder)
    assert ledger.store.head() == 0
    ledger.close()


def test_what_cannot_be_read_back_as_it_was_is_not_kept(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = empty("sqlite"), empty("postgresql")
    written(one)
    monkeypatch.setattr("ledger.copying.use_up", lambda new, _: new.exec_driver_sql("UPDATE guards SET version = 7"))
    with pytest.raises(CannotCopy, match="不一样"):
        copy(one.log, other.log)
    ledger = Ledger.open(other.log, other.folder)
    assert ledger.store.head() == 0
    ledger.close()
