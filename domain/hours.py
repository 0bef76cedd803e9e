"""Volunteer hours: proposed from attendance, confirmed by somebody else, posted, objected to, settled, credited. (§3, §5, §7)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from domain.activities import Slot
from domain.enrolments import Enrolment
from domain.organisations import Tree
from domain.people import Person, need_remembered, plain_if_own, same_human
from domain.purchases import Purchases, need_unpaid
from domain.words import LABELS, Grade, Unknown, day_of, local, months_of, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

REVIEW_MINUTES = 480
"""More than 8 hours a day need the host organisation's word (Guangdong i志愿, §5)."""
NOTICE = timedelta(days=7)
"""How long confirmed hours are posted before they are credited (民发〔2015〕149号: at least 7 days)."""


class Proposed(Event, topic="hours.proposed", stream=("slot", "person")):
    """So many minutes are claimed for a slot. Grade A: both ends recorded by the person; B: one end, or by the desk; C: late."""

    slot: str
    person: str
    minutes: int
    grade: Grade
    organisation: str
    activity: str
    starts: datetime
    by: str
    basis: str = ""


class Confirmed(Event, topic="hours.confirmed", stream=("slot", "person")):
    """Somebody other than the volunteer and the proposer says that this is right."""

    slot: str
    person: str
    minutes: int


class Posted(Event, topic="hours.posted", stream=("slot", "person")):
    """Posted for notice until and including that day."""

    slot: str
    person: str
    until: date


class Objected(Event, topic="hours.objected", stream=("slot", "person"), personal=("text",)):
    """Somebody says that it is wrong; `minutes` is what they think right."""

    slot: str
    person: str
    text: str
    minutes: int | None = None


class Upheld(Event, topic="hours.upheld", stream=("slot", "person")):
    """An objection was looked into and the entry stays as it was."""

    slot: str
    person: str


class Adjusted(Event, topic="hours.adjusted", stream=("slot", "person")):
    """The entry changed by `delta` minutes to `minutes`; an objection, if there was one, is settled."""

    slot: str
    person: str
    minutes: int
    delta: int
    starts: datetime | None = None


class CorrectionAsked(Event, topic="hours.correction_asked", stream=("slot", "person")):
    """After posting, somebody says what the minutes should be (0: struck out); it holds once another person says the same."""

    slot: str
    person: str
    minutes: int
    by: str


class Credited(Event, topic="hours.credited", stream=("slot", "person")):
    """The notice is over; the minutes count for stars and certificates."""

    slot: str
    person: str


class Voided(Event, topic="hours.voided", stream=("slot", "person")):
    """The entry does not count at all; it stays readable."""

    slot: str
    person: str
    starts: datetime | None = None


class Hours(Guard, kind="hours", key=("slot", "person")):
    """The hours of one person in one slot."""

    state: str = ""
    before: str = ""
    minutes: int = 0
    proposer: str = ""
    starts: datetime | None = None
    until: date | None = None
    asked: int | None = None
    asker: str = ""

    @property
    def was_posted(self) -> bool:
        """Whether others rely on it already: it was posted for notice, whatever has been objected since."""
        return {self.state, self.before} & {"posted", "credited"} != set()

    @property
    def is_alive(self) -> bool:
        """Whether there is an entry that was not voided."""
        return self.state not in ("", "voided")

    @evolves(Proposed)
    def proposed(self, event: Proposed) -> Hours:
        return Hours(state="proposed", minutes=event.minutes, proposer=event.by, starts=event.starts)

    @evolves(Confirmed)
    def confirmed(self, event: Confirmed) -> Hours:
        return replace(self, state="confirmed", minutes=event.minutes)

    @evolves(Posted)
    def posted(self, event: Posted) -> Hours:
        return replace(self, state="posted", until=event.until)

    @evolves(Objected)
    def objected(self, event: Objected) -> Hours:
        return replace(self, state="objected", before=self.state)

    @evolves(Upheld)
    def upheld(self, event: Upheld) -> Hours:
        return replace(self, state=self.before, before="", asked=None, asker="")

    @evolves(CorrectionAsked)
    def correction_asked(self, event: CorrectionAsked) -> Hours:
        return replace(self, asked=event.minutes, asker=event.by)

    @evolves(Adjusted)
    def adjusted(self, event: Adjusted) -> Hours:
        state = self.before if self.state == "objected" else self.state
        return replace(self, state=state, before="", minutes=event.minutes, asked=None, asker="")

    @evolves(Credited)
    def credited(self, event: Credited) -> Hours:
        return replace(self, state="credited")

    @evolves(Voided)
    def voided(self, event: Voided) -> Hours:
        return replace(self, state="voided", asked=None, asker="")


