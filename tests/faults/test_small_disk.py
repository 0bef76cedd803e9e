"""A disk that is really full, for each server: a clear sentence, nothing half written, and with room again it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bench.throwaway import OWNER
from domain.person_files import RegisterPerson
from ledger.follow import view_differences
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from ledger.troubles import FULL, DatabaseUnavailable
from tests import databases
from tests.faults.writer import act
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, Office
from tests.workers.redis_server import RedisServer
from workers.bell import Bell
from workers.beside import Beside

MEGABYTES = 48
BALLAST = "ballast"
"""A file that stands in the way until somebody makes room."""


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own, of 48 megabytes, with half of them taken by the ballast. It is not among pytest's folders: those are
    closed to others, also to the server's own user, whenever another run begins.
    """
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    disk = Path(tempfile.mkdtemp(prefix="liandong-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0755", "tmpfs", disk], check=True)
    try:
        (disk / BALLAST).write_bytes(bytes(MEGABYTES << 19))
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
        disk.rmdir()


@pytest.fixture
def small_place(engine: str, small_disk: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty place on that disk: the files of SQLite, or a database of PostgreSQL in a tablespace there."""
    if engine == "sqlite":
        yield Place(small_disk)
        return
    server = request.getfixturevalue("cluster")
    space = small_disk / "tablespace"
    space.mkdir()
    shutil.chown(space, OWNER)
    for parent in (small_disk, *small_disk.parents):
        if not parent.stat().st_mode & 0o001:  # the server's own user goes through
            parent.chmod(parent.stat().st_mode | 0o001)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'".encode())
        connection.execute(b"CREATE DATABASE small TEMPLATE template TABLESPACE small")
    try:
        yield Place(tmp_path, databases.used(server, "small"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(b"DROP DATABASE small WITH (FORCE)")
            connection.execute(b"DROP TABLESPACE small")


def register(ledger: Ledger, number: int) -> None:
    """One person with a long note that does not shrink."""
    note = os.urandom(4000).hex()
    ledger.execute(RegisterPerson(f"p{number}", "无名", note=note), act(f"r{number}"))


def register_all(ledger: Ledger, written: list[int]) -> None:
    """One person after another, without end; who was acknowledged."""
    for number in count():
        register(ledger, number)
        written.append(number)


def test_a_full_disk_is_said_and_with_room_again_it_goes_on(small_place: Place, small_disk: Path) -> None:
    ledger = Ledger.open(small_place.log, small_place.folder)
    written: list[int] = []
    with pytest.raises(DatabaseUnavailable, match=FULL):
        register_all(ledger, written)
    assert len(written) > 100
    with pytest.raises(DatabaseUnavailable):
        register(ledger, len(written))
    assert sum(1 for _ in ledger.replay()) == len(written), "neither lost nor half written"
    (small_disk / BALLAST).unlink()
    for more in range(5):
        register(ledger, len(written) + more)
    assert guard_differences(ledger) == []
    assert sum(1 for _ in ledger.replay()) == len(written) + 5
    ledger.close()
    office = Office(small_place)
    assert view_differences(office.desk.follower) == []
    office.close()


def test_redis_that_cannot_save_is_said_and_the_work_is_done_beside_the_pages(
    small_disk: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Mailbox() as box, RedisServer(small_disk, "--save", "3600 100000") as server:
        office = Office(Place(tmp_path), box=box)
        office.open()
        office.sign_up("p1", "p2")
        office.now = NOW + timedelta(days=2)
        fill(small_disk)
        server.cannot_save()
        bell = Bell(server.url)
        pages = Beside(office.desk, lambda: bell.ring("follow"))
        pages.look()
        assert len(office.mails) == 2
        assert "磁盘" in caplog.text
        for ballast in small_disk.glob(f"{BALLAST}*"):
            ballast.unlink()
        server.client.save()
        assert bell.ring("follow"), "it hears again"
        office.close()


def fill(disk: Path) -> None:
    """Leave not one byte."""
    with (disk / f"{BALLAST}2").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            return
