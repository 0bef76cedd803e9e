"""Pages over HTTP: the processor time of the server for a request, against an empty Flask page in the same run."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import chain, islice
from pathlib import Path
from urllib.parse import urlencode

from bench import world
from bench.figures import short, show, workplace
from domain.activities import Drafted, Published, SlotAdded
from domain.enrolments import Accepted
from domain.people import RoleGranted
from domain.words import ZONE
from web.house import House

ROOT = Path(__file__).parent.parent
PEOPLE, EVENTS = 2000, 20_000
HOURS = 1_000_000
ROUNDS = 61
"""Short ones, in turns: what a processor that is shared gets done changes within a second."""
EMPTY = 80
"""Empty pages a round: about as long as the pages that they are compared with, so that whatever disturbs meets both alike."""
SIGN_UP_ROUNDS = 9
SIGN_UPS = 20
"""People who sign up in a round; each once, so each needs a session of their own."""


class Client:
    """One connection to a server, with the cookies of one person."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self.cookie = ""

    def another(self) -> Client:
        """Somebody else on the same connection: as many are open as for an empty page."""
        found = copy(self)
        found.cookie = ""
        return found

    def get(self, path: str) -> str:
        """The page; raises AssertionError unless it is there."""
        return self._ask("GET", path, (200,))

    def post(self, path: str, **fields: str) -> str:
        """Send a form; it must lead on to another page."""
        return self._ask("POST", path, (302, 303), urlencode(fields))

    def sign_in(self, person: str, then: str) -> str:
        """Become this person; the token that forms of theirs need, read from the page `then`."""
        self.post("/sign-in", person=person, csrf_token=token_in(self.get("/sign-in")))
        return token_in(self.get(then))

    def _ask(self, method: str, path: str, expected: tuple[int, ...], body: str | None = None) -> str:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status not in expected:
            raise AssertionError(f"{method} {path}: {answer.status}")
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return text


def token_in(page: str) -> str:
    """The hidden token of a page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise AssertionError("a page without a form")
    return found[1]


@contextmanager
def server(*arguments: str) -> Iterator[int]:
    """A server process; its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.server", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def run() -> None:
    """Print http.activity, http.roster100, http.roster1000, http.signup and http.tally."""
    with workplace() as directory:
        furnish(directory)
        with server("ours", str(directory)) as ours, server("empty") as nothing:
            bench = Bench(ours, nothing)
            for name, budget, who, path, times in PAGES:
                report(name, budget, bench.pages(getattr(bench, who), path, times))
            report("http.signup", 8, bench.sign_ups())


PAGES = (
    ("http.activity", 5, "volunteer", "/activities/soon", 20),
    ("http.roster100", 10, "worker", "/slots/r100.1/roster", 10),
    ("http.roster1000", 45, "worker", "/slots/r1000.1/roster", 2),
    ("http.tally", 4, "volunteer", "/me/record", 20),
)
"""Name, budget in empty pages, who looks, path, requests a round."""


def report(name: str, budget: float, cost: tuple[float, float]) -> None:
    """Print one comparison in milliseconds of CPU a request; a ratio above 1 is within the budget."""
    ours, empty = cost
    show(name, 1000 * ours, 1000 * empty, "ms CPU", budget * empty / ours, times=short(ours / empty), budget=budget)


class Bench:
    """Both servers, and what a request costs them."""

    def __init__(self, ours: int, nothing: int) -> None:
        self.worker, self.volunteer, self.empty = Client(ours), Client(ours), Client(nothing)
        self.worker.sign_in("worker01", "/slots/r100.1/roster")
        self.volunteer.sign_in("p500", "/activities/soon")

    def pages(self, who: Client, path: str, times: int) -> tuple[float, float]:
        """Seconds of CPU for this page as they see it, and for an empty one."""
        who.get(path)
        return typical([(self._cost(who, path, times), self._cost(self.empty, "/", EMPTY)) for _ in range(ROUNDS)])

    def sign_ups(self) -> tuple[float, float]:
        """Seconds of CPU for a sign-up, until the answer that leads to the page, and for an empty page."""
        rounds = range(SIGN_UP_ROUNDS)
        return typical([(sign_ups(self.worker, number), self._cost(self.empty, "/", EMPTY)) for number in rounds])

    def _cost(self, client: Client, path: str, times: int) -> float:
        before = cpu(client)
        for _ in range(times):
            client.get(path)
        return (cpu(client) - before) / times


