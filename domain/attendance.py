"""Attendance: coming, leaving, staying away, and putting right what was written about it. (BN-6, peers #8-#11)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.calendars import Calendar
from domain.enrolments import AttendanceCorrected, CheckedIn, CheckedOut, Enrolment, NoShow, need_listed
from domain.hours import Hours
from domain.people import Person
from domain.receipts import Receipt, Received, Voided
from domain.slots import Slot, need_open
from domain.words import Method, day_of, latest, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

EARLIEST_CHECK_IN = timedelta(hours=2)
"""How long before the start the door opens."""
LATEST_CHECK_OUT = timedelta(hours=2)
"""How long after the end the door closes: whoever notes leaving later says so and why."""


@dataclass(frozen=True)
class Door:
    """When coming, leaving and staying away can be noted as they happen; pages offer no more than this."""

    begins: datetime
    ends: datetime | None

    @property
    def opens(self) -> datetime:
        """From when somebody can be checked in."""
        return self.begins - EARLIEST_CHECK_IN

    def is_early(self, moment: datetime) -> bool:
        """Nobody can have come yet."""
        return moment < self.opens

    def is_late(self, moment: datetime) -> bool:
        """The slot has ended: who was there is entered afterwards."""
        return self.ends is not None and moment > self.ends

    def is_shut(self, moment: datetime) -> bool:
        """Leaving, too, is entered afterwards."""
        return self.ends is not None and moment > self.ends + LATEST_CHECK_OUT

    def is_over(self, moment: datetime) -> bool:
        """Who is not there now has stayed away."""
        return moment >= (self.ends or self.begins)


class WrongMoment(RuleBroken):
    """Coming and leaving are recorded around the slot, leaving after coming."""

    sentence = "{what}"


class WasElsewhere(RuleBroken):
    """Nobody is in two places at once: who stayed away may since have been entered in another slot for that time."""

    sentence = "记缺席之后，这个人同一时间已在另一个时段（{slot}）。先更正那一个，才能改这里。"


@dataclass(frozen=True)
class CheckIn(Command):
    """Note that somebody came; the moment is when the act occurred."""

    slot: str
    person: str
    method: Method = "self"


@dataclass(frozen=True)
class CheckOut(Command):
    """Note that somebody left; the moment is when the act occurred."""

    slot: str
    person: str
    method: Method = "self"


@dataclass(frozen=True)
class MarkNoShow(Command):
    """Note that somebody with a seat did not come."""

    slot: str
    person: str


@dataclass(frozen=True)
class CorrectAttendance(Command):
    """Replace what was written about coming and leaving; a reason is needed."""

    slot: str
    person: str
    checked_in: datetime | None = None
    checked_out: datetime | None = None


@decides(CheckIn, slot=Slot.of("slot"), enrolment=Enrolment.of("slot", "person"), receipt=Receipt.of("slot", "person"))
def check_in(command: CheckIn, act: Act, slot: Slot, enrolment: Enrolment, receipt: Receipt) -> Iterator[Event]:
    need_open(slot)
    need_listed(enrolment, enrolment.side, "accepted")
    door = Door(slot.begins, slot.ends)
    if door.is_early(latest(act)):
        raise WrongMoment(what="还没到签到时间：开始前 2 小时起可以签到。")
    if door.is_late(act.at):
        raise WrongMoment(what="时段已经结束，请用补录，写明当时的时间和原因。")
    need_past(act, act.at)
    if command.method == "late":
        need_reason(act)
    yield CheckedIn(command.slot, command.person, enrolment.side, command.method, act.at)
    if enrolment.side == "participant":
        yield from attended(command.slot, command.person, slot, receipt)


def need_past(act: Act, moment: datetime | None) -> None:
    """Raise WrongMoment where somebody is said to have come or left at a time that is still to be."""
    if moment is not None and moment > act.recorded:
        raise WrongMoment(what="这个时间还没到，不能先记。")


def attended(slot_id: str, person: str, slot: Slot, receipt: Receipt) -> Iterator[Event]:
    """A participant who was there has received a service (§7)."""
    if not receipt.is_valid:
        yield Received(slot_id, person, "activity", slot.organisation, day_of(slot.begins), slot=slot_id)


@decides(CheckOut, slot=Slot.of("slot"), enrolment=Enrolment.of("slot", "person"))
def check_out(command: CheckOut, act: Act, slot: Slot, enrolment: Enrolment) -> Iterator[Event]:
    need_open(slot)
    need_listed(enrolment, enrolment.side, "checked_in")
    if enrolment.checked_in is not None and act.at <= enrolment.checked_in:
        raise WrongMoment(what="签退要晚于签到。")
    if Door(slot.begins, slot.ends).is_shut(act.at):
        raise WrongMoment(what="时段结束已超过 2 小时，请用补录，写明当时的时间和原因。")
    need_past(act, act.at)
    if command.method == "late":
        need_reason(act)
    yield CheckedOut(command.slot, command.person, enrolment.side, command.method, act.at)


@decides(MarkNoShow, slot=Slot.of("slot"), enrolment=Enrolment.of("slot", "person"))
def mark_no_show(command: MarkNoShow, act: Act, slot: Slot, enrolment: Enrolment) -> Iterator[Event]:
    need_open(slot)
    need_listed(enrolment, enrolment.side, "accepted")
    if not Door(slot.begins, slot.ends).is_over(latest(act)):
        raise WrongMoment(what="时段还没结束，不能记缺席。")
    yield NoShow(command.slot, command.person, enrolment.side, slot.begins, slot.ends)


@decides(
    CorrectAttendance,
    slot=Slot.of("slot"),
    enrolment=Enrolment.of("slot", "person"),
    hours=Hours.of("slot", "person"),
    receipt=Receipt.of("slot", "person"),
    person=Person.of("person"),
    pages=Calendar.of("person", "slot.months"),
    twin_pages=Calendar.of("person.twins", "slot.months"),
)
def correct(
    command: CorrectAttendance,
    act: Act,
    slot: Slot,
    enrolment: Enrolment,
    hours: Hours,
    receipt: Receipt,
    person: Person,
    pages: list[Calendar],
    twin_pages: list[Calendar],
) -> Iterator[Event]:
    need_open(slot)
    need_listed(enrolment, enrolment.side, "accepted", "checked_in", "checked_out", "no_show")
    need_reason(act)
    came, left, door = command.checked_in, command.checked_out, Door(slot.begins, slot.ends)
    if left and (came is None or left <= came):
        raise WrongMoment(what="签退要晚于签到。")
    if came and (door.is_early(came) or door.is_late(came)):
        raise WrongMoment(what="签到要在时段之内（最早开始前 2 小时）。")
    need_past(act, left or came)
    if came and enrolment.state == "no_show":
        need_free(command.slot, slot, [*pages, *twin_pages])
    if hours.is_alive:
        raise WrongMoment(what="这一条已经报了时长：先把时长作废或调整，再更正出勤。")
    seen = (came, left, enrolment.checked_in, enrolment.checked_out)
    yield AttendanceCorrected(command.slot, command.person, enrolment.side, *seen, slot.begins, slot.ends)
    if enrolment.side == "participant" and came:
        yield from attended(command.slot, command.person, slot, receipt)
    elif enrolment.side == "participant" and receipt.is_valid:
        yield Voided(command.slot, command.person)


def need_free(slot_id: str, slot: Slot, pages: list[Calendar]) -> None:
    """Raise WasElsewhere where these calendar pages hold another slot at the same time."""
    for page in pages:
        if clash := page.clash_with(slot_id, slot.begins, slot.ends):
            raise WasElsewhere(slot=clash)
