"""The seats of a slot and the queue for them: first come, first served. (BN-6, ZS-8)"""

from __future__ import annotations

from msgspec.structs import replace

from domain.activities import SlotAdded, SlotResized
from domain.enrolments import Accepted, Displaced, Promoted, Rejected, Released, Requested, Waitlisted, Withdrawn
from ledger.guards import Guard, evolves


class Seats(Guard, kind="seats", key=("slot", "side")):
    """The seats of one side of a slot and the queue for them, in strict order."""

    seats: int | None = 0
    taken: int = 0
    requested: int = 0
    waiting: tuple[str, ...] = ()

    @property
    def has_room(self) -> bool:
        """A seat is free and nobody waits for it."""
        return not self.waiting and (self.seats is None or self.taken < self.seats)

    @property
    def everybody(self) -> int:
        """How many are on the lists of this side."""
        return self.taken + self.requested + len(self.waiting)

    def next_in_line(self, free: int) -> tuple[str, ...]:
        """Who gets these free seats, in order."""
        return self.waiting[: max(0, free)]

    @evolves(SlotAdded, keys=lambda event: [(event.slot, "volunteer")])
    def volunteer_side(self, event: SlotAdded) -> Seats:
        return replace(self, seats=event.volunteer_seats)

    @evolves(SlotAdded, keys=lambda event: [(event.slot, "participant")])
    def participant_side(self, event: SlotAdded) -> Seats:
        return replace(self, seats=event.participant_seats)

    @evolves(SlotResized)
    def resized(self, event: SlotResized) -> Seats:
        return replace(self, seats=event.seats)

    @evolves(Requested)
    def asked(self, event: Requested) -> Seats:
        return replace(self, requested=self.requested + 1)

    @evolves(Rejected)
    def refused(self, event: Rejected) -> Seats:
        if event.was == "waiting":
            return replace(self, waiting=without(self.waiting, event.person))
        return replace(self, requested=self.requested - 1)

    @evolves(Accepted)
    def taken_by(self, event: Accepted) -> Seats:
        return replace(self, taken=self.taken + 1, requested=self.requested - (event.was == "requested"))

    @evolves(Waitlisted)
    def queued(self, event: Waitlisted) -> Seats:
        asked = self.requested - (event.was == "requested")
        return replace(self, waiting=(*self.waiting, event.person), requested=asked)

    @evolves(Promoted)
    def promoted(self, event: Promoted) -> Seats:
        return replace(self, taken=self.taken + 1, waiting=without(self.waiting, event.person))

    @evolves(Displaced)
    def displaced(self, event: Displaced) -> Seats:
        return replace(self, taken=self.taken - 1, waiting=(event.person, *self.waiting))

    @evolves(Withdrawn, Released)
    def given_back(self, event: Withdrawn | Released) -> Seats:
        if event.was == "requested":
            return replace(self, requested=self.requested - 1)
        if event.was == "waiting":
            return replace(self, waiting=without(self.waiting, event.person))
        return replace(self, taken=self.taken - 1)


def without(queue: tuple[str, ...], person: str) -> tuple[str, ...]:
    """The queue with one person gone and everybody else in order."""
    return tuple(one for one in queue if one != person)
