"""Fold events by hand into read models in memory, as the follow loop would: `fold(event)`, then read with `fold.read`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from domain.words import ZONE, day_of
from ledger.events import Event, Recorded
from ledger.follow import scratch
from projections import PROJECTIONS


class Fold:
    """Keeps the events and folds all of them anew when somebody reads; each event happens a minute after the last."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)) -> None:
        self.moment = start
        self.events: list[Recorded[Event]] = []
        self._read: Connection | None = None

    def __call__(self, event: Event, **circumstances: Any) -> int:
        """Record an event; its position."""
        self.moment += timedelta(minutes=1)
        position = len(self.events) + 1
        about: dict[str, Any] = {"actor": "owner", "recorded": self.moment} | circumstances
        self.events.append(Recorded(event=event, position=position, originator_id=event.stream, **about))
        self._read = None
        return position

    def at(self, positions: Sequence[int]) -> list[Recorded[Event]]:
        """The events at these positions, as a ledger gives them."""
        return [self.events[position - 1] for position in positions]

    @property
    def day(self) -> str:
        """The local day of the last event."""
        return day_of(self.moment)

    @property
    def read(self) -> Connection:
        """A connection to the read models, as of the last event."""
        if self._read is None:
            self._read = scratch(PROJECTIONS, self.events).read()
        return self._read
