"""Sign-ups: asking for a place in a slot, getting it, waiting for it, giving it back. (BN-6, ZS-8, §3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.calendars import Calendar
from domain.consents import ADULT, TAKING_PART
from domain.enrolments import Accepted, Enrolment, Promoted, Rejected, Requested, Waitlisted, Withdrawn, need_listed
from domain.own_cause import plain_if_own, same_human
from domain.people import Person, need_person
from domain.seats import Seats
from domain.slots import Slot, need_open
from domain.words import LABELS, Side, is_timed, local, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class AlreadySignedUp(RuleBroken):
    """One active sign-up per person and slot."""

    sentence = "已经报过这个时段了。"


class BothSides(RuleBroken):
    """Nobody is volunteer and participant in one slot (§7)."""

    sentence = "同一时段里，一个人只能坐一边：已经是{side}。"


class Overlaps(RuleBroken):
    """Nobody is in two overlapping slots."""

    sentence = "和已报的另一个时段（{slot}）时间重叠。先退出那一个，才能报这里。"


class SignUpClosed(RuleBroken):
    """Sign-up ends at the deadline, or at the start where none is set. With a reason others may override it for a person."""

    sentence = "报名已在 {since:%m月%d日 %H:%M} 截止。"


class NotQualified(RuleBroken):
    """A slot may ask for qualifications and an age. With a reason others may override it for a person."""

    sentence = "这一段要求：{missing}，档案里没有。"


class GuardianMissing(RuleBroken):
    """Whoever is surely under 18 takes part when a guardian agreed. With a reason others may override it for a person."""

    sentence = "未满 18 周岁：档案里还没有监护人同意参加活动。请监护人同意，由工作人员记在档案的“同意”里，再来报名。"


class NoSeatsHere(RuleBroken):
    """A side without seats takes nobody."""

    sentence = "这个时段没有设这一边的席位。"


class TooLateToLeave(RuleBroken):
    """A place is given back before the deadline; afterwards the organiser does it, with a reason."""

    sentence = "退出已在 {since:%m月%d日 %H:%M} 截止。请联系活动负责人。"


@dataclass(frozen=True)
class SignUp(Command):
    """Ask for a place; granted while seats are free and nobody waits, otherwise the end of the queue."""

    slot: str
    person: str
    side: Side = "volunteer"


@dataclass(frozen=True)
class AcceptRequest(Command):
    """Say yes to a request: a seat, or the end of the queue."""

    slot: str
    person: str
    side: Side


@dataclass(frozen=True)
class RejectRequest(Command):
    """Say no to a request, or to somebody in the queue for whom no seat came free; a reason is needed."""

    slot: str
    person: str
    side: Side


@dataclass(frozen=True)
class Withdraw(Command):
    """Give a place back; whoever is next moves up."""

    slot: str
    person: str
    side: Side


@decides(
    SignUp,
    slot=Slot.of("slot"),
    seats=Seats.of("slot", "side"),
    enrolment=Enrolment.of("slot", "person"),
    person=Person.of("person"),
    pages=Calendar.of("person", "slot.months"),
    twins=Enrolment.of("slot", "person.aliases"),
    twin_pages=Calendar.of("person.aliases", "slot.months"),
)
def sign_up(
    command: SignUp,
    act: Act,
    slot: Slot,
    seats: Seats,
    enrolment: Enrolment,
    person: Person,
    pages: list[Calendar],
    twins: list[Enrolment],
    twin_pages: list[Calendar],
) -> Iterator[Event]:
    need_open(slot)
    need_person(person)
    for standing in (enrolment, *twins):  # a file that was merged into this one is the same person
        if standing.is_active:
            raise AlreadySignedUp if standing.side == command.side else BothSides(side=LABELS[standing.side])
    if seats.seats == 0:
        raise NoSeatsHere
    act = plain_if_own(act, act.actor in (command.person, *person.aliases))
    overridden = check_conditions(act, slot, person, command.side)
    for page in (*pages, *twin_pages):
        if clash := page.clash_with(command.slot, slot.begins, slot.ends):
            raise Overlaps(slot=clash)
    where = (command.slot, command.person, command.side)
    if slot.approval == "reviewed":
        yield Requested(*where, slot.begins, slot.ends)
    elif seats.has_room:
        yield Accepted(*where, slot.begins, slot.ends, "", overridden)
    else:
        yield Waitlisted(*where, len(seats.waiting) + 1, slot.begins, slot.ends, "", overridden)


def check_conditions(act: Act, slot: Slot, person: Person, side: Side) -> tuple[str, ...]:
    """The deadline, what the slot asks of volunteers, and a minor's guardian; returns what was overridden.

    Raises SignUpClosed, NotQualified, GuardianMissing.
    """
    overridden = []
    closes = slot.deadline or slot.begins
    if is_timed(act) and act.at > closes:
        if not act.override:
            raise SignUpClosed(since=local(closes))
        overridden.append("deadline")
    missing = person.lacks(slot.skills, local(slot.begins).date())
    if person.over < slot.over:
        missing.append(f"满 {slot.over} 周岁")
    if missing and side == "volunteer":
        if not act.override:
            raise NotQualified(missing="、".join(missing))
        overridden.append("qualification")
    if act.source != "import" and lacks_guardian(person, local(slot.begins).year):
        if not act.override:
            raise GuardianMissing
        overridden.append("guardian")
    return tuple(overridden)


def lacks_guardian(person: Person, year: int) -> bool:
    """Whether somebody is surely under 18 all that year and no guardian agreed. Only the year of birth is known, if that."""
    return (
        bool(person.born) and person.over < ADULT and year - person.born < ADULT and TAKING_PART not in person.guarded
    )


@decides(AcceptRequest, slot=Slot.of("slot"), seats=Seats.of("slot", "side"), enrolment=Enrolment.of("slot", "person"))
def accept(command: AcceptRequest, act: Act, slot: Slot, seats: Seats, enrolment: Enrolment) -> Iterator[Event]:
    need_open(slot)
    need_listed(enrolment, command.side, "requested")
    where = (command.slot, command.person, command.side)
    if seats.has_room:
        yield Accepted(*where, slot.begins, slot.ends, "requested")
    else:
        yield Waitlisted(*where, len(seats.waiting) + 1, slot.begins, slot.ends, "requested")


@decides(RejectRequest, slot=Slot.of("slot"), enrolment=Enrolment.of("slot", "person"))
def reject(command: RejectRequest, act: Act, slot: Slot, enrolment: Enrolment) -> Iterator[Event]:
    need_listed(enrolment, command.side, "requested", "waiting")
    need_reason(act)
    if enrolment.state == "waiting":
        need_open(slot)
    yield Rejected(command.slot, command.person, command.side, slot.begins, slot.ends, enrolment.state)


@decides(
    Withdraw,
    slot=Slot.of("slot"),
    seats=Seats.of("slot", "side"),
    enrolment=Enrolment.of("slot", "person"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
)
def withdraw(
    command: Withdraw, act: Act, slot: Slot, seats: Seats, enrolment: Enrolment, person: Person, decider: Person
) -> Iterator[Event]:
    act = plain_if_own(act, same_human(command.person, person, act.actor, decider))
    need_open(slot)
    need_listed(enrolment, command.side, "requested", "waiting", "accepted")
    closes = slot.deadline or slot.begins
    if is_timed(act) and act.at > closes and not act.override and enrolment.state == "accepted":
        raise TooLateToLeave(since=local(closes))
    where = (command.slot, command.person, command.side)
    yield Withdrawn(*where, enrolment.state, slot.begins, slot.ends)
    if enrolment.state == "accepted" and act.at < slot.begins:
        free = 1 if seats.seats is None else seats.seats - seats.taken + 1
        for first in seats.next_in_line(free):
            yield Promoted(command.slot, first, command.side)
