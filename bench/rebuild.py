"""Rebuilding all read models from 200,000 events, against the library's way: a transaction per event and projection."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from typing import cast

from sqlalchemy.engine import Connection

import domain
from bench import world
from bench.figures import short, show, workplace
from ledger.events import TOPICS, Event, Recorded
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.projection import Projection, Rows
from ledger.views import Views
from projections import PROJECTIONS

EVENTS, PEOPLE = 200_000, 5_000
SAMPLE, SAMPLE_PEOPLE = 2_000, 50
ROUNDS = 2
TRACK = "INSERT INTO positions VALUES (?, 1, ?, 1) ON CONFLICT (name) DO UPDATE SET position = excluded.position"

assert domain.FEATURES, "every event type is known once the domain is loaded"


def run() -> None:
    """Print rebuild and rebuild.limit."""
    with workplace() as directory:
        large = written(directory / "large.db", EVENTS, PEOPLE)
        small = written(directory / "small.db", SAMPLE, SAMPLE_PEOPLE)
        rounds = [once(directory, large, small) for _ in range(ROUNDS)]
        large.close()
        small.close()
    report("rebuild", rounds)


def report(name: str, rounds: list[tuple[Seconds, Seconds, Seconds]]) -> None:
    """Print both comparisons from the medians of the rounds."""
    ours, library, raw = (
        tuple(median(part) for part in zip(*column, strict=True)) for column in zip(*rounds, strict=True)
    )
    cpu = {"cpu_us": short(1e6 * ours[1]), "baseline_cpu_us": short(1e6 * library[1])}
    show(name, 1 / ours[0], 1 / library[0], "events/s", library[0] / ours[0], **cpu)
    show(f"{name}.limit", 1 / ours[0], 1 / raw[0], "events/s", raw[0] / ours[0])


def written(path: Path, number: int, people: int) -> Ledger:
    """A log of so many events."""
    ledger = Ledger.open(path)
    world.write(ledger, islice(world.events(people), number))
    return ledger


Seconds = tuple[float, float]
"""Of the clock and of the processor, per event."""


def once(directory: Path, large: Ledger, small: Ledger) -> tuple[Seconds, Seconds, Seconds]:
    """One round: our rebuild, the library's loop, and reading and decoding alone."""
    for old in directory.glob("views*"):
        old.unlink()
    views, others = Views(directory / "views.db"), Views(directory / "views-library.db")
    follower = Follower(large, views, PROJECTIONS)
    ours = per_event(EVENTS, lambda: follower.rebuild(PROJECTIONS))
    library = per_event(SAMPLE, lambda: one_by_one(small, others))
    raw = per_event(EVENTS, lambda: sum(1 for _ in large.replay()))
    views.close()
    others.close()
    return ours, library, raw


def per_event(number: int, work: Callable[[], object]) -> Seconds:
    """What an event costs."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    work()
    return (time.perf_counter() - wall) / number, (cpu_seconds() - cpu) / number


def cpu_seconds() -> float:
    """What this process and those that it started and saw end have used, user and system."""
    return sum(os.times()[:4])


def one_by_one(ledger: Ledger, views: Views) -> None:
    """Each projection by itself follows the log as the library's runner does, with our handlers and prepared statements.

    Every commit reaches the disk, as the library's SQLite recorders leave it.
    """
    with views.write() as connection:
        for projection in PROJECTIONS:
            for table in projection.tables:
                table.create(connection)
    with views.read() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        for projection in PROJECTIONS:
            follow(ledger, connection, projection, "BEGIN IMMEDIATE", TRACK)


def follow(ledger: Ledger, connection: Connection, projection: Projection, begin: str, track: str) -> None:
    """Notification by notification: decode, handle, write the rows and the position, commit; `begin`, `track`: the engine's own."""
    topics = [topic for topic, event_type in TOPICS.items() if event_type in projection.handlers]
    start = 0
    while notifications := ledger.recorder.select_notifications(start + 1, 10, topics=topics):
        for notification in notifications:
            event = cast(Recorded[Event], ledger.mapper.to_domain_event(notification))
            connection.exec_driver_sql(begin)
            rows = Rows(connection)
            projection.handlers[type(event.event)](rows, event)
            rows.flush()
            connection.exec_driver_sql(track, (projection.name, notification.id))
            connection.exec_driver_sql("COMMIT")
        start = notifications[-1].id
