"""Redis carries only that there is news: losing it, or hearing it five times, changes nothing of what is done."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from rq import Callback, Queue
from rq.serializers import JSONSerializer

from bench.throwaway import free_port
from ledger.place import Place
from ledger.views import positions
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, Office
from tests.workers.redis_server import RedisServer
from workers import beside, jobs, running
from workers.bell import ORDERS, PLACE, QUEUES, Bell, Order, queue
from workers.beside import Beside, NoBell


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Redis."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def bell(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Bell:
    """A bell that nobody has rung."""
    server.client.flushall()
    monkeypatch.setenv("REDIS_URL", server.url)
    return Bell(server.url)


@pytest.fixture
def office(tmp_path: Path, bell: Bell) -> Iterator[Office]:
    """Two people with a seat; it is time to remind them."""
    with Mailbox() as box:
        opened = Office(Place(tmp_path), box=box)
        opened.open()
        opened.sign_up("p1", "p2")
        opened.now = NOW + timedelta(days=2)
        yield opened
        opened.close()


def waiting(bell: Bell) -> dict[str, int]:
    return {name: queue(name, bell.redis).count for name in QUEUES}


def test_a_ring_leads_through_the_queues_to_the_mails(office: Office, bell: Bell) -> None:
    assert bell.ring("follow")
    assert not bell.ring("follow"), "called for already"
    assert waiting(bell) == {"projections": 1, "mail": 0, "reports": 0}
    running.work(office.desk, burst=True)
    assert len(office.mails) == 2
    assert waiting(bell) == {"projections": 0, "mail": 0, "reports": 0}
    assert bell.ring("follow"), "heard, so that news that came meanwhile is not lost"


def test_jobs_that_come_five_times_in_any_order_do_each_thing_once(office: Office, bell: Bell) -> None:
    names = [("follow",), ("drain", "mail"), ("drain", "acts")] * 5
    random.Random(3).shuffle(names)
    for name, *arguments in names:
        queue("mail", bell.redis).enqueue(PLACE + name, *arguments)
    running.work(office.desk, burst=True)
    assert sorted(str(mail["To"]) for mail in office.mails) == ["p1@example.org", "p2@example.org"]


CALLED: list[object] = []


def after(*told: object) -> None:
    """What would be called when a job is done, in this very process."""
    CALLED.append(told)


class Trap:
    """What unpickling it would do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_whoever_writes_to_redis_runs_nothing_but_our_jobs(office: Office, bell: Bell, tmp_path: Path) -> None:
    sprung = [tmp_path / name for name in ("pickled", "called")]
    Queue("mail", connection=bell.redis).enqueue("workers.jobs.follow", Trap(sprung[0]))
    queue("mail", bell.redis).enqueue("os.mkdir", str(sprung[1]))
    queue("mail", bell.redis).enqueue("workers.jobs.drains.follow")
    followed = queue("mail", bell.redis).enqueue("workers.jobs.follow", on_success=Callback(after))
    assert bell.redis.hexists(followed.key, "success_callback_name")
    hooked = queue("mail", bell.redis).enqueue("workers.jobs.drain", "acts")
    bell.redis.hset(hooked.key, "webhooks", '[{"url": "http://127.0.0.1:1/", "events": ["finished"]}]')
    bell.redis.hset(hooked.key, "success_callback_name", "os.getcwd")
    assert Order.fetch(hooked.id, bell.redis, JSONSerializer).success_callback is None
    assert not Order.fetch(hooked.id, bell.redis, JSONSerializer).webhooks
    running.work(office.desk, burst=True)
    assert not any(path.exists() for path in sprung)
    assert CALLED == []
    assert len(office.mails) == 2, "and ours are done all the same"


def test_every_job_can_be_called_for() -> None:
    assert {name for name, found in vars(jobs).items() if getattr(found, "__wrapped__", None)} == ORDERS


def test_losing_all_of_redis_loses_nothing(office: Office, bell: Bell, server: RedisServer) -> None:
    bell.ring("follow")
    server.client.flushall()
    running.work(office.desk, burst=True)
    assert office.mails == []
    server.stop()
    with pytest.raises(NoBell, match="连不上 Redis"):
        bell.ring("follow")
    server.start()
    bell.ring("follow")
    running.work(office.desk, burst=True)
    assert len(office.mails) == 2


def test_a_worker_without_redis_says_what_to_do(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(click.ClickException, match="确认它已启动"):
        running.work(office.desk, burst=True)
    monkeypatch.delenv("REDIS_URL")
    with pytest.raises(click.ClickException, match="没有设置 REDIS_URL"):
        running.tick()
    with pytest.raises(NoBell, match="写得不对"):
        Bell("hello")


def test_the_process_that_serves_rings_or_does_the_work_itself(
    office: Office, bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    beside_pages = Beside(office.desk, lambda: bell.ring("follow"))
    beside_pages.look()
    assert waiting(bell)["projections"] == 1
    assert office.mails == []
    nowhere = Bell(f"redis://127.0.0.1:{free_port()}/0")
    gone = Beside(office.desk, lambda: nowhere.ring("follow"))
    gone.look()
    gone.look()
    assert len(office.mails) == 2
    assert [record.message for record in caplog.records if "连不上 Redis" in record.message][1:] == [], "said once"
    gone.ring = lambda: bell.ring("follow")
    gone.look()
    assert "恢复了" in caplog.text


def test_what_no_worker_comes_for_is_done_beside_the_pages(
    office: Office, bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    """Redis is there and somebody forgot to start a worker."""
    beside_pages = Beside(office.desk, lambda: bell.ring("follow"))
    beside_pages.look()
    assert office.mails == []
    office.now += beside.PATIENCE + timedelta(seconds=1)
    beside_pages.look(is_time=False)
    assert office.mails == []
    beside_pages.look()
    assert len(office.mails) == 2
    assert "没有 worker 来办" in caplog.text
    beside_pages.look()
    assert "恢复了" in caplog.text


def test_the_thread_beside_the_pages_works_until_it_is_told_to_stop(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "SECONDS", 0.01)
    stop = threading.Event()
    thread = threading.Thread(target=Beside(office.desk), args=(stop,))
    thread.start()
    for _ in range(1000):
        if len(office.mails) == 2:
            break
        stop.wait(0.01)
    stop.set()
    thread.join(timeout=10)
    assert len(office.mails) == 2


def test_trouble_with_the_database_is_said_and_nothing_stops(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_desk: object) -> list[str]:
        raise ValueError("王小明 is nobody's business")

    monkeypatch.setattr(beside, "follow", broken)
    Beside(office.desk).look()
    assert "ValueError" in caplog.text
    assert "王小明" not in caplog.text


def test_a_rebuild_waits_for_what_is_more_urgent(office: Office, bell: Bell) -> None:
    running.rebuild_later(office.desk, ["people"])
    with pytest.raises(click.ClickException, match="没有这个读模型"):
        running.rebuild_later(office.desk, ["nothing"])
    bell.ring("follow")
    assert waiting(bell) == {"projections": 1, "mail": 0, "reports": 1}
    running.work(office.desk, burst=True)
    assert jobs.Shop.desk is office.desk
    assert len(office.mails) == 2
    office.run()
    with office.desk.follower.views.read() as connection:
        row = connection.execute(positions.select().where(positions.c.name == "people")).one()
    assert row.generation == 2
