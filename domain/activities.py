"""Activities and what their slots are: drafted, published, held, closed, called off. (BN-1, BD-1, §3, §7)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from domain.organisations import IsSuspended, Organisation
from domain.words import LABELS, Document, Form, Side, Unknown, is_timed, months_of, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
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


DOCUMENTS: tuple[Document, ...] = ("plan", "scheme", "summary", "ledger", "record")


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


class WrongState(RuleBroken):
    """An activity moves draft → published → closed → archived, or to cancelled."""

    sentence = "活动现在的状态是“{state}”，不能这样做。"


class AlreadyStarted(RuleBroken):
    """Only what has not begun is published (Guangdong i志愿, §5). What was held is entered late, with a reason."""

    sentence = "时段已经开始，不能再开放报名。办过的活动请补录，写明原因。"


class NothingToPublish(RuleBroken):
    """An activity without a slot cannot be signed up for."""

    sentence = "还没有时段，先加一个时段再发布。"


class SlotsOpen(RuleBroken):
    """An activity closes after each of its slots was closed or cancelled."""

    sentence = "还有 {open} 个时段没有结束，先结束它们。"


@dataclass(frozen=True)
class DraftActivity(Command):
    """Plan an activity."""

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


@dataclass(frozen=True)
class PublishActivity(Command):
    """Open a draft for sign-up."""

    activity: str
    slots: tuple[str, ...]


@dataclass(frozen=True)
class ReviseActivity(Command):
    """Change the description; `None` leaves a field as it is."""

    activity: str
    title: str | None = None
    place: str | None = None
    summary: str | None = None
    audience: str | None = None
    category: str | None = None
    form: Form | None = None
    contacts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CloseActivity(Command):
    """Close an activity whose slots are all closed."""

    activity: str


@dataclass(frozen=True)
class ReopenActivity(Command):
    """Open a closed activity for correction; a reason is needed."""

    activity: str


@dataclass(frozen=True)
class CancelActivity(Command):
    """Call off an activity: a draft with its slots, a published one after its slots. A reason is needed."""

    activity: str


@dataclass(frozen=True)
class ArchiveActivity(Command):
    """Put a closed or cancelled activity away."""

    activity: str


@dataclass(frozen=True)
class AttachDocument(Command):
    """Attach one of the five documents."""

    activity: str
    document: Document
    title: str


class AlreadyDrafted(RuleBroken):
    """An activity is drafted once."""

    sentence = "这个活动已经建过了。"


def need_state(activity: Activity, *states: str) -> None:
    """Raise Unknown or WrongState unless the activity is in one of these states."""
    if not activity.state:
        raise Unknown(what="个活动")
    if activity.state not in states:
        raise WrongState(state=LABELS[activity.state])


@decides(DraftActivity, activity=Activity.of("activity"), organisation=Organisation.of("organisation"))
def draft(command: DraftActivity, act: Act, activity: Activity, organisation: Organisation) -> Iterator[Event]:
    if activity.state:
        raise AlreadyDrafted
    if not organisation.exists:
        raise Unknown(what="个机构")
    if organisation.is_suspended:
        raise IsSuspended
    yield Drafted(**vars(command))


@decides(
    PublishActivity,
    activity=Activity.of("activity"),
    slots=Slot.of("slots"),
    organisation=Organisation.of("activity.organisation"),
)
def publish(
    command: PublishActivity,
    act: Act,
    activity: Activity,
    slots: list[Slot],
    organisation: Organisation,
) -> Iterator[Event]:
    need_state(activity, "draft")
    if organisation.is_suspended:
        raise IsSuspended
    if not command.slots or set(command.slots) != set(activity.live_slots):
        raise NothingToPublish
    need_not_begun(act, *(slot.begins for slot in slots))
    yield Published(command.activity, command.slots)


def need_not_begun(act: Act, *starts: datetime) -> None:
    """Raise AlreadyStarted where one of these has begun, unless it is entered late: then ReasonMissing without a reason."""
    if not is_timed(act) or all(begins > act.at for begins in starts):
        return
    if act.source != "late":
        raise AlreadyStarted
    need_reason(act)


@decides(ReviseActivity, activity=Activity.of("activity"))
def revise(command: ReviseActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "draft", "published")
    yield Revised(**vars(command))


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


@decides(CloseActivity, activity=Activity.of("activity"))
def close(command: CloseActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "published")
    still_open = sum(state == "open" for state in activity.slots.values())
    if still_open:
        raise SlotsOpen(open=still_open)
    yield Closed(command.activity, tuple(d for d in DOCUMENTS if d not in activity.documents))


@decides(ReopenActivity, activity=Activity.of("activity"))
def reopen(command: ReopenActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "closed", "archived")
    need_reason(act)
    if not activity.was_held:
        raise WrongState(state=LABELS["cancelled"])
    yield Reopened(command.activity)


@decides(CancelActivity, activity=Activity.of("activity"))
def cancel(command: CancelActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "draft", "published")
    need_reason(act)
    if activity.state == "published" and activity.live_slots:
        raise SlotsOpen(open=len(activity.live_slots))
    for slot in activity.live_slots:
        yield SlotCancelled(command.activity, slot)
    yield Cancelled(command.activity)


@decides(ArchiveActivity, activity=Activity.of("activity"))
def archive(command: ArchiveActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "closed", "cancelled")
    yield Archived(command.activity)


@decides(AttachDocument, activity=Activity.of("activity"))
def attach(command: AttachDocument, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "draft", "published", "closed")
    if command.document not in activity.documents:
        yield DocumentAttached(command.activity, command.document, command.title)
