"""Local wall time for read models. Many events share one instant (a slot starts for all of its people), so it is remembered."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from domain.words import ZONE


@lru_cache(maxsize=4096)
def wall(moment: datetime) -> str:
    """Local wall time `2026-11-22T09:00:00`, with its fraction of a second where it has one."""
    return moment.astimezone(ZONE).replace(tzinfo=None).isoformat()


def local(moment: datetime) -> str:
    """Local wall time to the second, `2026-11-22T09:00:00`."""
    return wall(moment)[:19]


def day_of(moment: datetime) -> str:
    """The local date, `2026-11-22`."""
    return wall(moment)[:10]
