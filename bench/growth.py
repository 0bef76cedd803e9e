"""As the log grows tenfold and again: what a sign-up, a page and a rebuilt event cost, against the smallest log."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from statistics import median

from bench import world
from bench.figures import short, show, workplace
from bench.http import Client, roster, server
from bench.rebuild import cpu_seconds
from domain.people import RoleGranted
from ledger.log import Ledger
from web.house import House

SMALLEST = 10_000
EVENTS_PER_PERSON = 20
"""A town keeps its habits while it grows: more people and more months, not longer lives."""
ROUNDS, TIMES, SIGN_UPS = 3, 40, 20
SAME = range(130_000, 130_100)
"""Activities that every log ends with, by a few hundred people: a month that holds the same at each size."""
PAGES = {
    "growth.activity": ("p1", "/activities/soon"),
    "growth.tally": ("p1", "/me/record"),
    "growth.month": ("worker01", f"/months/{world.FIRST + timedelta(hours=4 * SAME[0]):%Y-%m}"),
}
"""What is measured: who looks, and at what."""
WIDTH = 40


@dataclass(frozen=True)
class Size:
    """A log of so many events, and the processor milliseconds that each thing cost upon it."""

    events: int
    cost: dict[str, float]


def run(most: int = 1_000_000) -> None:
    """Print the cost at each size as a multiple of that at the smallest, as figures, as a table and as a plot."""
    sizes = [measured(events) for events in sizes_up_to(most)]
    for size in sizes[1:]:
        for name, cost in size.cost.items():
            first = sizes[0].cost[name]
            show(name, cost, first, "ms CPU", first / cost, events=size.events, times=short(cost / first))
    print(table(sizes))
    print(plot(sizes))


def sizes_up_to(most: int) -> Iterator[int]:
    """10,000 events, ten times as many, and so on; the last is `most` itself."""
    events = SMALLEST
    while events < most:
        yield events
        events *= 10
    yield most


def measured(events: int) -> Size:
    """Everything that is measured, on a fresh log of that size."""
    with workplace() as directory:
        rebuilt = furnish(directory, events)
        with server("ours", str(directory)) as port:
            costs = {name: page(port, who, path) for name, (who, path) in PAGES.items()}
            return Size(events, {"growth.sign_up": sign_up(port)} | costs | {"growth.rebuild": rebuilt})


def furnish(directory: Path, events: int) -> float:
    """A town with such a log, its read models built; the milliseconds of CPU that an event took."""
    people = events // EVENTS_PER_PERSON
    ledger = Ledger.open(directory / "log.db")
    roles = [(world.FIRST, "worker01", RoleGranted("worker01", "social_worker", "city"))]
    world.write(ledger, chain(islice(world.events(people), events), same_month(), roles, roster("soon", 5, people)))
    ledger.close()
    before = cpu_seconds()
    house = House.open(directory, is_tryout=True)
    house.follower.prepare()
    house.close()
    return (cpu_seconds() - before) * 1000 / events


def same_month() -> Iterator[world.Told]:
    """What happens in the month that is looked at."""
    chance = random.Random(2)
    for number in SAME:
        yield from world.activity(number, [f"p{one}" for one in chance.sample(range(100, 400), 20)])


def page(port: int, who: str, path: str) -> float:
    """Milliseconds of CPU for this page as they see it, the median of some rounds."""
    client = Client(port)
    client.sign_in(who, "/activities/soon")
    client.get(path)
    return median(per_request(client, lambda: client.get(path)) for _ in range(ROUNDS))


def per_request(client: Client, ask: Callable[[], object], times: int = TIMES) -> float:
    """Milliseconds of the server's CPU for what is asked, over so many times."""
    before = float(client.get("/cpu"))
    for _ in range(times):
        ask()
    return (float(client.get("/cpu")) - before) * 1000 / times


def sign_up(port: int) -> float:
    """Milliseconds of CPU for a sign-up, until the answer that leads to the page."""
    counter = Client(port)
    rounds = []
    for number in range(ROUNDS):
        people = [f"p{10 + number * SIGN_UPS + one}" for one in range(SIGN_UPS)]
        clients = [Client(port) for _ in people]
        tokens = [c.sign_in(p, "/activities/soon") for c, p in zip(clients, people, strict=True)]
        waiting = iter(zip(clients, tokens, strict=True))

        def one(waiting: Iterator[tuple[Client, str]] = waiting) -> None:
            client, token = next(waiting)
            client.post("/slots/soon.1/enrolments", side="volunteer", csrf_token=token)

        rounds.append(per_request(counter, one, SIGN_UPS))
    return median(rounds)


def table(sizes: list[Size]) -> str:
    """A line a measure, a column a size: milliseconds, and the multiple of the smallest."""
    head = "ms CPU".ljust(16) + "".join(f"{size.events:>20,}" for size in sizes)
    lines = [
        name.ljust(16) + "".join(f"{size.cost[name]:>12.3f} ({size.cost[name] / first:.2f}×)" for size in sizes)
        for name, first in sizes[0].cost.items()
    ]
    return "\n".join((head, *lines))


def plot(sizes: list[Size]) -> str:
    """Bars, a group a measure: a flat group is a cost that the log's length does not change."""
    lines = []
    for name in sizes[0].cost:
        largest = max(size.cost[name] for size in sizes)
        lines.append(name)
        lines += [f"{size.events:>12,} {'█' * max(1, round(WIDTH * size.cost[name] / largest))}" for size in sizes]
    return "\n".join(lines)
