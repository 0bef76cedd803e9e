"""`kill -9` of workers in the middle, Redis flushed between: everybody is written to, and a copy is known for a copy."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.hours import Hours
from ledger.follow import view_differences
from ledger.place import Place
from tests.workers.killed import main
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, SLOT, Office
from tests.workers.redis_server import RedisServer
from workers.bell import PLACE, queue
from workers.outbox import LEASE

JUMPS = (timedelta(0), timedelta(0), timedelta(hours=1))
"""How far a worker's clock may be behind."""
LAST = 10_000
"""More mails than ever come: the worker finishes."""
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.workers.killed"])


def work(place: Place, box: Mailbox, redis: str, now: datetime, most: int = LAST) -> None:
    """Start a worker and kill it once so many mails have come in all; it may finish before."""
    hear, say = processes.Pipe(duplex=False)
    worker = processes.Process(target=main, args=(place, box.channel, redis, now, say))
    worker.start()
    say.close()
    assert hear.recv_bytes() == b"ready"
    while worker.is_alive() and len(box.mails) < most:
        time.sleep(0.0005)
    worker.kill()
    worker.join(30)
    hear.close()


@pytest.mark.parametrize(("people", "kills"), [(24, 6), pytest.param(300, 100, marks=pytest.mark.long)])
def test_whoever_is_killed_loses_nothing_and_doubles_nothing(
    place: Place, tmp_path: Path, people: int, kills: int
) -> None:
    dice, names = random.Random(11), [f"p{number + 1}" for number in range(people)]
    with Mailbox() as box, RedisServer(tmp_path) as server:
        office = Office(place, box.channel)
        office.open(seats=people, people=people)
        office.sign_up(*names)
        office.serve("p1")
        office.close()
        now = NOW + timedelta(days=2)
        for number in range(kills):
            call(server, dice)
            work(place, box, server.url, now - dice.choice(JUMPS), len(box.mails) + dice.randrange(1, 5))
            server.client.flushall()
            if number % 10 == 9:
                server.stop()
                server.start()
            now += LEASE
        for later in (now + LEASE, now + timedelta(days=3), now + timedelta(days=12)):
            call(server, dice)
            work(place, box, server.url, later)
        ids = defaultdict(list)
        for mail in box.mails:
            ids[str(mail["To"])].append(str(mail["Message-ID"]))
        assert set(ids) == {f"{person}@example.org" for person in names[1:]}, "the first was there already"
        assert all(len(set(found)) == 1 for found in ids.values()), "a copy has the id of the first"
        assert len(box.mails) <= people + kills, "and only what was in somebody's hands came twice"
    settled(Office(place), people)


def call(server: RedisServer, dice: random.Random) -> None:
    """Every job five times, in any order."""
    jobs = [("follow",), ("drain", "mail"), ("drain", "acts")] * 5
    dice.shuffle(jobs)
    for name, *arguments in jobs:
        queue("mail", server.client).enqueue(PLACE + name, *arguments)


def settled(office: Office, people: int) -> None:
    """Everything was done once, and the read models are the fold of the log."""
    hours = office.hours()
    assert isinstance(hours, Hours)
    assert hours.state == "credited"
    topics = [event.event.topic for event in office.desk.ledger.stream(f"hours:{SLOT}/p1")]
    assert topics.count("hours.posted") == topics.count("hours.credited") == 1
    absent = [event for event in office.desk.ledger.replay() if event.event.topic == "enrolment.no_show"]
    assert len(absent) == people - 1
    assert sorted(map(str, office.outcomes().values())) == ["done"] * (people + 2) + ["moot"]
    assert view_differences(office.desk.follower) == []
    office.close()
