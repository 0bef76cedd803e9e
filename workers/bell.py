"""Redis carries one thing: that there is news, and of which kind. What there is to do stands in SQL, so losing it loses nothing.

A ring while another of its kind waits is the same ring; one that comes while the work is being done is a new one.

Whoever can write to Redis is not trusted with more than that: what a worker takes from there is JSON and one of `ORDERS`. RQ's own
way, a pickled call of any function there is, would let them run what they like beside the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from workers.beside import NoBell

QUEUES = ("projections", "mail", "reports")
"""In the order in which workers serve them: first what pages show, then what people wait for, then what can wait."""
ORDERS = frozenset({"follow", "drain", "rebuild"})
"""The functions of `workers.jobs` that may be called for."""
PLACE = "workers.jobs."
UNASKED = (b"success_callback_name", b"failure_callback_name", b"stopped_callback_name", b"webhooks")
"""What RQ would call besides, by the same hand."""
LANES = {"mail": "mail", "acts": "reports"}
"""In which queue a lane of the outbox is drained."""
UNHEARD = timedelta(seconds=30)
"""After so long a ring that nobody heard no longer keeps others silent."""
LONGEST = timedelta(hours=1)
DOWN = "{what}。网页照常，到期的事由网页进程自己办；Redis 回来后自动接上。"
REFUSALS = {"MISCONF": "Redis 的磁盘写不进去，请清出空间", "OOM": "Redis 的内存用完了，请调高 maxmemory"}
"""What Redis answers instead of taking anything, by the first word."""


class NotOurs(Exception):
    """Redis holds a call of something that is none of the workers' jobs: somebody else wrote it there."""


class Order(Job):
    """A job as workers take it from Redis: one of ours, and nothing that is to be called after it."""

    @property
    def func(self) -> Callable[..., Any] | None:
        """The function. Raises NotOurs for any but `ORDERS`."""
        name = self.func_name or ""
        if not name.startswith(PLACE) or name.removeprefix(PLACE) not in ORDERS or self.instance is not None:
            raise NotOurs(name)
        found: Callable[..., Any] | None = super().func
        return found

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read what Redis keeps of it."""
        super().restore({name: value for name, value in raw_data.items() if name not in UNASKED})


def queue(name: str, redis: Redis) -> Queue:
    """A queue of orders."""
    return Queue(name, connection=redis, serializer=JSONSerializer, job_class=Order)


class Bell:
    """`Bell(url).ring("follow")`. Raises NoBell where Redis does not answer."""

    def __init__(self, url: str) -> None:
        """Nothing is connected yet. Raises NoBell for an address that is none."""
        try:
            self.redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        except ValueError as error:
            raise NoBell(f"REDIS_URL 写得不对（{error}）：应当像 redis://主机:6379/0。") from error

    def ring(self, job: str, *arguments: str, into: str = "projections") -> bool:
        """Let a worker do this job; False where it is called for already. Raises NoBell."""
        try:
            return self.call(job, *arguments, into=into)
        except RedisError as error:
            raise NoBell(DOWN.format(what=in_words(error))) from error

    def call(self, job: str, *arguments: str, into: str) -> bool:
        """The same for whoever knows what to do without Redis. Raises RedisError."""
        if not self.redis.set(name_of(job, *arguments), 1, nx=True, ex=UNHEARD):
            return False
        queue(into, self.redis).enqueue_call(
            PLACE + job,
            args=arguments,
            timeout=int(LONGEST.total_seconds()),
            ttl=int(LONGEST.total_seconds()),
            result_ttl=0,
            failure_ttl=int(LONGEST.total_seconds()),
            description=" ".join((job, *arguments)),
        )
        return True

    def heard(self, job: str, *arguments: str) -> None:
        """The work begins: whoever rings from now on has news that it may not see."""
        self.redis.delete(name_of(job, *arguments))


bell_at = cache(Bell)
"""One for each address, with the connections that it keeps."""


def in_words(error: RedisError) -> str:
    """What is wrong with Redis."""
    said = str(error) or "断开了"
    return REFUSALS.get(said.partition(" ")[0], f"连不上 Redis（{said[:100]}）")


def name_of(job: str, *arguments: str) -> str:
    """The key that says that this job is called for."""
    return ":".join(("liandong", "rung", job, *arguments))
