"""The jobs that RQ's workers run. Each is one of the functions that a single process calls itself; none carries anything."""

from __future__ import annotations

from workers import drain as drains
from workers.bell import LANES, Bell
from workers.drain import Desk


class Shop:
    """What the jobs of this process work with; `./run worker` sets it before the first job."""

    desk: Desk
    bell: Bell


def follow() -> None:
    """Fold what is new, take over what is due, and call for whoever does it."""
    Shop.bell.heard("follow")
    for lane in drains.follow(Shop.desk):
        Shop.bell.ring("drain", lane, queue=LANES[lane])


def drain(lane: str) -> int:
    """Do what is due of a lane; how much there was."""
    Shop.bell.heard("drain", lane)
    return drains.drain(Shop.desk, lane)


def rebuild(*names: str) -> int:
    """Build these read models anew beside the living ones; the number of events folded."""
    Shop.bell.heard("rebuild", *names)
    follower = Shop.desk.follower
    return follower.rebuild([one for one in follower.projections if one.name in names])
