"""What a person is committed to and when: nobody is in two places at once. (§3)"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from domain.enrolments import (
    Accepted,
    AttendanceCorrected,
    NoShow,
    Rejected,
    Released,
    Requested,
    Waitlisted,
    Withdrawn,
)
from domain.words import months_of, overlaps
from ledger.guards import Guard, evolves

Dated = Requested | Accepted | Waitlisted | Rejected | Withdrawn | Released | NoShow | AttendanceCorrected
"""Events that move a person's calendar, and say when their slot is."""


def calendar_months(event: Dated) -> list[tuple[str, str]]:
    """The calendar pages of the person that the event's slot lies on."""
    return [(event.person, month) for month in months_of(event.starts, event.ends)] if event.starts else []


class Calendar(Guard, kind="calendar", key=("person", "month")):
    """What a person is committed to in one local month: nobody is in two places at once. Who stayed away was elsewhere."""

    held: dict[str, tuple[datetime, datetime | None]] = {}

    @evolves(Requested, Accepted, Waitlisted, keys=calendar_months)
    def holds(self, event: Dated) -> Calendar:
        return replace(self, held=self.held | {event.slot: (event.starts, event.ends)})

    @evolves(Rejected, Withdrawn, Released, NoShow, keys=calendar_months)
    def frees(self, event: Dated) -> Calendar:
        return replace(self, held={slot: span for slot, span in self.held.items() if slot != event.slot})

    @evolves(AttendanceCorrected, keys=calendar_months)
    def corrected(self, event: AttendanceCorrected) -> Calendar:
        moved: Calendar = self.holds(event) if event.checked_in else self.frees(event)
        return moved

    def clash_with(self, slot: str, starts: datetime, ends: datetime | None) -> str | None:
        """Another slot that shares time with this interval."""
        return next((s for s, span in self.held.items() if s != slot and overlaps(starts, ends, *span)), None)
