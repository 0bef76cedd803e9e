"""Folding events into rows: the batches in which the log is read, and which handlers an event goes to."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from eventsourcing.persistence import MapperDeserialisationError

from ledger.events import Event, Recorded
from ledger.log import Ledger
from ledger.projection import Handler, Projection, Rows

BATCH = 5000
"""Events that are folded before rows are written."""


def next_batch(ledger: Ledger, after: int, until: int | None = None) -> list[Recorded[Event]]:
    """The next events. Where an unknown topic stands among them, those before it; at its turn UnknownTopic is raised."""
    batch: list[Recorded[Event]] = []
    try:
        for event in ledger.replay(after, until, BATCH):
            batch.append(event)
            if len(batch) == BATCH:
                break
    except MapperDeserialisationError:
        if not batch:
            raise
    return batch


def handlers_of(projections: Iterable[Projection]) -> dict[type[Event], list[Handler]]:
    """All handlers of these projections by the event that they fold."""
    handlers: dict[type[Event], list[Handler]] = {}
    for projection in projections:
        for event_type, handler in projection.handlers.items():
            handlers.setdefault(event_type, []).append(handler)
    return handlers


def fold(handlers: dict[type[Event], list[Handler]], rows: Rows, events: Iterable[Recorded[Event]]) -> None:
    """Apply events to projections, each event to all of them before the next."""
    for event in events:
        for handler in handlers.get(type(event.event), ()):
            handler(rows, event)


@contextmanager
def without_collector() -> Iterator[None]:
    """Many rows are kept for long and none of them in a cycle: looking through them again and again costs a fifth of a rebuild."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
