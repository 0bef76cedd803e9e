"""The thread beside the pages: it tells workers that there is news, and does the work itself where nobody hears it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import count

from ledger.store import StoreUnavailable
from workers.drain import Desk, drain, follow

SECONDS = 1.0
"""Between two looks; nothing that is due is more exact."""
LOOKS = 10
"""Looks between two rings without news: some things are due because it is time."""
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
            if self.ring is None or self._news.is_set() or look % LOOKS == 0:
                self.look()

    def look(self) -> None:
        """Ring, or do what is due. Trouble is said once, and the pages go on."""
        self._news.clear()
        try:
            if self.ring is not None:
                self.ring()
                self.say("")
                return
        except NoBell as silent:
            self.say(str(silent))
        try:
            for lane in follow(self.desk):
                drain(self.desk, lane)
            if self.ring is None:
                self.say("")
        except StoreUnavailable as unavailable:
            self.say(f"到期的事暂时办不了：{unavailable}")
        except Exception as error:  # what it says may be about people, so only its kind is told
            self.say(f"到期的事办不下去：{type(error).__name__}")

    def say(self, trouble: str) -> None:
        """Tell the person in charge what is wrong when it begins, and that it is over."""
        if trouble and trouble != self._trouble:
            log.warning(trouble)
        elif self._trouble and not trouble:
            log.warning("恢复了，到期的事接着办。")
        self._trouble = trouble
