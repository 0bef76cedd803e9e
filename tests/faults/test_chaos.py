"""Everything goes wrong at once over a long log: workers, Redis, PostgreSQL, clocks. Nothing is lost or sent twice.

A city of 200,000 events has no read models yet. Workers are killed while they fold it and while they write to people; people
sign up meanwhile, and whoever gets no answer asks again with the same command.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psycopg
import pytest

from bench import world
from domain.contacts import ChangeContact
from domain.enrolments import Accepted
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.sign_up import SignUp
from ledger.events import Act, Command
from ledger.follow import view_differences
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from ledger.store import StoreUnavailable
from tests import databases
from tests.workers.killed import main
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, Office
from tests.workers.redis_server import RedisServer
from tests.workers.test_kill import processes
from workers.bell import PLACE, queue
from workers.outbox import LEASE

TOWN = 10_000
"""How many people live in the city; those of the slot come on top."""
SOON = "soon.1"
REMINDED = NOW + timedelta(days=2)
"""When people are reminded: a day before the slot."""
EARLY, LATE = REMINDED - timedelta(hours=20), REMINDED + timedelta(hours=2)
"""The true time in the first and the second half. Early on a clock that is a day ahead sends what others think is not due."""
JUMPS = {EARLY: (timedelta(0), timedelta(hours=-1), timedelta(days=1)), LATE: (timedelta(0), timedelta(hours=-1))}
"""How far a worker's clock may be off; later a day ahead would be behind the slot, when nobody needs reminding."""


class City:
    """A long log, a slot to sign up for, a mailbox, Redis, and perhaps a PostgreSQL server; and how to disturb them."""

    def __init__(self, place: Place, box: Mailbox, redis: RedisServer, superuser: str | None, seed: int) -> None:
        self.place, self.box, self.redis, self.superuser = place, box, redis, superuser
        self.dice = random.Random(seed)
        self.acknowledged: list[str] = []
        self._asked = 0
        self.now, self.jumps = EARLY, JUMPS[EARLY]
        self.office = Office(place, box.channel)

    def settle(self, events: int, people: int) -> None:
        """The log of the past, written at once; then, by commands, those who will sign up, and their slot."""
        world.write(self.office.desk.ledger, islice(world.events(TOWN), events))
        self.insist(RegisterOrganisation("centre", "社工服务中心", "social_work_centre"))
        for person in ("owner", "colleague", *(f"s{number}" for number in range(people))):
            self.insist(RegisterPerson(person, f"志愿者{person}", over=18, organisation="centre"))
            self.insist(ChangeContact(person, f"{person}@example.org"), person)
        self.office.open_slot("soon", seats=people)

    def insist(self, command: Command, actor: str = "owner") -> None:
        """Ask until there is an answer, each time with the same id."""
        self._asked += 1
        act = Act(f"i{self._asked}", actor, NOW, "centre")
        while True:
            try:
                self.office.desk.ledger.execute(command, act)
                return
            except StoreUnavailable:
                time.sleep(0.1)

    def sign_up(self, person: str) -> None:
        """They have a seat, and are told so."""
        self.insist(SignUp(SOON, person), person)
        self.acknowledged.append(person)

    def ring(self) -> None:
        """Every job five times, in any order."""
        jobs = [("follow",), ("drain", "mail"), ("drain", "acts")] * 5
        self.dice.shuffle(jobs)
        for name, *arguments in jobs:
            queue("mail", self.redis.client).enqueue(PLACE + name, *arguments)

    def work(self, seconds: float | None = None, meanwhile: Sequence[str] = ()) -> None:
        """A worker works, with a clock that may be off, until it is killed after so many seconds, or is done.

        Meanwhile these people sign up.
        """
        hear, say = processes.Pipe(duplex=False)
        now = self.now + self.dice.choice(self.jumps)
        worker = processes.Process(target=main, args=(self.place, self.box.channel, self.redis.url, now, say))
        worker.start()
        say.close()
        hear.poll(60)
        for person in meanwhile:
            self.sign_up(person)
        worker.join(seconds)
        if seconds is None:
            assert worker.exitcode == 0
        worker.kill()
        worker.join(30)
        hear.close()

    def pass_time(self, half: int) -> None:
        """The leases of whoever was killed end."""
        start = (EARLY, LATE)[half]
        self.now, self.jumps = max(start, self.now + LEASE), JUMPS[start]

    def finish(self) -> None:
        """With a right clock, when every lease has ended, whatever clock it was taken by."""
        self.jumps = (timedelta(0),)
        for hours in (8, 16):
            self.now = REMINDED + timedelta(hours=hours)
            self.ring()
            self.work()

    def disturb(self, number: int) -> None:
        """Redis forgets, or is killed; PostgreSQL cuts all connections, or crashes and comes back."""
        self.redis.client.flushall()
        if number % 5 == 4:
            self.redis.stop()
            self.redis.start()
        if self.superuser and number % 3 == 1:
            cut(self.superuser)
        if self.superuser and number % 10 == 7:
            crash(self.superuser)


def cut(superuser: str) -> None:
    """End every session but this one."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'liandong'")


def crash(superuser: str) -> None:
    """`kill -9` for one of its processes: the server ends all others and recovers from its log, as after a crash."""
    with psycopg.connect(superuser) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    give_up = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(superuser, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < give_up
            time.sleep(0.1)


@pytest.fixture
def city(engine: str, tmp_path: Path) -> Iterator[City]:
    """On PostgreSQL it has a server of its own, which may crash without anybody else noticing."""
    with Mailbox() as box, RedisServer(tmp_path) as redis:
        if engine == "sqlite":
            yield City(Place(tmp_path), box, redis, None, 7)
            return
        with databases.cluster(synchronous_commit="on") as superuser, databases.fresh(superuser) as name:
            yield City(Place(tmp_path, databases.used(superuser, name)), box, redis, superuser, 7)


@pytest.mark.parametrize(
    ("events", "people", "kills"), [(3_000, 10, 5), pytest.param(200_000, 150, 80, marks=pytest.mark.long)]
)
def test_nothing_is_lost_and_nobody_is_told_twice(city: City, events: int, people: int, kills: int) -> None:
    city.settle(events, people)
    persons = [f"s{number}" for number in range(people)]
    for number in range(kills):
        city.ring()
        city.work(city.dice.uniform(0.05, 0.8), persons[number::kills])
        city.disturb(number)
        city.pass_time(half=number * 2 // kills)
    city.finish()
    mailed(city.box, persons, kills)
    city.office.close()
    equal(city.place, city.acknowledged, persons)


def mailed(box: Mailbox, persons: list[str], kills: int) -> None:
    """Everybody was reminded; a copy, which a killed worker may leave, has the id of the first."""
    ids = defaultdict(list)
    for mail in box.mails:
        ids[str(mail["To"])].append(str(mail["Message-ID"]))
    assert set(ids) == {f"{person}@example.org" for person in persons}
    assert all(len(set(found)) == 1 for found in ids.values())
    assert len(box.mails) <= len(persons) + kills


def equal(place: Place, acknowledged: list[str], persons: list[str]) -> None:
    """Whoever was told that they have a seat has one, once; guards and read models are the fold of the log."""
    office = Office(place)
    ledger: Ledger = office.desk.ledger
    events = (one.event for one in ledger.replay())
    accepted = [event.person for event in events if isinstance(event, Accepted) and event.slot == SOON]
    assert sorted(accepted) == sorted(acknowledged) == sorted(persons)
    assert guard_differences(ledger) == []
    assert view_differences(office.desk.follower) == []
    office.close()
