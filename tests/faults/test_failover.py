"""Streaming replication: the primary is killed under load, its synchronous standby takes over, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bench import throwaway
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from ledger.follow import Follower
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from ledger.preparing import prepare
from ledger.store import StoreUnavailable
from ledger.views import Views
from projections import PROJECTIONS, people
from tests.databases import owned, used
from tests.faults.writer import act

CITY = "city"
WRITERS = 4
BEFORE, DURING = 20, 200
"""How many people are known before the load begins, and how many are acknowledged before the primary is killed."""


@contextmanager
def standby_of(primary: str) -> Iterator[str]:
    """A copy that follows the primary and without whose word nothing is acknowledged; the address of its superuser."""
    with tempfile.TemporaryDirectory(prefix="liandong-standby-", ignore_cleanup_errors=True) as made:
        folder, port = Path(made), throwaway.free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, throwaway.OWNER)
        data, programs = folder / "data", throwaway.programs()
        copy = (programs / "pg_basebackup", "-d", primary, "-D", data, "-R", "-X", "stream", "-c", "fast")
        throwaway.run(throwaway.as_server(*copy), folder)
        options = ("-clisten_addresses=127.0.0.1", f"-cport={port}", "-cunix_socket_directories=")
        with (folder / "log").open("wb") as log:
            command = throwaway.as_server(programs / "postgres", "-D", data, *options)
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        url = f"{primary.rpartition('@')[0]}@127.0.0.1:{port}/postgres"
        try:
            throwaway.wait_until_ready(url, process, folder / "log")
            obey(primary)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(throwaway.START_SECONDS)


def obey(primary: str) -> None:
    """From now on no commit is acknowledged before the standby has it on its disk."""
    with psycopg.connect(primary, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
        until(lambda: connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)])


def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for it. Raises AssertionError."""
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def kill(superuser: str) -> None:
    """`kill -9` for the whole server."""
    os.kill(throwaway.postmaster(superuser), signal.SIGKILL)


class Load:
    """Threads that register people until the server is gone; who was acknowledged."""

    def __init__(self, ledger: Ledger) -> None:
        self.acknowledged: list[str] = []
        self._ledger = ledger
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def _write(self, number: int) -> None:
        count = 0
        while True:
            person = f"w{number}-{count}"
            try:
                self._ledger.execute(RegisterPerson(person, "路人", organisation="u1"), act(person))
            except StoreUnavailable:
                return
            self.acknowledged.append(person)
            count += 1

    def end(self) -> None:
        """Wait until all have noticed."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


def test_a_synchronous_standby_takes_over_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with throwaway.server(durable=False, max_connections="50", synchronous_commit="on") as primary:
        place = Place(tmp_path, used(primary, CITY))
        prepare(owned(primary, CITY), str(place.url))
        ledger, views = Ledger.open(place.log, place.folder), Views(place.views)
        ledger.execute(RegisterOrganisation("u1", "市总工会", "city_union"), act("u1"))
        for number in range(BEFORE):
            ledger.execute(RegisterPerson(f"p{number}", "何小满", organisation="u1"), act(f"p{number}"))
        Follower(ledger, views, PROJECTIONS).prepare()
        with standby_of(primary) as standby:
            follow_on(standby)
            load = Load(ledger)
            until(lambda: len(load.acknowledged) > DURING)
            kill(primary)
            load.end()
            ledger.close()
            views.close()
            take_over(standby, place, load.acknowledged)


def follow_on(standby: str) -> None:
    """Pages may be read from the standby while it follows; nothing can be written there."""
    replica = Views(used(standby, CITY))
    with replica.read() as connection:
        until(lambda: people.find(connection, "p19") is not None)
    replica.close()
    ledger = Ledger.blind(used(standby, CITY))
    with pytest.raises(StoreUnavailable):
        ledger.execute(RegisterOrganisation("u2", "另一个", "city_union"), act("u2"))
    ledger.close()


def take_over(standby: str, place: Place, acknowledged: list[str]) -> None:
    """The standby becomes the primary: it holds everybody, answers as the old one did, and goes on."""
    with psycopg.connect(standby, autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")
    ledger = Ledger.open(used(standby, CITY), place.folder)
    registered = {getattr(recorded.event, "person", "") for recorded in ledger.replay()}
    assert set(acknowledged) <= registered
    assert guard_differences(ledger) == []
    again = ledger.execute(RegisterPerson(acknowledged[-1], "路人", organisation="u1"), act(acknowledged[-1]))
    assert again.repeated
    assert ledger.execute(RegisterPerson("after", "路人", organisation="u1"), act("after")).position
    ledger.close()
