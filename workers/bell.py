"""Redis carries one thing: that there is news, and of which kind. What there is to do stands in SQL, so losing it loses nothing.

A ring while another of its kind waits is the same ring; one that comes while the work is being done is a new one.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from workers.beside import NoBell

QUEUES = ("projections", "mail", "reports")
"""In the order in which workers serve them: first what pages show, then what people wait for, then what can wait."""
LANES = {"mail": "mail", "acts": "reports"}
"""In which queue a lane of the outbox is drained."""
UNHEARD = timedelta(seconds=30)
"""After so long a ring that nobody heard no longer keeps others silent."""
LONGEST = timedelta(hours=1)
DOWN = "{what}。网页照常，到期的事由网页进程自己办；Redis 回来后自动接上。"
REFUSALS = {"MISCONF": "Redis 的磁盘写不进去，请清出空间", "OOM": "Redis 的内存用完了，请调高 maxmemory"}
"""What Redis answers instead of taking anything, by the first word."""


class Bell:
    """`Bell(url).ring("follow")`. Raises NoBell where Redis does not answer."""

    def __init__(self, url: str) -> None:
        """Nothing is connected yet. Raises NoBell for an address that is none."""
        try:
            self.redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        except ValueError as error:
            raise NoBell(f"REDIS_URL 写得不对（{error}）：应当像 redis://主机:6379/0。") from error

    def ring(self, job: str, *arguments: str, queue: str = "projections") -> bool:
        """Let a worker do this job (of `workers.jobs`); False where it is called for already."""
        try:
            if not self.redis.set(name_of(job, *arguments), 1, nx=True, ex=UNHEARD):
                return False
            Queue(queue, connection=self.redis).enqueue_call(
                f"workers.jobs.{job}",
                args=arguments,
                timeout=int(LONGEST.total_seconds()),
                ttl=int(LONGEST.total_seconds()),
                result_ttl=0,
                failure_ttl=int(LONGEST.total_seconds()),
                description=" ".join((job, *arguments)),
            )
        except RedisError as error:
            raise NoBell(DOWN.format(what=in_words(error))) from error
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
