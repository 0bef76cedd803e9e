"""A streaming replica of the read models, from which pages are read while it keeps up with the primary."""

from __future__ import annotations

import time

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from ledger.database import Database
from ledger.views import ViewsUnavailable, positions

A_MOMENT, AT_MOST = 0.05, 2.0
"""Seconds for which a page waits for a replica that is a little behind, and somebody who has just written."""
BETWEEN_LOOKS = 0.001
PAUSE = 10.0
"""Seconds for which a replica that does not answer is left alone."""
_reached = select(func.min(positions.c.position))


class Replica(Database):
    """`Replica("postgresql://…")`. The primary serves where it is late or away, so nobody notices but the primary."""

    unavailable = ViewsUnavailable

    def __init__(self, where: str) -> None:
        super().__init__(where, "replica")
        self._silent_until = 0.0

    def offer(self, position: int, patience: float = A_MOMENT) -> Connection | None:
        """A connection that shows everything up to this position; None where it does not within so many seconds."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            connection = self.read()
            try:
                if self._shows(connection, position, patience):
                    return connection
            except BaseException:
                connection.close()
                raise
            connection.close()
        except ViewsUnavailable:
            self._silent_until = time.monotonic() + PAUSE
        return None

    def wait_for(self, position: int) -> None:
        """Return when pages show this position, whoever serves them. Raises ViewsUnavailable where they do not in time."""
        if (connection := self.offer(position, AT_MOST)) is not None:
            connection.close()
        elif time.monotonic() >= self._silent_until:
            raise ViewsUnavailable("备机落后太多，从它读的页面还没有更新。")

    def _shows(self, connection: Connection, position: int, patience: float) -> bool:
        until = time.monotonic() + patience
        while (connection.scalar(_reached) or 0) < position:
            if time.monotonic() > until:
                return False
            time.sleep(BETWEEN_LOOKS)
        return True