def served_month(event: Proposed | Adjusted | Voided) -> list[tuple[str, str]]:
    """The month of the person in which the event's slot began."""
    return [(event.person, months_of(event.starts, None)[0])] if event.starts else []


class ServedMonth(Guard, kind="served", key=("person", "month")):
    """The minutes of a person's living entries in one local month, by the day on which their slot began."""

    days: dict[str, dict[str, int]] = {}

    @evolves(Proposed, Adjusted, keys=served_month)
    def counts(self, event: Proposed | Adjusted) -> ServedMonth:
        day, slots = self.day_of(event)
        return replace(self, days=self.days | {day: slots | {event.slot: event.minutes}})

    @evolves(Voided, keys=served_month)
    def takes_back(self, event: Voided) -> ServedMonth:
        day, slots = self.day_of(event)
        left = {slot: minutes for slot, minutes in slots.items() if slot != event.slot}
        return replace(self, days=self.days | {day: left})

    def day_of(self, event: Proposed | Adjusted | Voided) -> tuple[str, dict[str, int]]:
        """The local day of the event's slot, and what is counted on it."""
        assert event.starts is not None, "the month was told by it"
        day = day_of(event.starts)
        return day, self.days.get(day, {})

    def minutes_on(self, day: str) -> int:
        """Minutes of that local day, all entries together."""
        return sum(self.days.get(day, {}).values())


class NotThere(RuleBroken):
    """Hours follow from attendance as a volunteer."""

    sentence = "没有这个人作为志愿者到场的记录，不能报时长。"


class BadMinutes(RuleBroken):
    """Minutes served lie within the slot; what exceeds it needs a reason."""

    sentence = "{what}"


class PaidStaff(RuleBroken):
    """Paid staff serve in their job; it is never volunteer time (志愿服务条例 art. 2, BD-4)."""

    sentence = "这是本机构的在职人员，工作时间不能记成志愿服务时长。"


class OwnHours(RuleBroken):
    """Nobody decides on their own hours, nor confirms, changes or defends what they proposed: four eyes on every minute."""

    sentence = "{what}"


class WrongHoursState(RuleBroken):
    """Hours move proposed → confirmed → posted → credited; objections open and settle."""

    sentence = "这条时长现在是“{state}”，不能这样做。"


class NoticeRuns(RuleBroken):
    """Credited only after the notice is over."""

    sentence = "公示到 {until} 才结束，之后才能入账。"


@dataclass(frozen=True)
class ProposeHours(Command):
    """Claim hours for a volunteer who was there; `minutes` empty: what the attendance says."""

    slot: str
    person: str
    minutes: int | None = None


@dataclass(frozen=True)
class ConfirmHours(Command):
    """Confirm what somebody else proposed; `minutes` must be the number that was looked at."""

    slot: str
    person: str
    minutes: int


@dataclass(frozen=True)
class PostHours(Command):
    """Post confirmed hours for notice."""

    slot: str
    person: str


@dataclass(frozen=True)
class ObjectToHours(Command):
    """Say that an entry is wrong, and what would be right."""

    slot: str
    person: str
    text: str
    minutes: int | None = None


@dataclass(frozen=True)
class UpholdHours(Command):
    """Settle an objection: the entry stays; a reason is needed."""

    slot: str
    person: str


@dataclass(frozen=True)
class AdjustHours(Command):
    """Change confirmed minutes, with or without an objection; a reason is needed. After posting two persons say the same."""

    slot: str
    person: str
    minutes: int


@dataclass(frozen=True)
class CreditHours(Command):
    """Credit posted hours when their notice is over."""

    slot: str
    person: str


@dataclass(frozen=True)
class VoidHours(Command):
    """Strike an entry out; a reason is needed. After posting two persons say the same."""

    slot: str
    person: str


