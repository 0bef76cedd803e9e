"""Group commit: whoever comes first writes for everybody who waits, then hands over to the next in line."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Take = Callable[[int], list[Item]]

GATHER = 0.00003
"""Seconds that the next writer lets go by after a rush, so that those who were just answered can come back with more."""


class Place(Generic[Item]):
    """A place in the line. `called` opens when the item was written, or when it is this thread's turn to write."""

    __slots__ = ("called", "is_written", "item")

    def __init__(self, item: Item) -> None:
        self.item, self.is_written = item, False
        self.called = threading.Lock()
        self.called.acquire()


class Group(Generic[Item]):
    """`Group(write).join(item)` returns when some thread's `write` has taken and written the item.

    `write(take)` writes what `take(most)` hands out, and must not raise for an item's sake. It takes when nothing is left
    to wait for (the database lock is held), so that those who come meanwhile are still with it.
    """

    def __init__(self, write: Callable[[Take[Item]], None]) -> None:
        self._write = write
        self._mutex = threading.Lock()
        self._line: deque[Place[Item]] = deque()
        self._is_led = False
        self._was_rush = False

    def join(self, item: Item) -> None:
        """Wait in line until the item is written; write for all who wait when it is this thread's turn."""
        place = Place(item)
        with self._mutex:
            self._line.append(place)
            leads = not self._is_led
            self._is_led = True
        if not leads:
            place.called.acquire()
        if not place.is_written:
            self._lead()

    def _lead(self) -> None:
        written: list[Place[Item]] = []

        def take(most: int) -> list[Item]:
            found = [self._line.popleft() for _ in range(min(most, len(self._line)))]
            written.extend(found)
            return [place.item for place in found]

        if self._was_rush:
            time.sleep(GATHER)
        try:
            self._write(take)
        finally:
            with self._mutex:
                self._was_rush = len(written) > 1
                following = self._line[0] if self._line else None
                self._is_led = following is not None
            for place in written:
                place.is_written = True
                place.called.release()
            if following:
                following.called.release()
