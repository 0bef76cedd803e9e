"""How it ends: heads counted, slots closed, the activity closed, reopened, called off, put away. (§3, §5, peers #3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.activities import (
    Activity,
    Archived,
    Cancelled,
    Closed,
    HeadcountConfirmed,
    Reopened,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    WrongState,
    need_state,
)
from domain.documents import DOCUMENTS
from domain.seats import Seats
from domain.slots import MOST_SEATS, BadSlot, Slot, need_open, need_slot_of
from domain.words import LABELS, Side, latest, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class Undecided(RuleBroken):
    """A slot is closed when its lists are complete (§3): whoever asked has an answer and nobody waits for a seat.

    Nothing lapses by itself. An answer that was never given is the organiser's to give, with a reason that the person
    can read; a request or a queue that ended in silence would say that nobody had asked. Old records may lack the answer.
    """

    sentence = "名单还没有完：{requested} 人待审核，{waiting} 人候补。先答复他们，再结束时段。"


class SlotsOpen(RuleBroken):
    """An activity closes after each of its slots was closed or cancelled."""

    sentence = "还有 {open} 个时段没有结束，先结束它们。"


@dataclass(frozen=True)
class ConfirmHeadcount(Command):
    """Count those who are not on the list."""

    activity: str
    slot: str
    side: Side
    count: int


@dataclass(frozen=True)
class CloseSlot(Command):
    """Say that the slot was held and its lists are complete."""

    activity: str
    slot: str

    @property
    def both_sides(self) -> tuple[Side, ...]:
        """The sides whose lists are read."""
        return ("volunteer", "participant")


@dataclass(frozen=True)
class ReopenSlot(Command):
    """Open a closed slot for correction; a reason is needed."""

    activity: str
    slot: str


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


@decides(ConfirmHeadcount, slot=Slot.of("slot"))
def count(command: ConfirmHeadcount, act: Act, slot: Slot) -> Iterator[Event]:
    need_slot_of(slot, command.activity)
    need_open(slot)
    if not 0 <= command.count <= MOST_SEATS:
        raise BadSlot(what=f"人数要在 0 到 {MOST_SEATS} 之间。")
    if latest(act) < slot.begins:
        raise BadSlot(what="时段还没开始，不能清点人数。")
    if slot.headcounts.get(command.side, 0) not in (0, command.count):
        need_reason(act)
    if slot.headcounts.get(command.side) != command.count:
        yield HeadcountConfirmed(
            command.activity, command.slot, command.side, command.count, slot.organisation, slot.begins
        )


@decides(CloseSlot, slot=Slot.of("slot"), sides=Seats.of("slot", "both_sides"))
def close_slot(command: CloseSlot, act: Act, slot: Slot, sides: list[Seats]) -> Iterator[Event]:
    need_slot_of(slot, command.activity)
    need_open(slot)
    if latest(act) < (slot.ends or slot.begins):
        raise BadSlot(what="时段还没结束，等它结束再收尾。")
    requested, waiting = sum(side.requested for side in sides), sum(len(side.waiting) for side in sides)
    if (requested or waiting) and act.source != "import":
        raise Undecided(requested=requested, waiting=waiting)
    yield SlotClosed(slot.activity, command.slot, slot.organisation, slot.begins)


@decides(ReopenSlot, slot=Slot.of("slot"), activity=Activity.of("activity"))
def reopen_slot(command: ReopenSlot, act: Act, slot: Slot, activity: Activity) -> Iterator[Event]:
    need_slot_of(slot, command.activity)
    need_state(activity, "published")
    need_reason(act)
    if slot.state != "closed":
        raise WrongState(state="时段没有结束")
    yield SlotReopened(slot.activity, command.slot, slot.organisation, slot.begins)


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
