"""A roster as it stood at a position of the log: the slot's own events up to there, folded anew in memory."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from domain.activities import HeadcountConfirmed
from ledger.events import Event, Recorded
from ledger.follow import scratch
from ledger.projection import Projection
from projections import activities, enrolments, hours, people, sentences
from projections.enrolments import Seat
from web import sight
from web.house import house

NAMELESS = Projection("nameless", 1, people.person)
"""The table of people without anybody in it: the query wants one, the names come from the live roster."""


@dataclass(frozen=True)
class Then:
    """The roster as of `position`; `earlier` and `later` are where it looks different, `last` and `told` what made it so."""

    position: int
    seats: list[Seat]
    earlier: int | None
    later: int | None
    last: Recorded[Event] | None
    told: str = ""
    headcounts: dict[str, int] = field(default_factory=dict)


def roster(slot: activities.Slot, seats: list[Seat], position: int) -> Then:
    """Fold what the log says of the slot's lines; `seats` are the live ones, which name everybody who ever was on it."""
    ledger = house().ledger
    events = [event for stream in enrolments.streams_of(slot.id, seats) for event in ledger.stream(stream)]
    events.sort(key=lambda event: event.position)
    at = [event.position for event in events]
    known = events[: bisect_right(at, position)]
    views = scratch((enrolments.projection, hours.projection, NAMELESS), known)
    with views.read() as connection:
        found = enrolments.of_slot(connection, slot.id)
    views.close()
    names = {seat.person: seat for seat in seats}
    return Then(
        position=position,
        seats=[replace(seat, name=names[seat.person].name) for seat in found],
        earlier=known[-1].position - 1 if known else None,
        later=at[len(known)] if len(known) < len(at) else None,
        last=known[-1] if known else None,
        told=told(slot, known[-1], seats) if known else "",
        headcounts=headcounts(slot, position),
    )


def headcounts(slot: activities.Slot, position: int) -> dict[str, int]:
    """How many were counted on each side as of a position."""
    stream: list[Recorded[Any]] = list(house().ledger.stream(f"activity:{slot.activity}", position))
    counted = [r.event for r in stream if isinstance(r.event, HeadcountConfirmed) and r.event.slot == slot.id]
    return {event.side: event.count for event in counted}


def told(slot: activities.Slot, event: Recorded[Event], seats: list[Seat]) -> str:
    """The event as a sentence, with the names of the roster."""
    names = {f"person:{seat.person}": seat.name for seat in seats}
    names[f"person:{event.actor}"] = sight.one(event.actor).name
    return sentences.sentence(event, names | {f"slot:{slot.id}": "这个时段"})
