"""The jobs that RQ's workers run. Each is one of the functions that a single process calls itself; none carries anything.

What goes wrong is said here and not given back: RQ would keep it in Redis, and it may be about people. Nothing is lost by
that, since what was not done is still due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from ledger.progress import Told
from ledger.store import StoreUnavailable
from workers import drain as drains
from workers.bell import LANES, Bell
from workers.beside import NoBell
from workers.drain import Desk

log = logging.getLogger("liandong.workers")


class Shop:
    """What the jobs of this process work with; `./run worker` sets it before the first job."""

    desk: Desk
    bell: Bell


def job(work: Callable[..., None]) -> Callable[..., None]:
    """A job: from its beginning on others may call for it again, and its troubles are told to the person in charge."""

    @wraps(work)
    def run(*arguments: str) -> None:
        try:
            Shop.bell.heard(work.__name__, *arguments)
            work(*arguments)
        except (StoreUnavailable, NoBell) as told:
            log.warning(str(told))
        except Exception as error:
            log.error("%s 没有办完：%s", work.__name__, type(error).__name__)

    return run


@job
def follow() -> None:
    """Fold what is new, take over what is due, and call for whoever does it."""
    for lane in drains.follow(Shop.desk):
        Shop.bell.ring("drain", lane, into=LANES[lane])


@job
def drain(lane: str) -> None:
    """Do what is due of a lane."""
    drains.drain(Shop.desk, lane)


@job
def rebuild(*names: str) -> None:
    """Build these read models anew beside the living ones."""
    follower = Shop.desk.follower
    with Told(follower.views, follower.ledger.store.head()) as told:
        follower.rebuild([one for one in follower.projections if one.name in names], told)
