"""What lies in the folder of the data is for its owner alone, whatever the machine's umask says."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app import create_app
from tests.web.conftest import City
from tests.web.test_admin_commands import create, run


@pytest.fixture(autouse=True)
def _open_handed() -> Iterator[None]:
    """Files are readable for everybody unless somebody says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable(folder: Path) -> list[str]:
    """The files that others can read or write, from this folder down."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077)


def test_databases_and_what_stands_beside_them_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    city = City(create_app(folder, is_tryout=False))
    with city.accounts.write() as connection:
        city.accounts.open(connection, "volunteer", city.now)
    assert {"accounts.db-wal", "accounts.db-shm", "log.db", "views.db"} <= {path.name for path in folder.iterdir()}
    assert readable(folder) == []
    for words in (("rebuild",), ("backup", str(tmp_path / "copy"))):
        result, house = run(folder, *words)
        house.close()
        assert result.exit_code == 0, result.output
    assert list((tmp_path / "copy").rglob("*.db"))
    assert readable(tmp_path) == []
    city.accounts.close()
    city.house.close()


def test_files_that_an_earlier_version_left_open_are_closed(tmp_path: Path) -> None:
    create(tmp_path / "city", "望海市总工会", "王主任")[1].close()
    with closing(sqlite3.connect(tmp_path / "city" / "log.db")) as held:
        held.execute("SELECT count(*) FROM stored_events").fetchone()
        for path in (tmp_path / "city").glob("*.db*"):
            path.chmod(0o644)
        assert readable(tmp_path / "city")
        create_app(tmp_path / "city", is_tryout=False).extensions["liandong"].close()
        assert readable(tmp_path / "city") == []
