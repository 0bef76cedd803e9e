"""Rebuilding all read models on PostgreSQL, against the library's way and against reading and decoding alone."""

from __future__ import annotations

from itertools import islice
from statistics import median
from typing import cast

import psycopg
from sqlalchemy.engine import Connection

from bench import world
from bench.figures import short, show
from bench.rebuild import EVENTS, PEOPLE, ROUNDS, SAMPLE, SAMPLE_PEOPLE, Seconds, per_event
from bench.write_postgres import a_server
from ledger.events import TOPICS, Event, Recorded
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.preparing import prepare
from ledger.projection import Projection, Rows
from ledger.views import Views
from projections import PROJECTIONS

TRACK = "INSERT INTO positions VALUES (%s, 1, %s, 1) ON CONFLICT (name) DO UPDATE SET position = excluded.position"


def run() -> None:
    """Print rebuild.postgresql and rebuild.postgresql.limit."""
    with a_server() as server:
        large, small = (server.rpartition("/")[0] + name for name in ("/bench_large", "/bench_small"))
        written(server, large, EVENTS, PEOPLE)
        written(server, small, SAMPLE, SAMPLE_PEOPLE)
        rounds = [once(large, small) for _ in range(ROUNDS)]
    ours, library, raw = (
        tuple(median(part) for part in zip(*column, strict=True)) for column in zip(*rounds, strict=True)
    )
    cpu = {"cpu_us": short(1e6 * ours[1]), "baseline_cpu_us": short(1e6 * library[1])}
    show("rebuild.postgresql", 1 / ours[0], 1 / library[0], "events/s", library[0] / ours[0], **cpu)
    show("rebuild.postgresql.limit", 1 / ours[0], 1 / raw[0], "events/s", raw[0] / ours[0])


def written(server: str, url: str, number: int, people: int) -> None:
    """A database with a log of so many events."""
    name = url.rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    prepare(url, url)
    ledger = Ledger.open(url)
    world.write(ledger, islice(world.events(people), number))
    ledger.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def once(large: str, small: str) -> tuple[Seconds, Seconds, Seconds]:
    """One round: our rebuild, the library's loop, and reading and decoding alone."""
    ledger, views = Ledger.open(large), Views(large)
    follower = Follower(ledger, views, PROJECTIONS)
    ours = per_event(EVENTS, lambda: follower.rebuild(PROJECTIONS))
    raw = per_event(EVENTS, lambda: sum(1 for _ in ledger.replay()))
    other, others = Ledger.open(small), Views(small)
    library = per_event(SAMPLE, lambda: one_by_one(other, others))
    for one in (ledger, views, other, others):
        one.close()
    return ours, library, raw


def one_by_one(ledger: Ledger, views: Views) -> None:
    """Each projection by itself follows the log as the library's runner does, with our handlers and prepared statements.

    Every commit reaches the disk, as the library's PostgreSQL recorders leave it.
    """
    with views.write() as connection:
        for table in (table for projection in PROJECTIONS for table in projection.tables):
            table.drop(connection, checkfirst=True)
            table.create(connection)
    with views.read() as connection:
        connection.exec_driver_sql("SET synchronous_commit = on")
        for projection in PROJECTIONS:
            follow(ledger, connection, projection)
        connection.exec_driver_sql("DELETE FROM positions")


def follow(ledger: Ledger, connection: Connection, projection: Projection) -> None:
    """Notification by notification: decode, handle, write the rows and the position, commit."""
    topics = [topic for topic, event_type in TOPICS.items() if event_type in projection.handlers]
    start = 0
    while notifications := ledger.recorder.select_notifications(start + 1, 10, topics=topics):
        for notification in notifications:
            event = cast(Recorded[Event], ledger.mapper.to_domain_event(notification))
            connection.exec_driver_sql("BEGIN")
            rows = Rows(connection)
            projection.handlers[type(event.event)](rows, event)
            rows.flush()
            connection.exec_driver_sql(TRACK, (projection.name, notification.id))
            connection.exec_driver_sql("COMMIT")
        start = notifications[-1].id
