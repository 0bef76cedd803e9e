"""Connections that pages read with: lent, taken back, lent again, and closed with their database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ResourceClosedError

from ledger.database import MOST_IDLE, Database
from ledger.place import Place


def test_a_connection_that_came_back_is_lent_again_and_sees_what_was_written_meanwhile(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    first = database.lend()
    assert first.execute(text("SELECT count(*) FROM t")).scalar() == 0
    database.take_back(first)
    assert not first.in_transaction()
    with database.write() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
    again = database.lend()
    assert again is first
    assert again.execute(text("SELECT count(*) FROM t")).scalar() == 1
    database.take_back(again)
    database.close()


def test_two_at_once_get_two_and_no_more_are_kept_than_a_few(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    lent = [database.lend() for _ in range(MOST_IDLE + 2)]
    assert len(set(map(id, lent))) == len(lent)
    for one in lent:
        database.take_back(one)
    assert sum(one.closed for one in lent) == 2
    database.close()


def test_closing_a_database_closes_what_it_keeps_and_what_comes_back_later(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    kept, late = database.lend(), database.lend()
    database.take_back(kept)
    database.close()
    database.take_back(late)
    for one in (kept, late):
        assert one.closed
        with pytest.raises(ResourceClosedError):
            one.execute(text("SELECT 1"))


def test_one_whose_transaction_is_open_is_not_lent_again(place: Place) -> None:
    """A rollback that failed leaves one that nobody would ever end, with the lock under which others wait."""
    database = Database(place.views, "views")
    lent = database.lend()
    driver: Any = lent.connection.driver_connection
    driver.execute("BEGIN" if database.is_postgresql else "BEGIN IMMEDIATE")
    database.take_back(lent)
    assert lent.closed
    again = database.lend()
    assert again is not lent
    database.take_back(again)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")
    database.close()


def test_what_another_database_lent_is_not_kept(tmp_path: Path) -> None:
    """Pages read from a replica give their connection back where they would have read otherwise."""
    ours, other = Database(tmp_path / "a.db"), Database(tmp_path / "b.db")
    ours.read().close()
    lent = other.lend()
    ours.take_back(lent)
    assert lent.closed
    assert ours.lend() is not lent
    ours.close()
    other.close()
