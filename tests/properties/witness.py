"""A witness reads the log event by event, knows nothing of guards, and says at every prefix what must never be.

Its knowledge is a handful of sets and lists made from the events alone, so that a mistake in a guard cannot hide here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

from domain import activities, enrolments, hours, receipts
from domain.words import Side
from ledger.events import Event, Recorded

Line = tuple[str, Side]
Place = tuple[str, str]


class Witness:
    """`see(recorded)` raises AssertionError at the first event after which something is wrong."""

    def __init__(self) -> None:
        self.seats: dict[Line, int | None] = {}
        self.times: dict[str, tuple[datetime, datetime]] = {}
        self.seated: dict[Line, set[str]] = defaultdict(set)
        self.queue: dict[Line, list[str]] = defaultdict(list)
        self.asked: dict[Line, set[str]] = defaultdict(set)
        self.attended: dict[Place, datetime] = {}
        self.missed_by: set[Place] = set()
        self.proposers: dict[Place, str] = {}
        self.posted: set[Place] = set()
        self.corrections: dict[Place, tuple[int, str]] = {}
        self.minutes: dict[Place, int] = {}
        self.received: set[Place] = set()
        self.count = 0

    def see(self, recorded: Recorded[Event]) -> None:
        """Take note of the next event and look at the world."""
        handler = HANDLERS.get(type(recorded.event))
        if handler:
            handler(self, recorded.event, recorded)
        self.count += 1
        slot = getattr(recorded.event, "slot", None)
        if slot is not None:
            self.look_at_seats(slot)
        person = getattr(recorded.event, "person", None)
        if slot is not None and person is not None:
            self.look_at_person(person)

    def look_at_seats(self, slot: str) -> None:
        """Never more people than seats."""
        for side in ("volunteer", "participant"):
            seats = self.seats[slot, side]
            taken = len(self.seated[slot, side])
            assert seats is None or taken <= seats, f"{taken} on {seats} {side} seats of {slot}"

    def look_at_person(self, person: str) -> None:
        """Never on two lists of one slot, never in two places at once; who stayed away was not there."""
        lists = [line for lists in (self.seated, self.queue, self.asked) for line in lists if person in lists[line]]
        slots = [slot for slot, _ in lists]
        assert len(slots) == len(set(slots)), f"{person} stands twice on a slot: {lists}"
        spans = sorted(self.times[slot] for slot in slots if (slot, person) not in self.missed_by)
        for (_, ends), (starts, _) in pairwise(spans):
            assert ends <= starts, f"{person} is in two places at once: {lists}"

    def slot_added(self, event: activities.SlotAdded, _: Any) -> None:
        self.seats[event.slot, "volunteer"] = event.volunteer_seats
        self.seats[event.slot, "participant"] = event.participant_seats
        assert event.ends is not None
        self.times[event.slot] = event.starts, event.ends

    def resized(self, event: activities.SlotResized, _: Any) -> None:
        assert event.was == self.seats[event.slot, event.side]
        self.seats[event.slot, event.side] = event.seats

    def requested(self, event: enrolments.Requested, _: Any) -> None:
        self.asked[event.slot, event.side].add(event.person)

    def accepted(self, event: enrolments.Accepted, _: Any) -> None:
        line = event.slot, event.side
        assert not self.queue[line], f"{event.person} overtook {self.queue[line]}"
        assert event.person not in self.seated[line]
        self.asked[line].discard(event.person)
        self.seated[line].add(event.person)

    def waitlisted(self, event: enrolments.Waitlisted, _: Any) -> None:
        line = event.slot, event.side
        self.asked[line].discard(event.person)
        self.queue[line].append(event.person)
        assert event.place == len(self.queue[line])

    def promoted(self, event: enrolments.Promoted, recorded: Recorded[Event]) -> None:
        line = event.slot, event.side
        assert self.queue[line][0] == event.person, f"{event.person} was called before {self.queue[line][0]}"
        assert recorded.at < self.times[event.slot][0], "nobody is called up after the start"
        self.queue[line].pop(0)
        self.seated[line].add(event.person)

    def displaced(self, event: enrolments.Displaced, _: Any) -> None:
        line = event.slot, event.side
        self.seated[line].remove(event.person)
        self.queue[line].insert(0, event.person)

    def left(self, event: enrolments.Withdrawn | enrolments.Released | enrolments.Rejected, _: Any) -> None:
        line = event.slot, event.side
        assert (event.slot, event.person) not in self.attended
        if event.person in self.seated[line]:
            self.seated[line].remove(event.person)
        elif event.person in self.queue[line]:
            self.queue[line].remove(event.person)
        else:
            self.asked[line].remove(event.person)

    def came(self, event: enrolments.CheckedIn, _: Any) -> None:
        assert event.person in self.seated[event.slot, event.side]
        self.attended[event.slot, event.person] = event.moment

    def went(self, event: enrolments.CheckedOut, _: Any) -> None:
        assert event.moment > self.attended[event.slot, event.person]

    def corrected(self, event: enrolments.AttendanceCorrected, _: Any) -> None:
        place = event.slot, event.person
        assert event.person in self.seated[event.slot, event.side]
        assert place not in self.proposers, "hours rest on this attendance"
        self.attended.pop(place, None)
        self.missed_by.add(place)
        if event.checked_in:
            self.attended[place] = event.checked_in
            self.missed_by.remove(place)

    def missed(self, event: enrolments.NoShow, _: Any) -> None:
        assert (event.slot, event.person) not in self.attended
        self.missed_by.add((event.slot, event.person))

    def proposed(self, event: hours.Proposed, recorded: Recorded[Event]) -> None:
        place = event.slot, event.person
        assert place in self.attended, "hours follow from attendance"
        assert event.person in self.seated[event.slot, "volunteer"]
        assert place not in self.proposers
        assert event.by == recorded.actor
        self.proposers[place] = recorded.actor

    def confirmed(self, event: hours.Confirmed, recorded: Recorded[Event]) -> None:
        assert recorded.actor not in (event.person, self.proposers[event.slot, event.person])
        self.minutes[event.slot, event.person] = event.minutes

    def adjusted(self, event: hours.Adjusted, recorded: Recorded[Event]) -> None:
        place = event.slot, event.person
        self.eyes(place, event.minutes, recorded.actor)
        self.minutes[place] += event.delta
        assert self.minutes[place] == event.minutes > 0, "the sum of what was confirmed and every difference"

    def eyes(self, place: Place, minutes: int, actor: str) -> None:
        """Never the volunteer; before posting not the proposer; after it somebody else asked for the very same."""
        assert actor != place[1]
        if place in self.posted:
            wanted, asker = self.corrections.pop(place)
            assert wanted == minutes
            assert asker not in (actor, place[1])
        elif minutes:
            assert actor != self.proposers[place]

    def was_posted(self, event: hours.Posted, _: Any) -> None:
        self.posted.add((event.slot, event.person))

    def correction_asked(self, event: hours.CorrectionAsked, recorded: Recorded[Event]) -> None:
        assert (event.slot, event.person) in self.posted
        assert event.by == recorded.actor
        self.corrections[event.slot, event.person] = event.minutes, event.by

    def upheld(self, event: hours.Upheld, recorded: Recorded[Event]) -> None:
        assert recorded.actor not in (event.person, self.proposers[event.slot, event.person])

    def voided(self, event: hours.Voided, recorded: Recorded[Event]) -> None:
        self.eyes((event.slot, event.person), 0, recorded.actor)
        self.posted.discard((event.slot, event.person))
        del self.proposers[event.slot, event.person]
        self.minutes.pop((event.slot, event.person), None)

    def served(self, event: receipts.Received, _: Any) -> None:
        place = event.contact, event.person
        assert place not in self.received, "one receipt per person and contact"
        assert place in self.attended
        self.received.add(place)

    def receipt_voided(self, event: receipts.Voided, _: Any) -> None:
        self.received.remove((event.contact, event.person))


HANDLERS: dict[type[Event], Callable[[Witness, Any, Recorded[Event]], None]] = {
    activities.SlotAdded: Witness.slot_added,
    activities.SlotResized: Witness.resized,
    enrolments.Requested: Witness.requested,
    enrolments.Accepted: Witness.accepted,
    enrolments.Waitlisted: Witness.waitlisted,
    enrolments.Promoted: Witness.promoted,
    enrolments.Displaced: Witness.displaced,
    enrolments.Withdrawn: Witness.left,
    enrolments.Released: Witness.left,
    enrolments.Rejected: Witness.left,
    enrolments.CheckedIn: Witness.came,
    enrolments.CheckedOut: Witness.went,
    enrolments.AttendanceCorrected: Witness.corrected,
    enrolments.NoShow: Witness.missed,
    hours.Proposed: Witness.proposed,
    hours.Confirmed: Witness.confirmed,
    hours.Adjusted: Witness.adjusted,
    hours.Posted: Witness.was_posted,
    hours.CorrectionAsked: Witness.correction_asked,
    hours.Upheld: Witness.upheld,
    hours.Voided: Witness.voided,
    receipts.Received: Witness.served,
    receipts.Voided: Witness.receipt_voided,
}