def cpu(client: Client) -> float:
    """The seconds of processor time that this server has used so far."""
    return float(client.get("/cpu"))


def sign_ups(worker: Client, number: int) -> float:
    """Seconds of CPU for a sign-up: the next twenty people, each with a session of their own, on the connection of `worker`."""
    people = [f"p{number * SIGN_UPS + one}" for one in range(SIGN_UPS)]
    clients = [worker.another() for _ in people]
    tokens = [client.sign_in(one, "/activities/soon") for client, one in zip(clients, people, strict=True)]
    before = cpu(worker)
    for client, token in zip(clients, tokens, strict=True):
        client.post("/slots/soon.1/enrolments", side="volunteer", csrf_token=token)
    return (cpu(worker) - before) / SIGN_UPS


def typical(rounds: list[tuple[float, float]]) -> tuple[float, float]:
    """The round in the middle by what ours cost as a multiple of the empty page."""
    return sorted(rounds, key=lambda costs: costs[0] / costs[1])[len(rounds) // 2]


def furnish(directory: Path, *, clear: bool = False) -> None:
    """A town with an activity to sign up for, two full rosters and a million hour entries. `clear`: nothing is encrypted."""
    house = House.open(directory, is_tryout=True)
    if clear:
        house.ledger.codec.keys = None
    roles = [(world.FIRST, "worker01", RoleGranted("worker01", "social_worker", "city"))]
    lists = chain(roster("soon", 5), roster("r100", 100), roster("r1000", 1000))
    world.write(house.ledger, chain(islice(world.events(PEOPLE), EVENTS), roles, lists))
    house.follower.prepare()
    house.close()
    add_hours(directory / "views.db")


def roster(name: str, people: int, of: int = PEOPLE) -> Iterator[world.Told]:
    """An activity next week with one slot, and so many people on its list: the last of the town, others will sign up."""
    starts = datetime.now(ZONE).replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    ends, slot = starts + timedelta(hours=2), f"{name}.1"
    yield world.FIRST, "worker01", Drafted(name, "周末义剪", "u0", place="文化广场")
    yield world.FIRST, "worker01", SlotAdded(name, slot, "u0", starts, ends, 5000, 50, risk="一般")
    yield world.FIRST, "worker01", Published(name, (slot,))
    for number in range(people):
        person = f"p{of - 1 - number}"
        yield world.FIRST, person, Accepted(slot, person, "volunteer", starts, ends)


def add_hours(path: Path) -> None:
    """Credited entries of everybody, put straight into the read models: as many events would take minutes."""
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO hours (slot, person, activity, organisation, day, month, state, grade, minutes, changed) "
        "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
        "SELECT printf('h%06d.1', n / 20), 'p' || (n * 7 % ?), "
        "'h' || (n / 20), 'u' || (n % 20), '2025-0' || (1 + n % 9) || '-10', '2025-0' || (1 + n % 9), "
        "'credited', 'A', 120, 1 FROM numbers",
        (HOURS - 1, PEOPLE),
    )
    for table, whose in (("person_tally", "person"), ("hours_tally", "organisation")):
        connection.execute(
            f"INSERT OR REPLACE INTO {table} ({whose}, month, state, grade, minutes, entries) "
            f"SELECT {whose}, month, state, grade, sum(minutes), count(*) FROM hours GROUP BY 1, 2, 3, 4"
        )
    connection.commit()
    connection.close()
