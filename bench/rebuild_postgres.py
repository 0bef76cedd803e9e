"""Rebuilding all read models on PostgreSQL, against the library's way and against reading and decoding alone."""

from __future__ import annotations

from itertools import islice

import psycopg

from bench import world
from bench.rebuild import EVENTS, PEOPLE, ROUNDS, SAMPLE, SAMPLE_PEOPLE, Seconds, follow, per_event, report
from bench.throwaway import create_database
from bench.write_postgres import a_server
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.preparing import prepare
from ledger.views import Views
from projections import PROJECTIONS

TRACK = "INSERT INTO positions VALUES (%s, 1, %s, 1) ON CONFLICT (name) DO UPDATE SET position = excluded.position"


def run() -> None:
    """Print rebuild.postgresql and rebuild.postgresql.limit."""
    with a_server() as server:
        large = written(create_database(server, "bench_large"), EVENTS, PEOPLE)
        small = written(create_database(server, "bench_small"), SAMPLE, SAMPLE_PEOPLE)
        rounds = [once(large, small) for _ in range(ROUNDS)]
    report("rebuild.postgresql", rounds)


def written(url: str, number: int, people: int) -> str:
    """The database with a log of so many events; its address."""
    prepare(url, url)
    ledger = Ledger.open(url)
    world.write(ledger, islice(world.events(people), number))
    ledger.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return url


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
            follow(ledger, connection, projection, "BEGIN", TRACK)
        connection.exec_driver_sql("DELETE FROM positions")
