"""Slots: adding, resizing, counting heads, closing, calling off. Whoever loses a place is named. (BN-6, ZS-8, peers #3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.activities import (
    Activity,
    Approval,
    HeadcountConfirmed,
    Published,
    Slot,
    SlotAdded,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
    SlotResized,
    WrongState,
    need_not_begun,
    need_open,
    need_slot_of,
    need_state,
)
from domain.enrolments import Displaced, Enrolment, Promoted, Released, need_listed
from domain.organisations import IsSuspended, Organisation
from domain.seats import Seats
from domain.words import LABELS, Side, activity_of, latest, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

MOST_SEATS = 100_000
"""More than this is a slip of the finger: the largest venue of the country seats fewer."""


class BadSlot(RuleBroken):
    """A slot ends after it starts, has a seat on some side, and closes for sign-up before it ends."""

    sentence = "{what}"


class RiskNotStated(RuleBroken):
    """Risk is stated before people sign up (志愿服务条例 art. 12)."""

    sentence = "请先写明风险（没有特别风险就写“一般”），志愿者报名前要看得到。"


class ListChanged(RuleBroken):
    """Whoever shrinks or cancels a slot names everybody affected; the list moved while they looked."""

    sentence = "名单刚刚变了：现在要列出 {needed} 人，提交的是 {given} 人。请看一遍最新名单再提交。"


class Undecided(RuleBroken):
    """A slot is closed when its lists are complete (§3): whoever asked has an answer and nobody waits for a seat.

    Nothing lapses by itself. An answer that was never given is the organiser's to give, with a reason that the person
    can read; a request or a queue that ended in silence would say that nobody had asked. Old records may lack the answer.
    """

    sentence = "名单还没有完：{requested} 人待审核，{waiting} 人候补。先答复他们，再结束时段。"


class InsuranceMissing(RuleBroken):
    """Before volunteers do what may harm them they are insured: nobody signs up for such a slot without it. (条例 art. 17)"""

    sentence = "可能发生人身危险的活动，要先为志愿者买好意外险，写明是哪一份，才能开放报名。（志愿服务条例第十七条）"


@dataclass(frozen=True)
class AddSlot(Command):
    """Give an activity a time band; one that is published already opens at once."""

    activity: str
    slot: str
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


@decides(
    AddSlot,
    activity=Activity.of("activity"),
    slot=Slot.of("slot"),
    organisation=Organisation.of("activity.organisation"),
)
def add_slot(command: AddSlot, act: Act, activity: Activity, slot: Slot, organisation: Organisation) -> Iterator[Event]:
    need_state(activity, "draft", "published")
    if organisation.is_suspended:
        raise IsSuspended
    if slot.state or not is_slot_of(command.slot, command.activity):
        raise BadSlot(what="这个时段已经加过了，或者编号不是这个活动的。")
    from_records = act.source == "import" or (act.source == "late" and command.starts <= act.at)
    check_slot(command, from_records=from_records)
    if activity.state == "published" and act.source != "import":
        need_not_begun(act, command.starts)
    yield SlotAdded(organisation=activity.organisation, **vars(command))
    if activity.state == "published":
        yield Published(command.activity, (command.slot,))


def is_slot_of(slot: str, activity: str) -> bool:
    """Whether it is the activity's id, a dot and a number."""
    return activity_of(slot) == activity and slot.rpartition(".")[2].isdecimal()


def need_seats(seats: int | None) -> None:
    """Raise BadSlot for a number of seats that cannot be."""
    if seats is not None and seats < 0:
        raise BadSlot(what="席位不能是负数。")
    if seats is not None and seats > MOST_SEATS:
        raise BadSlot(what=f"席位最多 {MOST_SEATS}。")


def check_slot(command: AddSlot, *, from_records: bool) -> None:
    """Raise BadSlot, RiskNotStated or InsuranceMissing. A slot taken from old records may lack what nobody wrote down then."""
    if command.ends is not None and command.ends <= command.starts:
        raise BadSlot(what="结束时间要晚于开始时间。")
    need_seats(command.volunteer_seats)
    need_seats(command.participant_seats)
    if from_records:
        return
    if command.ends is None:
        raise BadSlot(what="请写明结束时间。")
    if not (command.volunteer_seats or command.participant_seats):
        raise BadSlot(what="志愿者席和参与者席至少要有一边大于 0。")
    if command.deadline and command.deadline > command.ends:
        raise BadSlot(what="报名截止时间要早于时段结束。")
    if not command.risk.strip():
        raise RiskNotStated
    if command.dangerous and not command.insurance.strip():
        raise InsuranceMissing


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
