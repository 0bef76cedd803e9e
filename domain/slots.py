"""Slots: what one is, whether its lists are open, how many seats it may have. (BN-6)

One is added in `planning.py`, changed and called off in `resizing.py`, closed in `closing.py`.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from domain.activities import (
    Approval,
    HeadcountConfirmed,
    Published,
    SlotAdded,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    WrongState,
)
from domain.words import Side, Unknown, months_of
from ledger.events import RuleBroken
from ledger.guards import Guard, evolves

MOST_SEATS = 100_000
"""More than this is a slip of the finger: the largest venue of the country seats fewer."""


class Slot(Guard, kind="slot", key=("slot",)):
    """What a slot is: when, whose, what it asks for. Never written by sign-ups; its seats are a guard of their own."""

    state: str = ""
    activity: str = ""
    organisation: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    deadline: datetime | None = None
    skills: tuple[str, ...] = ()
    over: int = 0
    approval: Approval = "first_come"
    headcounts: dict[Side, int] = {}

    @property
    def begins(self) -> datetime:
        """The start; raises Unknown where there is no such slot."""
        if self.starts is None:
            raise Unknown(what="个时段")
        return self.starts

    @property
    def months(self) -> tuple[str, ...]:
        """The local months that it touches, none where there is no such slot."""
        return months_of(self.starts, self.ends) if self.starts else ()

    @evolves(SlotAdded)
    def added(self, event: SlotAdded) -> Slot:
        return replace(
            self,
            state="draft",
            activity=event.activity,
            organisation=event.organisation,
            starts=event.starts,
            ends=event.ends,
            deadline=event.deadline,
            skills=event.skills,
            over=event.over,
            approval=event.approval,
        )

    @evolves(Published, keys=lambda event: [(slot,) for slot in event.slots])
    def published(self, event: Published) -> Slot:
        return replace(self, state="open")

    @evolves(SlotCancelled)
    def cancelled(self, event: SlotCancelled) -> Slot:
        return replace(self, state="cancelled")

    @evolves(SlotClosed)
    def closed(self, event: SlotClosed) -> Slot:
        return replace(self, state="closed")

    @evolves(SlotReopened)
    def reopened(self, event: SlotReopened) -> Slot:
        return replace(self, state="open")

    @evolves(HeadcountConfirmed)
    def counted(self, event: HeadcountConfirmed) -> Slot:
        return replace(self, headcounts=self.headcounts | {event.side: event.count})


class BadSlot(RuleBroken):
    """A slot ends after it starts, has a seat on some side, and closes for sign-up before it ends."""

    sentence = "{what}"


def need_open(slot: Slot) -> None:
    """Raise unless the slot is published and its lists are open."""
    if not slot.state:
        raise Unknown(what="个时段")
    if slot.state != "open":
        raise WrongState(state={"draft": "草稿", "closed": "时段已结束", "cancelled": "时段已取消"}[slot.state])


def need_slot_of(slot: Slot, activity: str) -> None:
    """Raise Unknown unless the slot is one of this activity: its events stand in the activity's stream."""
    if slot.activity != activity:
        raise Unknown(what="个时段")


def need_seats(seats: int | None) -> None:
    """Raise BadSlot for a number of seats that cannot be."""
    if seats is not None and seats < 0:
        raise BadSlot(what="席位不能是负数。")
    if seats is not None and seats > MOST_SEATS:
        raise BadSlot(what=f"席位最多 {MOST_SEATS}。")
