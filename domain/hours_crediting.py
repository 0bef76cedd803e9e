"""From attendance to a credit: proposed, confirmed by somebody else, posted for notice, credited. (§3, §5)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from domain.enrolments import Enrolment
from domain.hours import (
    Confirmed,
    Credited,
    Hours,
    Posted,
    Proposed,
    WrongHoursState,
    need_hours,
    need_other,
    need_other_eyes,
    need_payer,
)
from domain.minutes import BadMinutes, ServedMonth, check_day, check_minutes, grade_of, served_minutes
from domain.organisations import Tree
from domain.own_cause import plain_if_own, same_human
from domain.people import Person, need_remembered
from domain.purchases import Purchases
from domain.slots import Slot
from domain.words import LABELS, day_of, local
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides

NOTICE = timedelta(days=7)
"""How long confirmed hours are posted before they are credited (民发〔2015〕149号: at least 7 days)."""


class NotThere(RuleBroken):
    """Hours follow from attendance as a volunteer."""

    sentence = "没有这个人作为志愿者到场的记录，不能报时长。"


class PaidStaff(RuleBroken):
    """Paid staff serve in their job; it is never volunteer time (志愿服务条例 art. 2, BD-4)."""

    sentence = "这是本机构的在职人员，工作时间不能记成志愿服务时长。"


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
class CreditHours(Command):
    """Credit posted hours when their notice is over."""

    slot: str
    person: str


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


@decides(
    ConfirmHours,
    hours=Hours.of("slot", "person"),
    slot=Slot.of("slot"),
    person=Person.of("person"),
    decider=Person.of("act.actor"),
    proposer=Person.of("hours.proposer"),
    files=Person.of("decider.twins"),
    purchases=Purchases.of(),
    trees=Tree.of("purchases.trees"),
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
    trees: list[Tree],
) -> Iterator[Event]:
    need_hours(hours, "proposed")
    need_other(command.person, person, act, decider)
    need_other_eyes(hours, proposer, act, decider, "确认")
    need_payer(hours.minutes, act, hours, slot, [decider, *files], purchases, trees)
    if command.minutes != hours.minutes:
        raise BadMinutes(what=f"分钟数刚刚变成了 {hours.minutes}，请再看一遍。")
    yield Confirmed(command.slot, command.person, hours.minutes)


@decides(PostHours, hours=Hours.of("slot", "person"))
def post(command: PostHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "confirmed")
    yield Posted(command.slot, command.person, local(act.at + NOTICE).date())


@decides(CreditHours, hours=Hours.of("slot", "person"))
def credit(command: CreditHours, act: Act, hours: Hours) -> Iterator[Event]:
    need_hours(hours, "posted")
    if hours.until and local(act.at).date() <= hours.until:
        raise NoticeRuns(until=hours.until.isoformat())
    yield Credited(command.slot, command.person)
