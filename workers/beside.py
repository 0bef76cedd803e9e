"""The thread beside the pages: it tells workers that there is news, and does the work itself where nobody hears it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from ledger.store import StoreUnavailable
from projections import deliveries
from projections.moments import local
from workers.drain import Desk, drain, follow

SECONDS = 1.0
"""Between two looks; nothing that is due is more exact."""
LOOKS = 10
"""Looks between two rings without news: some things are due because it is time."""
PATIENCE = timedelta(minutes=1)
"""How long something may wait for a worker before it is done here."""
ALONE = "到期的事等了一分多钟没有 worker 来办，网页进程先办着。请看看 ./run worker 是不是开着。"
log = logging.getLogger("liandong.workers")


class NoBell(Exception):
    """Nobody can be told: Redis does not answer, or its address is none. The sentence says what to do."""


class Beside:
    """`Beside(desk, ring)(stop)` runs until the event is set. Without a way to ring this process does all the work."""

    def __init__(self, desk: Desk, ring: Callable[[], object] | None = None) -> None:
        """`ring` tells workers that there is news. Raises NoBell."""
        self.desk, self.ring = desk, ring
        self._news = threading.Event()
        self._trouble = ""
        desk.follower.moved.append(lambda _position: self._news.set())

    def __call__(self, stop: threading.Event) -> None:
        for look in count():
            if stop.wait(SECONDS):
                return
            is_time = look % LOOKS == 0
            if self.ring is None or self._news.is_set() or is_time:
                self.look(is_time=is_time)

    def look(self, *, is_time: bool = True) -> None:
        """Tell workers, or do what is due. Trouble is said once, and the pages go on."""
        self._news.clear()
        try:
            if self.is_heard(is_time=is_time):
                return
            for lane in follow(self.desk):
                drain(self.desk, lane)
            if self.ring is None:
                self.say("")
        except StoreUnavailable as unavailable:
            self.say(f"到期的事暂时办不了：{unavailable}")
        except Exception as error:  # what it says may be about people, so only its kind is told
            self.say(f"到期的事办不下去：{type(error).__name__}")

    def is_heard(self, *, is_time: bool) -> bool:
        """Ring; whether there are workers who come for it. Raises StoreUnavailable."""
        if self.ring is None:
            return False
        try:
            self.ring()
        except NoBell as silent:
            self.say(str(silent))
            return False
        if is_time and self.is_alone():
            self.say(ALONE)
            return False
        if is_time:
            self.say("")
        return True

    def is_alone(self) -> bool:
        """Whether something waits so long that no worker can be there."""
        follow(self.desk)
        with self.desk.outbox.kept.read() as connection:
            oldest = deliveries.waits_since(connection, local(self.desk.clock()))
        return oldest is not None and oldest < local(self.desk.clock() - PATIENCE)

    def say(self, trouble: str) -> None:
        """Tell the person in charge what is wrong when it begins, and that it is over."""
        if trouble and trouble != self._trouble:
            log.warning(trouble)
        elif self._trouble and not trouble:
            log.warning("恢复了，到期的事接着办。")
        self._trouble = trouble
