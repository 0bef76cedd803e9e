"""What encrypting costs: one event with personal fields written and read, against the same event in the clear."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from eventsourcing.persistence import JSONTranscoder

from bench import crypto_http
from bench.figures import short, show, workplace
from domain.contacts import ContactChanged
from domain.people import Registered
from ledger.codec import EventMapper, place
from ledger.events import Act, Event
from ledger.keys import KeyStore
from ledger.store import Stored

ROUNDS, TIMES = 300, 200
REPLAYED = 5_000
EVENTS: tuple[Event, ...] = (
    Registered("p1", "何小满", phone="13800000000", over=18, organisation="u0"),
    ContactChanged("p1", "xiaoman@example.org"),
)


def run() -> None:
    """Print crypto.write, crypto.read and both together (µs an event; the goal is a ratio of at most 3), crypto.replay, and what
    it costs over HTTP.
    """
    with workplace() as directory:
        clear, sealed = EventMapper(JSONTranscoder()), EventMapper(JSONTranscoder())
        sealed.keys = keys = KeyStore(directory / "keys.db", directory / "keys" / "master")
        act = Act("c1", "worker01", datetime.now(UTC), "u0")
        events = [place(act.record(event), event.stream, 1, 0) for event in EVENTS]
        pairs = [(clear.to_stored_event(one), sealed.to_stored_event(one)) for one in events]
        rows = [
            [Stored(1, e.stream, 1, kept.topic, kept.state) for kept in pair]
            for e, pair in zip(EVENTS, pairs, strict=True)
        ]
        write = [best(partial(each, mapper.to_stored_event, events)) for mapper in (sealed, clear)]
        read = [best(partial(each, mapper.read, [row[n] for row in rows])) for mapper, n in ((sealed, 1), (clear, 0))]
        both = [one + other for one, other in zip(write, read, strict=True)]
        for name, (ours, baseline) in (("crypto.write", write), ("crypto.read", read), ("crypto.both", both)):
            show(name, ours, baseline, "µs/event", ours / baseline, budget=3)
        keys.ensure([f"person:x{number}" for number in range(REPLAYED)])
        keys.close()
        first, again = replayed(directory)
        show("crypto.replay", first, again, "µs/key", again / first)
    crypto_http.run()


def each(work: Callable[[Any], object], things: list[Any]) -> None:
    """The work, with each of these."""
    for one in things:
        work(one)


def best(work: Callable[[], object]) -> float:
    """µs an event, of the quickest of many short rounds: the machine is never quiet."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES // len(EVENTS)):
            work()
        fastest = min(fastest, time.perf_counter() - started)
    return 1e6 * fastest / TIMES


def replayed(directory: Path) -> tuple[float, float]:
    """µs a key for a process that has none in memory and meets all of them, as a rebuild does; and once they are there."""
    keys = KeyStore(directory / "keys.db", directory / "keys" / "master")
    found = []
    for _ in range(2):
        started = time.perf_counter()
        for number in range(REPLAYED):
            keys.cipher(f"person:x{number}")
        found.append(1e6 * (time.perf_counter() - started) / REPLAYED)
    keys.close()
    return short(found[0]), short(found[1])
