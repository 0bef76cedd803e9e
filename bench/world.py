"""A plausible town as events, written straight into the log: what takes minutes through commands takes seconds here.

The events are what the rules would have said (each activity is planned, filled, held, closed, its hours are confirmed).
A benchmark of reading needs many of them; writing is measured elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count, islice

from domain.activities import Closed, Drafted, Published, SlotAdded, SlotClosed
from domain.enrolments import Accepted, CheckedIn, CheckedOut, NoShow, Promoted, Waitlisted, Withdrawn
from domain.hours import Confirmed, Credited, Posted, Proposed
from domain.organisations import Registered as OrganisationRegistered
from domain.people import Registered as PersonRegistered
from domain.receipts import Received
from domain.words import ZONE, day_of
from ledger import codec, guards
from ledger.events import Event, Recorded
from ledger.log import Ledger

UNIONS = 20
FIRST = datetime(2024, 1, 6, 9, tzinfo=ZONE)
BATCH = 10_000
Told = tuple[datetime, str, Event]
"""When it happened, who said so, and what."""


def town(people: int) -> Iterator[Told]:
    """Unions, and everybody's file."""
    yield FIRST, "worker01", OrganisationRegistered("city", "云州市总工会", "city_union")
    for number in range(UNIONS):
        yield FIRST, "worker01", OrganisationRegistered(f"u{number}", f"第{number}街道总工会", "town_union", "city")
    for person in ("worker01", "worker02", *(f"p{number}" for number in range(people))):
        yield FIRST, "worker01", PersonRegistered(person, f"职工{person}", over=18, organisation="u0")


def activity(number: int, people: list[str]) -> Iterator[Told]:
    """One activity from its plan to its hours; the first half of the people give, the others receive."""
    name, union = f"a{number}", f"u{number % UNIONS}"
    slot, starts = f"{name}.1", FIRST + timedelta(hours=4 * number)
    ends, before = starts + timedelta(hours=2), starts - timedelta(days=7)
    givers, takers = people[: len(people) // 2], people[len(people) // 2 :]
    yield before, "worker01", Drafted(name, f"第{number}次社区活动", union, place="文化广场")
    seats = len(givers) - 2, len(takers)
    yield before, "worker01", SlotAdded(name, slot, union, starts, ends, *seats, risk="一般")
    yield before, "worker01", Published(name, (slot,))
    for place, person in enumerate(givers, 1 - seats[0]):
        if place > 0:
            yield before, person, Waitlisted(slot, person, "volunteer", place, starts, ends)
        else:
            yield before, person, Accepted(slot, person, "volunteer", starts, ends)
    for person in takers:
        yield before, person, Accepted(slot, person, "participant", starts, ends)
    yield before, givers[0], Withdrawn(slot, givers[0], "volunteer", "accepted", starts, ends)
    yield before, givers[0], Promoted(slot, givers[-2], "volunteer")
    yield from held(slot, union, starts, givers[1:-1], takers)
    yield ends, "worker01", SlotClosed(name, slot, union, starts)
    yield ends, "worker01", Closed(name)


def held(slot: str, union: str, starts: datetime, givers: list[str], takers: list[str]) -> Iterator[Told]:
    """Who came, what they received, and whose hours count."""
    ends, after = starts + timedelta(hours=2), starts + timedelta(days=9)
    for person in takers:
        yield starts, person, CheckedIn(slot, person, "participant", "qr", starts)
        yield starts, person, Received(slot, person, "activity", union, day_of(starts), slot=slot)
    yield ends, "worker01", NoShow(slot, givers[0], "volunteer")
    for person in givers[1:]:
        yield starts, person, CheckedIn(slot, person, "volunteer", "qr", starts)
        yield ends, person, CheckedOut(slot, person, "volunteer", "qr", ends)
        hours = Proposed(slot, person, 120, "A", union, slot.rpartition(".")[0], starts, "worker01", "attendance")
        yield ends, "worker01", hours
        yield ends, "worker02", Confirmed(slot, person, 120)
        yield ends, "worker02", Posted(slot, person, (ends + timedelta(days=7)).date())
        yield after, "system", Credited(slot, person)


def events(people: int) -> Iterator[Told]:
    """A town of so many people and activity after activity of twenty of them, without end."""
    yield from town(people)
    chance = random.Random(1)
    for number in count():
        yield from activity(number, [f"p{one}" for one in chance.sample(range(people), 20)])


def write(ledger: Ledger, told: Iterable[Told]) -> None:
    """Append events to the log together with their guards, ten thousand a transaction."""
    rows = guards.Rows()
    remaining, number = iter(told), count()
    while some := list(islice(remaining, BATCH)):
        changed: dict[str, guards.Row] = {}
        recorded: list[Recorded[Event]] = []
        for moment, actor, event in some:
            touched = guards.fold(event, rows)
            changed.update({row.tag: row for row in touched})
            one = Recorded(event=event, actor=actor, recorded=moment, source="demo", command=f"w{next(number)}")
            recorded.append(codec.place(one, touched[0].tag, touched[0].version, 0))
        ledger.codec.prepare(recorded)
        with ledger.store.write() as transaction:
            transaction.append([ledger.codec.write(one) for one in recorded])
            transaction.save([guards.encode(row) for row in changed.values()], [])