def served_minutes(slot: Slot, enrolment: Enrolment) -> int | None:
    """Whole minutes between coming and leaving that lie within the slot; None where an end is missing."""
    if enrolment.checked_in is None or enrolment.checked_out is None:
        return None
    starts = max(enrolment.checked_in, slot.begins)
    ends = min(enrolment.checked_out, slot.ends or enrolment.checked_out)
    return max(0, int((ends - starts).total_seconds()) // 60)


def grade_of(*methods: str | None) -> Grade:
    """The evidence for attendance (§7): A both ends by the person at the place; B one end, or by the desk; C entered late.

    `methods` are how coming and leaving were recorded, None where that was not.
    """
    if "late" in methods:
        return "C"
    return "A" if set(methods) <= {"self", "qr"} else "B"


@decides(
    ProposeHours,
    slot=Slot.of("slot"),
    enrolment=Enrolment.of("slot", "person"),
    hours=Hours.of("slot", "person"),
    person=Person.of("person"),
    twins=Person.of("person.twins"),
    decider=Person.of("act.actor"),
    months=ServedMonth.of("person", "slot.months"),
    twin_months=ServedMonth.of("person.twins", "slot.months"),
)
def propose(
    command: ProposeHours,
    act: Act,
    slot: Slot,
    enrolment: Enrolment,
    hours: Hours,
    person: Person,
    twins: list[Person],
    decider: Person,
    months: list[ServedMonth],
    twin_months: list[ServedMonth],
) -> Iterator[Event]:
    need_remembered(person)
    act = plain_if_own(act, same_human(command.person, person, act.actor, decider))
    if not enrolment.attended or enrolment.side != "volunteer":
        raise NotThere
    if hours.is_alive:
        raise WrongHoursState(state=LABELS[hours.state])
    day = local(slot.begins).date()
    if any(file.is_paid_by(slot.organisation, day) for file in (person, *twins)):
        raise PaidStaff
    measured = served_minutes(slot, enrolment)
    minutes = command.minutes if command.minutes is not None else measured
    if minutes is None:
        raise BadMinutes(what="缺签到或签退，请填写分钟数。")
    check_minutes(minutes, slot, act)
    check_day(minutes + sum(month.minutes_on(day_of(slot.begins)) for month in (*months, *twin_months)), act)
    yield Proposed(
        command.slot,
        command.person,
        minutes,
        "C" if measured is not None and minutes > measured else grade_of(enrolment.in_by, enrolment.out_by),
        slot.organisation,
        slot.activity,
        slot.begins,
        act.actor,
        "attendance" if minutes == measured else "declared",
    )


def check_minutes(minutes: int, slot: Slot, act: Act) -> None:
    """Raise BadMinutes for minutes that cannot be, and for more than the slot unless that is overridden."""
    if not 0 < minutes <= 24 * 60:
        raise BadMinutes(what="分钟数要在 1 到 1440 之间。")
    envelope = int((slot.ends - slot.begins).total_seconds()) // 60 if slot.ends else None
    if envelope is not None and minutes > envelope and not act.override:
        raise BadMinutes(what=f"超过了时段的 {envelope} 分钟。确实如此请写明原因。")


def check_day(minutes: int, act: Act) -> None:
    """Raise ReasonMissing where a person's entries of one day, this one with them, are more than 8 hours without a reason."""
    if minutes > REVIEW_MINUTES:
        need_reason(act)


@decides(
    ConfirmHours,
    hours=Hours.of("slot", "person"),
    slot=Slot.of("slot"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
    files=Person.of("decider.twins"),
    purchases=Purchases.of(),
    tree=Tree.of(),
)
def confirm(
    command: ConfirmHours,
    act: Act,
    hours: Hours,
    slot: Slot,
    person: Person,
    decider: Person,
    proposer: Person,
    files: list[Person],
    purchases: Purchases,
    tree: Tree,
) -> Iterator[Event]:
    need_hours(hours, "proposed")
    need_other(command.person, person, act, decider)
    need_other_eyes(hours, proposer, act, decider, "确认")
    need_payer(hours.minutes, act, hours, slot, [decider, *files], purchases, tree)
    if command.minutes != hours.minutes:
        raise BadMinutes(what=f"分钟数刚刚变成了 {hours.minutes}，请再看一遍。")
    yield Confirmed(command.slot, command.person, hours.minutes)


def need_hours(hours: Hours, *states: str) -> None:
    """Raise unless there is an entry in one of these states."""
    if not hours.state:
        raise Unknown(what="条时长")
    if hours.state not in states:
        raise WrongHoursState(state=LABELS[hours.state])


def need_other(claimant_id: str, claimant: Person, act: Act, decider: Person) -> None:
    """Raise OwnHours where the person who decides is the one whose hours they are, under whatever file."""
    if same_human(claimant_id, claimant, act.actor, decider):
        raise OwnHours(what="不能决定自己的时长，请另一位同事来。")


def need_other_eyes(hours: Hours, proposer: Person, act: Act, decider: Person, verb: str) -> None:
    """Raise OwnHours where the person who decides is the one who proposed the hours, under whatever file."""
    if same_human(hours.proposer, proposer, act.actor, decider):
        raise OwnHours(what=f"你不能{verb}自己提交的时长，请另一位同事{verb}。")


def need_payer(
    minutes: int, act: Act, hours: Hours, slot: Slot, decider: list[Person], purchases: Purchases, tree: Tree
) -> None:
    """Raise PaidForIt where more minutes than before come to count by the word of whoever is paid for them.

    `decider`: all files of the person. Fewer minutes may be said by anybody.
    """
    if minutes > (0 if hours.state == "proposed" else hours.minutes):
        offices = [at for file in decider for at in file.offices_on(local(act.at).date())]
        need_unpaid(purchases, tree, slot.organisation, local(slot.begins).date(), offices)


@decides(PostHours, hours=Hours.of("slot", "person"))
def post(command: PostHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "confirmed")
    yield Posted(command.slot, command.person, local(act.at + NOTICE).date())


@decides(ObjectToHours, hours=Hours.of("slot", "person"))
def object_to(command: ObjectToHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "confirmed", "posted", "credited")
    if not command.text.strip():
        raise BadMinutes(what="请写明哪里不对。")
    yield Objected(command.slot, command.person, command.text, command.minutes)


@decides(
    UpholdHours,
    hours=Hours.of("slot", "person"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
)
def uphold(
    command: UpholdHours, act: Act, hours: Hours, person: Person, decider: Person, proposer: Person
) -> Iterator[Event]:
    need_hours(hours, "objected")
    need_other(command.person, person, act, decider)
    need_other_eyes(hours, proposer, act, decider, "答复")
    need_reason(act)
    yield Upheld(command.slot, command.person)


@decides(
    AdjustHours,
    hours=Hours.of("slot", "person"),
    slot=Slot.of("slot"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
    asker=Person.of("hours.asker"),
    files=Person.of("decider.twins"),
    purchases=Purchases.of(),
    tree=Tree.of(),
)
def adjust(
    command: AdjustHours,
    act: Act,
    hours: Hours,
    slot: Slot,
    person: Person,
    decider: Person,
    proposer: Person,
    asker: Person,
    files: list[Person],
    purchases: Purchases,
    tree: Tree,
) -> Iterator[Event]:
    need_hours(hours, "objected", "confirmed", "posted", "credited")
    need_other(command.person, person, act, decider)
    if not hours.was_posted:
        need_other_eyes(hours, proposer, act, decider, "更改")
    need_reason(act)  # so more than 8 hours of a day need no further word
    check_minutes(command.minutes, slot, act)
    if needs_another(command.minutes, act, hours, decider, asker):
        yield CorrectionAsked(command.slot, command.person, command.minutes, act.actor)
        return
    need_payer(command.minutes, act, hours, slot, [decider, *files], purchases, tree)
    yield Adjusted(command.slot, command.person, command.minutes, command.minutes - hours.minutes, hours.starts)


@decides(CreditHours, hours=Hours.of("slot", "person"))
def credit(command: CreditHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "posted")
    if hours.until and local(act.at).date() <= hours.until:
        raise NoticeRuns(until=hours.until.isoformat())
    yield Credited(command.slot, command.person)


def needs_another(minutes: int, act: Act, hours: Hours, decider: Person, asker: Person) -> bool:
    """Whether this is the first voice for a correction after posting (requirements §5: second approver, both values visible).

    What an import states was decided elsewhere. Raises OwnHours where the same person says the same again.
    """
    if not hours.was_posted or act.source == "import":
        return False
    if hours.asked != minutes:
        return True
    if same_human(hours.asker, asker, act.actor, decider):
        raise OwnHours(what="你已经提出了这项更正，公示以后要另一位同事同意。")
    return False


@decides(
    VoidHours,
    hours=Hours.of("slot", "person"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    asker=Person.of("hours.asker"),
)
def void(command: VoidHours, act: Act, hours: Hours, person: Person, decider: Person, asker: Person) -> Iterator[Event]:
    need_hours(hours, "proposed", "confirmed", "posted", "objected", "credited")
    need_other(command.person, person, act, decider)
    need_reason(act)
    if needs_another(0, act, hours, decider, asker):
        yield CorrectionAsked(command.slot, command.person, 0, act.actor)
        return
    yield Voided(command.slot, command.person, hours.starts)
