"""Sign-ups: asking for a place in a slot, getting it, waiting for it, giving it back. (BN-6, ZS-8, §3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from domain.activities import Slot, SlotAdded, SlotResized, need_open
from domain.consents import ADULT, TAKING_PART
from domain.people import Person, need_person, plain_if_own, same_human
from domain.words import LABELS, Method, Side, Unknown, is_timed, local, months_of, need_reason, overlaps
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves


class Requested(Event, topic="enrolment.requested", stream=("slot", "person")):
    """Asked for a place in a slot whose organiser decides."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None


class Accepted(Event, topic="enrolment.accepted", stream=("slot", "person")):
    """Has a seat: by signing up first come first served, or because the organiser said yes."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None
    was: str = ""
    overridden: tuple[str, ...] = ()


class Waitlisted(Event, topic="enrolment.waitlisted", stream=("slot", "person")):
    """Waits; `place` is the place in the queue at that moment, from 1."""

    slot: str
    person: str
    side: Side
    place: int
    starts: datetime
    ends: datetime | None = None
    was: str = ""
    overridden: tuple[str, ...] = ()


class Promoted(Event, topic="enrolment.promoted", stream=("slot", "person")):
    """A seat came free and this was the first in the queue."""

    slot: str
    person: str
    side: Side


class Displaced(Event, topic="enrolment.displaced", stream=("slot", "person")):
    """The slot shrank below its bookings; this one lost the seat and waits in front of the queue."""

    slot: str
    person: str
    side: Side


class Rejected(Event, topic="enrolment.rejected", stream=("slot", "person")):
    """The organiser said no."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None


class Withdrawn(Event, topic="enrolment.withdrawn", stream=("slot", "person")):
    """Gave the place back; `was` is what it was: requested, waiting or accepted."""

    slot: str
    person: str
    side: Side
    was: str
    starts: datetime
    ends: datetime | None = None


class Released(Event, topic="enrolment.released", stream=("slot", "person")):
    """The slot was cancelled and the place with it."""

    slot: str
    person: str
    side: Side
    was: str
    starts: datetime
    ends: datetime | None = None


class CheckedIn(Event, topic="enrolment.checked_in", stream=("slot", "person")):
    """Was there, from this moment on."""

    slot: str
    person: str
    side: Side
    method: Method
    moment: datetime


class CheckedOut(Event, topic="enrolment.checked_out", stream=("slot", "person")):
    """Left at this moment."""

    slot: str
    person: str
    side: Side
    method: Method
    moment: datetime


class NoShow(Event, topic="enrolment.no_show", stream=("slot", "person")):
    """Had a seat and did not come; the time of the slot is theirs again."""

    slot: str
    person: str
    side: Side
    starts: datetime | None = None
    ends: datetime | None = None


class AttendanceCorrected(Event, topic="enrolment.attendance_corrected", stream=("slot", "person")):
    """What was written about coming and leaving was wrong; both versions stay. No check-in means: was not there."""

    slot: str
    person: str
    side: Side
    checked_in: datetime | None = None
    checked_out: datetime | None = None
    was_in: datetime | None = None
    was_out: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None


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


class Enrolment(Guard, kind="enrolment", key=("slot", "person")):
    """One person in one slot."""

    state: str = ""
    side: Side = "volunteer"
    checked_in: datetime | None = None
    checked_out: datetime | None = None
    in_by: Method | None = None
    out_by: Method | None = None

    @property
    def is_active(self) -> bool:
        """Asked, waiting, seated or been there: one of these per person and slot."""
        return self.state in ("requested", "waiting", "accepted", "checked_in", "checked_out", "no_show")

    @property
    def attended(self) -> bool:
        """Whether they were there."""
        return self.state in ("checked_in", "checked_out")

    @evolves(Requested)
    def asked(self, event: Requested) -> Enrolment:
        return Enrolment(state="requested", side=event.side)

    @evolves(Accepted)
    def seated(self, event: Accepted) -> Enrolment:
        return Enrolment(state="accepted", side=event.side)

    @evolves(Promoted)
    def promoted(self, event: Promoted) -> Enrolment:
        return replace(self, state="accepted")

    @evolves(Waitlisted)
    def queued(self, event: Waitlisted) -> Enrolment:
        return Enrolment(state="waiting", side=event.side)

    @evolves(Displaced)
    def displaced(self, event: Displaced) -> Enrolment:
        return replace(self, state="waiting")

    @evolves(Rejected)
    def refused(self, event: Rejected) -> Enrolment:
        return replace(self, state="rejected")

    @evolves(Withdrawn)
    def given_back(self, event: Withdrawn) -> Enrolment:
        return replace(self, state="withdrawn")

    @evolves(Released)
    def released(self, event: Released) -> Enrolment:
        return replace(self, state="released")

    @evolves(CheckedIn)
    def came(self, event: CheckedIn) -> Enrolment:
        return replace(self, state="checked_in", checked_in=event.moment, in_by=event.method)

    @evolves(CheckedOut)
    def left(self, event: CheckedOut) -> Enrolment:
        return replace(self, state="checked_out", checked_out=event.moment, out_by=event.method)

    @evolves(NoShow)
    def missed(self, event: NoShow) -> Enrolment:
        return replace(self, state="no_show")

    @evolves(AttendanceCorrected)
    def corrected(self, event: AttendanceCorrected) -> Enrolment:
        came, left = event.checked_in, event.checked_out
        return replace(
            self,
            state="checked_out" if left else "checked_in" if came else "no_show",
            checked_in=came,
            checked_out=left,
            in_by="late" if came != self.checked_in else self.in_by,
            out_by="late" if left != self.checked_out else self.out_by,
        )


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


def without(queue: tuple[str, ...], person: str) -> tuple[str, ...]:
    """The queue with one person gone and everybody else in order."""
    return tuple(one for one in queue if one != person)


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


class NotOnTheList(RuleBroken):
    """Only what stands on the list can change."""

    sentence = "名单上这一条现在是“{state}”，不能这样做。"


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
    """Say no to a request; a reason is needed."""

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
    need_listed(enrolment, command.side, "requested")
    need_reason(act)
    yield Rejected(command.slot, command.person, command.side, slot.begins, slot.ends)


def need_listed(enrolment: Enrolment, side: Side, *states: str) -> None:
    """Raise unless the person stands on the list of this side in one of these states."""
    if not enrolment.state:
        raise Unknown(what="条报名")
    if enrolment.state not in states or enrolment.side != side:
        raise NotOnTheList(state=LABELS[enrolment.state])


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
