"""The commands of the workers: `./run worker`, `./run cron`, `./run outbox`."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import FrameType
from typing import NoReturn

import click
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table
from rq import SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.serializers import JSONSerializer

from domain.deliveries import RetryDelivery
from ledger.events import Act
from projections import deliveries
from projections.wordings import label
from workers import jobs
from workers.bell import DOWN, PLACE, QUEUES, Bell, Order, bell_at, in_words, queue
from workers.beside import NoBell
from workers.drain import LANES, Desk, drain, follow

PERIOD = 10
"""Seconds between two looks at what is due because it is time."""
AGAIN = 2
"""Seconds between two attempts to reach Redis."""
SHOWN = 100
WORDS = {
    None: "等着办", "done": "办好了", "moot": "不用办了", "late": "过时了", "nobody": "没有邮箱", "no_channel": "没有发信渠道",
    "dead": "没办成",
}  # fmt: skip


def need_bell() -> Bell:
    """The bell, answering. Raises ClickException with a sentence."""
    url = os.environ.get("REDIS_URL")
    if not url:
        raise click.ClickException("没有设置 REDIS_URL：不用 Redis 时，网页进程自己就办到期的事，不必开 worker。")
    try:
        bell = bell_at(url)
        bell.redis.ping()
    except NoBell as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except RedisError as error:
        raise click.ClickException(f"{in_words(error)}。请确认它已启动、REDIS_URL 写对了。") from error
    return bell


class Hand(SimpleWorker):
    """A worker that knows whether it was told to stop. It forks for no job: it keeps its connections, and a job costs a
    millisecond instead of twenty.
    """

    was_told = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Told to stop: finish the job at hand."""
        self.was_told = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # the library's own


def work(desk: Desk, *, burst: bool = False, queues: Sequence[str] = QUEUES) -> None:
    """Serve the queues in their order until told to stop; with `burst` until they are empty."""
    jobs.Shop.bell, jobs.Shop.desk = need_bell(), desk
    while True:
        redis, trouble = jobs.Shop.bell.redis, RedisError()
        served = [queue(name, redis) for name in queues]
        worker = Hand(served, connection=redis, job_class=Order, serializer=JSONSerializer)
        try:
            worker.work(burst=burst, logging_level="CRITICAL")  # what it has to say, it says with everything it knows
        except RedisError as error:
            trouble = error
        if burst or worker.was_told:
            return
        wait_for_redis(trouble)


class Clock(CronScheduler):
    """RQ's own, which rings the bell where the library's would put a pickled call of its own into the queue."""

    def __init__(self, bell: Bell) -> None:
        super().__init__(bell.redis, logging_level="CRITICAL")
        self.bell = bell

    def enqueue_jobs(self) -> list[CronJob]:
        """Ring for what is due. Raises RedisError."""
        due = [one for one in self.get_jobs() if one.should_run()]
        for one in due:
            self.bell.call(one.func_name.removeprefix(PLACE), into=one.queue_name)
            one.set_enqueue_time(datetime.now(UTC))
        return due


def tick() -> None:
    """Ring every few seconds, so that what is due by time is found although nothing happens. Ends when told to stop."""
    while True:
        clock = Clock(need_bell())
        clock.register(jobs.follow, QUEUES[0], interval=PERIOD)
        try:
            clock.start()  # type: ignore[no-untyped-call]  # the library's own
            return
        except RedisError as error:
            wait_for_redis(error)


def wait_for_redis(trouble: RedisError) -> None:
    """Say that Redis is away, and come back when it does."""
    click.echo(DOWN.format(what=in_words(trouble)), err=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    while True:
        time.sleep(AGAIN)
        with suppress(click.ClickException):
            need_bell()
            return


def leave(*_: object) -> NoReturn:
    """Told to stop while waiting."""
    raise SystemExit(0)


def show(desk: Desk, console: Console, outcome: str | None) -> None:
    """The counts, and what has this outcome."""
    with desk.outbox.kept.read() as connection:
        counts = deliveries.counts(connection)
        found = deliveries.of_outcome(connection, outcome, None, SHOWN)
    console.print("，".join(f"{words} {counts.get(key, 0)}" for key, words in WORDS.items()), highlight=False)
    console.print(str(desk.channel or "没有设置 SMTP_URL，信不外寄。"), highlight=False)
    if found:
        table = Table("编号", "什么", "时段", "谁", "到期", "试过", "下次", "为什么")
        for one in found:
            line = (one.key, label(one.kind), one.slot, one.person, one.due[:16], str(one.attempts))
            table.add_row(*line, one.not_before[:16] if outcome is None else "", one.error or "")
        console.print(table)


def retry(desk: Desk, key: str, now: datetime) -> None:
    """Ask once more for what could not be done, on the record, and do it. Raises ClickException."""
    with desk.outbox.kept.read() as connection:
        found = deliveries.find(connection, key)
    if found is None or found.outcome not in deliveries.RETRIED:
        words = WORDS[found.outcome] if found else "没有这一件"
        raise click.ClickException(f"{key}：{words}，不能再试。能再试的看 ./run outbox --dead。")
    command = RetryDelivery(found.key, found.kind, found.slot, found.person or None)
    act = Act(f"retry:{found.key}:{found.asked}", "system", now, found.organisation, "command", reason="命令行再试一次")
    desk.ledger.execute(command, act)
    follow(desk)
    for lane in LANES:
        drain(desk, lane)
    with desk.outbox.kept.read() as connection:
        after = deliveries.find(connection, key)
    assert after is not None, "a delivery is never deleted"
    click.echo(f"{key}：{WORDS[after.outcome]}{f'（{after.error}）' if after.error else ''}")


def rebuild_later(desk: Desk, names: Sequence[str]) -> None:
    """Let a worker build these read models anew, all where none is named, after what is more urgent. Raises ClickException."""
    known = [projection.name for projection in desk.follower.projections]
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"没有这个读模型：{'、'.join(unknown)}。有：{'、'.join(known)}。")
    rang = need_bell().ring("rebuild", *(names or known), into=QUEUES[-1])
    click.echo("排进队列了。" if rang else "已经在队列里了。")
