"""The write path on PostgreSQL against plain CRUD with the same durability: two processes of four threads each."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg

from bench import crud_postgres
from bench.throwaway import create_database, server
from bench.write import PERSONS, ROUNDS, Asked, Ours, Theirs, World, hot, middle, report, seed_ours, uniform
from ledger.preparing import prepare

PROCESSES, THREADS = 2, 4


@dataclass(frozen=True)
class Contender:
    """A way to sign people up: how to seed its database, open it, and count who has a seat afterwards."""

    name: str
    seed: Callable[[World, str], None]
    open: Callable[[str], Any]
    seated: str


def seed_log(world: World, url: str) -> None:
    """The world in our log."""
    prepare(url, url)
    seed_ours(world, url)


def seed_rows(world: World, url: str) -> None:
    """The same world in rows."""
    with psycopg.connect(url) as connection:
        connection.execute(crud_postgres.TABLES.encode())
        with connection.cursor().copy("COPY person (id, name, age) FROM STDIN") as rows:
            for number in range(PERSONS):
                rows.write_row((f"p{number}", f"志愿者{number}", 18))
        with connection.cursor().copy("COPY slot (id, activity, state, starts, ends, seats) FROM STDIN") as rows:
            for number in range(world.activities):
                slot, starts, ends = world.slot(number)
                rows.write_row((slot, f"a{number}", "open", starts.isoformat(), ends.isoformat(), world.seats))


def open_plain(url: str) -> Theirs:
    """A transaction for each."""
    return Theirs(crud_postgres.Plain(url))


def open_batched(url: str) -> Theirs:
    """A transaction for all who wait."""
    return Theirs(crud_postgres.Batched(url))


_SEATED = "SELECT count(*) FROM signup WHERE status = 'accepted'"
OURS = Contender("ours", seed_log, Ours, "SELECT count(*) FROM stored_events WHERE topic = 'enrolment.accepted'")
PLAIN = Contender("plain", seed_rows, open_plain, _SEATED)
BATCHED = Contender("batched", seed_rows, open_batched, _SEATED)
CONTENDERS = (OURS, PLAIN, BATCHED)


def sign_up(contender: Contender, url: str, asked: Asked, start: Any, told: Any) -> None:
    """What a process does: open, warm up its connections, wait for the others, sign up, tell its seconds of CPU."""
    subject = contender.open(url)

    def one(share: Asked) -> None:
        subject.execute(*share[0])
        start.wait()
        for slot, person in share[1:]:
            subject.execute(slot, person)

    with ThreadPoolExecutor(THREADS) as pool:
        for thread in [pool.submit(one, asked[number::THREADS]) for number in range(THREADS)]:
            thread.result()
    told.put(time.process_time())
    subject.close()


def rush(contender: Contender, url: str, asked: Asked) -> tuple[float, float]:
    """Everybody signs up; commands a second, and milliseconds of CPU (of the clients) a command."""
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(PROCESSES * THREADS + 1), context.Queue()
    working = [
        context.Process(target=sign_up, args=(contender, url, asked[number::PROCESSES], start, told))
        for number in range(PROCESSES)
    ]
    for process in working:
        process.start()
    start.wait()
    wall = time.perf_counter()
    cpu = sum(told.get() for _ in working)
    wall = time.perf_counter() - wall
    for process in working:
        process.join()
    return (len(asked) - PROCESSES * THREADS) / wall, cpu * 1000 / len(asked)


def once(contender: Contender, world: World, url: str, number: int) -> tuple[float, float]:
    """One round upon a fresh copy of the seeded database; checks that exactly the seats were given."""
    template, name = named(contender, world), f"round_{number}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        connection.execute("CHECKPOINT")
        own = url.rpartition("/")[0] + f"/{name}"
        figures = rush(contender, own, world.asked)
        with psycopg.connect(own) as counting:
            (seated,) = counting.execute(contender.seated.encode()).fetchone() or (0,)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    expected = sum(min(world.seats, asked) for asked in Counter(slot for slot, _ in world.asked).values())
    if seated != expected:
        raise AssertionError(f"{world.name}, {contender.name}: {seated} of {expected} seats given")
    return figures


def named(contender: Contender, world: World) -> str:
    """The name of a seeded database."""
    return f"bench_{world.name}_{contender.name}".replace(".", "_")


@contextmanager
def a_server() -> Iterator[str]:
    """The server of `OWNER_DATABASE_URL` (databases are made and dropped there), else one that lives as long as this.

    All processes find the master key of its databases where `KEY_FILE` says.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(patch.dict(os.environ, KEY_FILE=f"{folder}/master"))
        yield os.environ.get("OWNER_DATABASE_URL") or stack.enter_context(
            server(durable=True, shared_buffers="512MB", max_wal_size="4GB")
        )


def run() -> None:
    """Print write.hot and write.uniform on PostgreSQL against plain and batched CRUD."""
    with a_server() as url:
        for world in (hot(), uniform()):
            for contender in CONTENDERS:
                contender.seed(world, create_database(url, named(contender, world)))
            rounds = [[once(contender, world, url, number) for contender in CONTENDERS] for number in range(ROUNDS)]
            ours, plain, batched = (middle(column) for column in zip(*rounds, strict=True))
            report(f"{world.name}.postgresql", ours, plain)
            report(f"{world.name}.postgresql.batched", ours, batched)
