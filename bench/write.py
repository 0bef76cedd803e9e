"""The write path against plain CRUD: a rush on one slot (`hot`) and sign-ups spread over many activities (`uniform`)."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench import crud
from bench.figures import short, show, workplace
from bench.write_floor import Floor, rehearse
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.events import Act, Command
from ledger.log import Ledger

THREADS = 8
ROUNDS = 5
PERSONS = 2000
NOW = datetime(2026, 11, 22, 9, tzinfo=ZONE)
Asked = list[tuple[str, str]]


@dataclass(frozen=True)
class World:
    """So many activities of one slot each, and who signs up for which, in order."""

    name: str
    activities: int
    seats: int
    asked: Asked

    def slot(self, number: int) -> tuple[str, datetime, datetime]:
        """The slot of an activity and when it is; slots of one person never overlap by accident."""
        starts = NOW + timedelta(days=7 + number // 4, hours=3 * (number % 4))
        return f"a{number}.1", starts, starts + timedelta(hours=2)


def hot() -> World:
    """2,000 applicants for the 1,000 seats of one slot."""
    return World("write.hot", 1, 1000, [("a0.1", f"p{n}") for n in range(PERSONS)])


def uniform() -> World:
    """500 activities of four seats; every person asks for two of them."""
    chance = random.Random(1)
    pairs = [(f"a{number}.1", f"p{n}") for n in range(PERSONS) for number in chance.sample(range(500), 2)]
    chance.shuffle(pairs)
    return World("write.uniform", 500, 4, pairs)


class Ours:
    """Our ledger, driven as the pages drive it."""

    def __init__(self, where: Path | str) -> None:
        self.ledger = Ledger.open(where)

    def execute(self, slot: str, person: str) -> None:
        """Sign one person up."""
        act = Act(id=f"c-{slot}-{person}", actor=person, recorded=datetime.now(ZONE), occurred=NOW)
        self.ledger.execute(SignUp(slot, person), act)

    def close(self) -> None:
        """Close the log."""
        self.ledger.close()


class Theirs:
    """One of the CRUD baselines."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def execute(self, slot: str, person: str) -> None:
        """Sign one person up."""
        self.application.execute(crud.Application(slot, person, NOW.isoformat()))

    def close(self) -> None:
        """Close the database."""
        self.application.close()


def seed_ours(world: World, where: Path | str) -> None:
    """The world before anybody signs up, through commands."""
    commands: list[Command] = [RegisterOrganisation("u1", "石岐总工会", "city_union")]
    commands += [RegisterPerson(f"p{n}", f"志愿者{n}", over=18) for n in range(PERSONS)]
    for number in range(world.activities):
        slot, starts, ends = world.slot(number)
        commands.append(DraftActivity(f"a{number}", f"活动{number}", "u1"))
        commands.append(AddSlot(f"a{number}", slot, starts, ends, world.seats, 0, risk="一般"))
        commands.append(PublishActivity(f"a{number}", (slot,)))
    ledger = Ledger.open(where)
    ledger.execute_all([(c, Act(id=f"s{n}", actor="p0", recorded=NOW)) for n, c in enumerate(commands)])
    ledger.close()


def seed_theirs(world: World, path: Path) -> None:
    """The same world in rows."""
    connection = crud.connect(path)
    connection.executescript(crud.SCHEMA)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO person VALUES (?,?,18,NULL)", ((f"p{n}", f"志愿者{n}") for n in range(PERSONS)))
    for number in range(world.activities):
        slot, starts, ends = world.slot(number)
        connection.execute(
            "INSERT INTO slot (id, activity, state, starts, ends, seats) VALUES (?,?,'open',?,?,?)",
            (slot, f"a{number}", starts.isoformat(), ends.isoformat(), world.seats),
        )
    connection.execute("COMMIT")
    connection.close()


@dataclass(frozen=True)
class Contender:
    """A way to sign people up: how to seed its file, open it, and count who has a seat afterwards."""

    name: str
    seed: Callable[[World, Path], None]
    open: Callable[[Path], Any]
    seated: str


OURS = Contender("ours", seed_ours, Ours, "SELECT count(*) FROM stored_events WHERE topic = 'enrolment.accepted'")
_SEATED = "SELECT count(*) FROM signup WHERE status = 'accepted'"
PLAIN = Contender("plain", seed_theirs, lambda path: Theirs(crud.Plain(path)), _SEATED)
BATCHED = Contender("batched", seed_theirs, lambda path: Theirs(crud.Batched(path)), _SEATED)
LOGGED = Contender("logged", seed_theirs, lambda path: Theirs(crud.Batched(path, crud.sign_up_once)), _SEATED)
CONTENDERS = (OURS, PLAIN, BATCHED, LOGGED)


def rush(subject: Any, asked: Asked) -> tuple[float, float]:
    """Everybody signs up, from eight threads; commands a second, and milliseconds of CPU a command."""
    start = threading.Barrier(THREADS + 1)

    def one(share: Asked) -> None:
        start.wait()
        for slot, person in share:
            subject.execute(slot, person)

    with ThreadPoolExecutor(THREADS) as pool:
        working = [pool.submit(one, asked[number::THREADS]) for number in range(THREADS)]
        start.wait()
        wall, cpu = time.perf_counter(), time.process_time()
        for thread in working:
            thread.result()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return len(asked) / wall, cpu * 1000 / len(asked)


def once(contender: Contender, world: World, template: Path) -> tuple[float, float]:
    """One round upon a fresh copy of the seeded file; checks that exactly the seats were given."""
    path = template.with_suffix(".round")
    shutil.copy(template, path)
    subject = contender.open(path)
    figures = rush(subject, world.asked)
    subject.close()
    with sqlite3.connect(path) as connection:
        (seated,) = connection.execute(contender.seated).fetchone()
    expected = sum(min(world.seats, asked) for asked in Counter(slot for slot, _ in world.asked).values())
    if seated != expected:
        raise AssertionError(f"{world.name}: {seated} of {expected} seats given")
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    return figures


def run() -> None:
    """Print write.hot and write.uniform against plain CRUD, batched CRUD, batched CRUD that keeps a log, and the floor."""
    with workplace() as directory:
        for world in (hot(), uniform()):
            templates = {contender: directory / f"{world.name}.{contender.name}" for contender in CONTENDERS}
            for contender, template in templates.items():
                contender.seed(world, template)
            floor = floor_of(world, templates[OURS])
            all_of_them = {**templates, floor: templates[OURS]}
            rounds = [[once(one, world, template) for one, template in all_of_them.items()] for _ in range(ROUNDS)]
            ours, plain, batched, logged, rows = (middle(column) for column in zip(*rounds, strict=True))
            report(world.name, ours, plain)
            report(f"{world.name}.batched", ours, batched)
            report(f"{world.name}.logged", ours, logged)
            report(f"{world.name}.floor", ours, rows)


def floor_of(world: World, template: Path) -> Contender:
    """What appends the rows of our sign-ups without deciding anything."""
    noted = rehearse(template, world.asked, NOW)
    return Contender("floor", seed_ours, lambda path: Floor(path, noted), OURS.seated)


def middle(figures: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """Medians of commands a second and of CPU."""
    return median(rate for rate, _ in figures), median(cpu for _, cpu in figures)


def report(name: str, ours: tuple[float, float], baseline: tuple[float, float]) -> None:
    """Print one comparison; CPU beside it, which a busy machine disturbs less."""
    more = {"cpu_ms": short(ours[1]), "baseline_cpu_ms": short(baseline[1])}
    show(name, ours[0], baseline[0], "commands/s", ours[0] / baseline[0], **more)
