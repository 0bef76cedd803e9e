"""Planning an activity: drafted, given its slots, opened for sign-up, revised; or entered late, with a reason. (BN-1, BN-6, §5)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.activities import Activity, Approval, Drafted, Published, Revised, SlotAdded, need_state
from domain.organisations import IsSuspended, Organisation
from domain.slots import BadSlot, Slot, need_seats
from domain.words import Form, Unknown, activity_of, is_timed, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class AlreadyDrafted(RuleBroken):
    """An activity is drafted once."""

    sentence = "这个活动已经建过了。"


class NothingToPublish(RuleBroken):
    """An activity without a slot cannot be signed up for."""

    sentence = "还没有时段，先加一个时段再发布。"


class AlreadyStarted(RuleBroken):
    """Only what has not begun is published (Guangdong i志愿, §5). What was held is entered late, with a reason."""

    sentence = "时段已经开始，不能再开放报名。办过的活动请补录，写明原因。"


class RiskNotStated(RuleBroken):
    """Risk is stated before people sign up (志愿服务条例 art. 12)."""

    sentence = "请先写明风险（没有特别风险就写“一般”），志愿者报名前要看得到。"


class InsuranceMissing(RuleBroken):
    """Before volunteers do what may harm them they are insured: nobody signs up for such a slot without it. (条例 art. 17)"""

    sentence = "可能发生人身危险的活动，要先为志愿者买好意外险，写明是哪一份，才能开放报名。（志愿服务条例第十七条）"


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
class PublishActivity(Command):
    """Open a draft for sign-up."""

    activity: str
    slots: tuple[str, ...]


@decides(DraftActivity, activity=Activity.of("activity"), organisation=Organisation.of("organisation"))
def draft(command: DraftActivity, act: Act, activity: Activity, organisation: Organisation) -> Iterator[Event]:
    if activity.state:
        raise AlreadyDrafted
    if not organisation.exists:
        raise Unknown(what="个机构")
    if organisation.is_suspended:
        raise IsSuspended
    yield Drafted(**vars(command))


@decides(ReviseActivity, activity=Activity.of("activity"))
def revise(command: ReviseActivity, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "draft", "published")
    yield Revised(**vars(command))


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
