"""Registrations on the engines of a city: processor time of web, database, Redis and worker, against one INSERT and COMMIT.

Two gunicorn processes, PostgreSQL, Redis, one worker; 16 connections that always have a request under way. The floor is an
empty application on the same servers that writes one row and commits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg

from bench import throwaway, world
from bench.figures import short, show, workplace
from bench.http import ROOT, Client, roster
from bench.redis_server import RedisServer
from domain.people import RoleGranted
from ledger.place import Place
from ledger.preparing import prepare
from web.house import House

PROCESSES, CONNECTIONS = 2, 16
PEOPLE, EVENTS = 2000, 20_000
ROUNDS, A_ROUND = 4, 480
"""The first round is not counted: connections are opened in it and statements prepared."""
BUDGET = 3.5
TICK = os.sysconf("SC_CLK_TCK")


def run() -> None:
    """Print http.registration."""
    with workplace() as folder, ExitStack() as stack:
        superuser = stack.enter_context(throwaway.server(durable=True, max_connections="200"))
        url = superuser.rpartition("/")[0].replace("//postgres@", "//liandong:nobody-knows@") + "/city"
        prepare(superuser.rpartition("/")[0] + "/city", url)
        furnish(Place(folder, url))
        redis = stack.enter_context(RedisServer(folder))
        settings = {"DATABASE_URL": url, "REDIS_URL": redis.url, "DATA_DIR": str(folder), "LIANDONG_TRYOUT": "1"}
        ours = stack.enter_context(web("ours", settings))
        floor = stack.enter_context(web("floor", settings))
        real = settings | {"LIANDONG_TRYOUT": "0"}  # the try-out itself opens no database of a city
        worker = stack.enter_context(process(["-m", "flask", "--app", "app.py", "worker"], real))
        helpers = {"database": throwaway.postmaster(superuser), "redis": redis.pid, "worker": worker.pid}
        bench = Bench(ours, floor, helpers)
        rounds = [bench.once(number) for number in range(ROUNDS)]
    report(*middle(rounds[1:]))


class Cost(NamedTuple):
    """What a request costs each part in processor seconds, and how many are answered a second."""

    parts: dict[str, float]
    rate: float

    @property
    def cpu(self) -> float:
        """Processor seconds of all parts."""
        return sum(self.parts.values())


def middle(rounds: list[tuple[Cost, Cost]]) -> tuple[Cost, Cost]:
    """The round in the middle by what ours cost as a multiple of the floor."""
    return sorted(rounds, key=lambda costs: costs[0].cpu / costs[1].cpu)[len(rounds) // 2]


def report(ours: Cost, floor: Cost) -> None:
    """Print the comparison, with each part in milliseconds."""
    more: dict[str, Any] = {"times": short(ours.cpu / floor.cpu), "budget": BUDGET}
    more |= {f"{part}_ms": short(1000 * seconds) for part, seconds in ours.parts.items()}
    more |= {"requests": short(ours.rate), "baseline_requests": short(floor.rate)}
    ratio = BUDGET * floor.cpu / ours.cpu
    show("http.registration", 1000 * ours.cpu, 1000 * floor.cpu, "ms CPU", ratio, **more)


def furnish(place: Place) -> None:
    """A town with an activity that has seats for all."""
    house = House.open(place, is_tryout=True)
    roles = [(world.FIRST, "worker01", RoleGranted("worker01", "social_worker", "city"))]
    world.write(house.ledger, chain(islice(world.events(PEOPLE), EVENTS), roles, roster("soon", 5)))
    house.follower.prepare()
    house.close()
    with psycopg.connect(str(place.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, slot text NOT NULL, person text NOT NULL)")


class Server:
    """A process that was started, and where it answers."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port


@contextmanager
def process(arguments: list[str], settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program of ours with these settings, stopped in the end."""
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=os.environ | settings) as started:
        try:
            yield started
        finally:
            started.terminate()


@contextmanager
def web(kind: str, settings: dict[str, str]) -> Iterator[Server]:
    """Our application, or the floor, under gunicorn; yields when it answers."""
    port = throwaway.free_port()
    figures = Path(settings["DATA_DIR"]) / f"figures-{kind}"  # deleted by the server when it ends
    figures.mkdir()
    own = {"PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(figures), "LOG_FORMAT": "json"}
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "bench.processes", kind, str(PROCESSES)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | settings | own, stdout=quiet, stderr=quiet) as started:
        try:
            wait_for(port)
            yield Server(started.pid, port)
        finally:
            started.terminate()


def wait_for(port: int, seconds: float = 30) -> None:
    """Return when a server answers there. Raises the last refusal."""
    until = time.monotonic() + seconds
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except (OSError, HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def cpu(root: int) -> float:
    """Seconds of processor time of this process and all that come from it, those that have ended included.

    Of those that live to the nanosecond: most processes of a server of databases do less in a round than a tick of its clock.
    """
    spent: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat = throwaway.stat_of(int(path.name))
            threads = [int(one.read_text().split()[0]) for one in path.glob("task/*/schedstat")]
        except (FileNotFoundError, ProcessLookupError):
            continue
        spent[int(path.name)] = int(stat[1]), sum(threads) / 1e9 + sum(map(int, stat[13:15])) / TICK
    wanted = {root}
    while more := {pid for pid, (parent, _) in spent.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(spent[pid][1] for pid in wanted if pid in spent)


class Bench:
    """Both servers, and what a request costs all processes that work for it."""

    def __init__(self, ours: Server, floor: Server, helpers: dict[str, int]) -> None:
        self._ours, self._floor, self._helpers = ours, floor, helpers

    def once(self, number: int) -> tuple[Cost, Cost]:
        """What registrations cost, and requests of the floor."""
        forms = [self._form(f"p{number * A_ROUND + one}") for one in range(A_ROUND)]
        ours = self._rush(self._ours, "/slots/soon.1/enrolments", forms)
        return ours, self._rush(self._floor, "/", [("", "slot=soon.1&person=p1")] * A_ROUND)

    def _form(self, person: str) -> tuple[str, str]:
        """The cookie of somebody who has signed in, and the form that registers them."""
        client = Client(self._ours.port)
        token = client.sign_in(person, "/activities/soon")
        return client.cookie, urlencode({"side": "volunteer", "csrf_token": token})

    def _rush(self, server: Server, path: str, forms: list[tuple[str, str]]) -> Cost:
        """Send all forms over 16 connections."""
        time.sleep(1)  # what the requests before have left to do is not theirs
        before, start = self._spent(server), time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            shares = [forms[number::CONNECTIONS] for number in range(CONNECTIONS)]
            list(pool.map(lambda share: send(server.port, path, share), shares))
        took = time.perf_counter() - start
        time.sleep(1)  # and what they leave is
        after = self._spent(server)
        return Cost({part: (after[part] - before[part]) / len(forms) for part in after}, len(forms) / took)

    def _spent(self, server: Server) -> dict[str, float]:
        return {part: cpu(pid) for part, pid in ({"web": server.pid} | self._helpers).items()}


def send(port: int, path: str, forms: list[tuple[str, str]]) -> None:
    """Send forms one after another over one connection; each must be taken."""
    connection = HTTPConnection("127.0.0.1", port)
    for cookie, body in forms:
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 303):
            raise AssertionError(f"{path}: {answer.status}")
    connection.close()
