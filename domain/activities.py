"""Activities and their slots: what can happen to them, and where an activity stands. (BN-1, BD-1, §3, §7)

How one comes about is decided in `planning.py`, how it ends in `closing.py`; what a slot is stands in `slots.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from domain.words import LABELS, Document, Form, Side, Unknown
from ledger.events import Event, RuleBroken
from ledger.guards import Guard, evolves

Approval = Literal["first_come", "reviewed"]


class Drafted(Event, topic="activity.drafted", stream=("activity",)):
    """An activity is planned. `due` is the month or day it is planned for while no slot says so."""

    activity: str
    title: str
    organisation: str
    form: Form = "community"
    place: str = ""
    summary: str = ""
    audience: str = ""
    category: str = ""
    contacts: tuple[str, ...] = ()
    due: str | None = None
    aliases: tuple[str, ...] = ()


class SlotAdded(Event, topic="activity.slot_added", stream=("activity",)):
    """A time band with seats for both sides. `None` seats: nobody counted them. Risk is stated (条例 art. 12).

    `dangerous`: somebody may come to bodily harm, so volunteers are insured before (art. 17).
    """

    activity: str
    slot: str
    organisation: str
    starts: datetime
    ends: datetime | None = None
    volunteer_seats: int | None = None
    participant_seats: int | None = None
    place: str = ""
    skills: tuple[str, ...] = ()
    over: int = 0
    risk: str = ""
    insurance: str = ""
    deadline: datetime | None = None
    approval: Approval = "first_come"
    dangerous: bool = False


class Published(Event, topic="activity.published", stream=("activity",)):
    """It can be signed up for."""

    activity: str
    slots: tuple[str, ...]


class Revised(Event, topic="activity.revised", stream=("activity",)):
    """Its description changed; `None` leaves a field as it was."""

    activity: str
    title: str | None = None
    place: str | None = None
    summary: str | None = None
    audience: str | None = None
    category: str | None = None
    form: Form | None = None
    contacts: tuple[str, ...] | None = None


class SlotResized(Event, topic="activity.slot_resized", stream=("activity",)):
    """One side of a slot has another number of seats; `affected` lost theirs and wait in front of the queue."""

    activity: str
    slot: str
    side: Side
    seats: int
    was: int | None = None
    affected: tuple[str, ...] = ()


class SlotCancelled(Event, topic="activity.slot_cancelled", stream=("activity",)):
    """The slot does not take place; `affected` names everybody who was on its lists."""

    activity: str
    slot: str
    affected: tuple[str, ...] = ()


class HeadcountConfirmed(Event, topic="activity.headcount_confirmed", stream=("activity",)):
    """So many people who are not on the list were counted at the slot. Adds 人次, never 人数 (§5). A later count replaces it."""

    activity: str
    slot: str
    side: Side
    count: int
    organisation: str
    starts: datetime


class SlotClosed(Event, topic="activity.slot_closed", stream=("activity",)):
    """The slot was held and its lists are complete: one 场次."""

    activity: str
    slot: str
    organisation: str
    starts: datetime


class SlotReopened(Event, topic="activity.slot_reopened", stream=("activity",)):
    """Its lists are open again for correction."""

    activity: str
    slot: str
    organisation: str
    starts: datetime


class Closed(Event, topic="activity.closed", stream=("activity",)):
    """Every slot was held or cancelled and nothing is missing. `missing` names documents of the five (五有) that are."""

    activity: str
    missing: tuple[Document, ...] = ()


class Reopened(Event, topic="activity.reopened", stream=("activity",)):
    """A closed activity is open for correction."""

    activity: str


class Cancelled(Event, topic="activity.cancelled", stream=("activity",)):
    """The activity does not take place."""

    activity: str


class Archived(Event, topic="activity.archived", stream=("activity",)):
    """It is out of the daily lists; everything stays readable."""

    activity: str


class DocumentAttached(Event, topic="activity.document_attached", stream=("activity",)):
    """One of the five documents (五有: 计划、方案、总结、台账、记录) is there (BD-1)."""

    activity: str
    document: Document
    title: str


class Activity(Guard, kind="activity", key=("activity",)):
    """An activity, as rules need it."""

    state: str = ""
    organisation: str = ""
    slots: dict[str, str] = {}
    documents: tuple[Document, ...] = ()
    was_held: bool = False

    @property
    def live_slots(self) -> tuple[str, ...]:
        """Slots that were not cancelled."""
        return tuple(slot for slot, state in self.slots.items() if state != "cancelled")

    @evolves(Drafted)
    def drafted(self, event: Drafted) -> Activity:
        return replace(self, state="draft", organisation=event.organisation)

    @evolves(SlotAdded)
    def slot_added(self, event: SlotAdded) -> Activity:
        return replace(self, slots=self.slots | {event.slot: "open"})

    @evolves(SlotCancelled)
    def slot_cancelled(self, event: SlotCancelled) -> Activity:
        return replace(self, slots=self.slots | {event.slot: "cancelled"})

    @evolves(SlotClosed)
    def slot_closed(self, event: SlotClosed) -> Activity:
        return replace(self, slots=self.slots | {event.slot: "closed"})

    @evolves(SlotReopened)
    def slot_reopened(self, event: SlotReopened) -> Activity:
        return replace(self, slots=self.slots | {event.slot: "open"})

    @evolves(Published, Reopened)
    def published(self, event: Published | Reopened) -> Activity:
        return replace(self, state="published")

    @evolves(Closed)
    def closed(self, event: Closed) -> Activity:
        return replace(self, state="closed", was_held=True)

    @evolves(Cancelled)
    def cancelled(self, event: Cancelled) -> Activity:
        return replace(self, state="cancelled")

    @evolves(Archived)
    def archived(self, event: Archived) -> Activity:
        return replace(self, state="archived")

    @evolves(DocumentAttached)
    def attached(self, event: DocumentAttached) -> Activity:
        return replace(self, documents=(*self.documents, event.document))

    @evolves(Revised, SlotResized, HeadcountConfirmed)
    def unchanged(self, event: Event) -> Activity:
        return self


class WrongState(RuleBroken):
    """An activity moves draft → published → closed → archived, or to cancelled."""

    sentence = "活动现在的状态是“{state}”，不能这样做。"


def need_state(activity: Activity, *states: str) -> None:
    """Raise Unknown or WrongState unless the activity is in one of these states."""
    if not activity.state:
        raise Unknown(what="个活动")
    if activity.state not in states:
        raise WrongState(state=LABELS[activity.state])
