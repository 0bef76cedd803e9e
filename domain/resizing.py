"""Resizing a slot and calling it off: whoever loses a place is named. (ZS-8, peers #3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.activities import SlotCancelled, SlotResized, WrongState
from domain.enrolments import Displaced, Enrolment, Promoted, Released, need_listed
from domain.seats import Seats
from domain.slots import Slot, need_open, need_seats, need_slot_of
from domain.words import LABELS, Side, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class ListChanged(RuleBroken):
    """Whoever shrinks or cancels a slot names everybody affected; the list moved while they looked."""

    sentence = "名单刚刚变了：现在要列出 {needed} 人，提交的是 {given} 人。请看一遍最新名单再提交。"


@dataclass(frozen=True)
class ResizeSlot(Command):
    """Change the number of seats of one side; `displaced` are those who lose theirs, in the order they shall wait."""

    activity: str
    slot: str
    side: Side
    seats: int
    displaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class CancelSlot(Command):
    """Call a slot off that nobody came to; `affected` names everybody on its lists. A reason is needed."""

    activity: str
    slot: str
    affected: tuple[str, ...] = ()

    @property
    def both_sides(self) -> tuple[Side, ...]:
        """The sides whose lists are read."""
        return ("volunteer", "participant")


@decides(ResizeSlot, slot=Slot.of("slot"), seats=Seats.of("slot", "side"), displaced=Enrolment.of("slot", "displaced"))
def resize(command: ResizeSlot, act: Act, slot: Slot, seats: Seats, displaced: list[Enrolment]) -> Iterator[Event]:
    need_slot_of(slot, command.activity)
    if slot.state not in ("draft", "open"):
        need_open(slot)
    need_seats(command.seats)
    too_many = max(0, seats.taken - command.seats)
    need_names(command.displaced, too_many)
    for enrolment in displaced:
        need_listed(enrolment, command.side, "accepted")
    if too_many:
        need_reason(act)
    # First they stand up, then the seats are taken away: no prefix of the log has more people than seats.
    for person in reversed(command.displaced):
        yield Displaced(command.slot, person, command.side)
    yield SlotResized(command.activity, command.slot, command.side, command.seats, seats.seats, command.displaced)
    if act.at < slot.begins:
        for person in seats.next_in_line(command.seats - seats.taken):
            yield Promoted(command.slot, person, command.side)


def need_names(given: tuple[str, ...], needed: int) -> None:
    """Raise ListChanged unless so many are named, each once."""
    if len(set(given)) != needed or len(given) != needed:
        raise ListChanged(needed=needed, given=len(given))


@decides(
    CancelSlot,
    slot=Slot.of("slot"),
    sides=Seats.of("slot", "both_sides"),
    affected=Enrolment.of("slot", "affected"),
)
def cancel_slot(
    command: CancelSlot, act: Act, slot: Slot, sides: list[Seats], affected: list[Enrolment]
) -> Iterator[Event]:
    need_slot_of(slot, command.activity)
    if slot.state not in ("draft", "open"):
        raise WrongState(state=LABELS[slot.state])
    if any(slot.headcounts.values()):
        raise WrongState(state="时段已清点过人数")
    need_reason(act)
    need_names(command.affected, sum(side.everybody for side in sides))
    for enrolment in affected:
        need_listed(enrolment, enrolment.side, "requested", "waiting", "accepted")
    yield SlotCancelled(command.activity, command.slot, command.affected)
    for person, enrolment in zip(command.affected, affected, strict=True):
        yield Released(command.slot, person, enrolment.side, enrolment.state, slot.begins, slot.ends)
