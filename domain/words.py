"""The words of the field that events share (requirements §2). Stored values are English; pages show `LABELS`."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from ledger.events import Act, RuleBroken

ZONE = ZoneInfo("Asia/Shanghai")

Side = Literal["volunteer", "participant"]
OrganisationKind = Literal[
    "city_union", "district_union", "bureau_union", "town_union", "second_tier", "enterprise",
    "agency", "social_work_centre", "service_station", "partner_agency",
]  # fmt: skip
Role = Literal[
    "volunteer", "social_worker", "organiser", "counsellor", "station_lead",
    "union_officer", "reviewer", "auditor", "administrator", "agency_manager", "recipient",
]  # fmt: skip
Form = Literal["case", "group", "community"]
ReceiptForm = Literal["activity", "phone_visit", "home_visit", "counselling"]
Grade = Literal["A", "B", "C"]
Method = Literal["self", "qr", "desk", "late"]
Document = Literal["plan", "scheme", "summary", "ledger", "record"]
Language = Literal["zh", "en"]
Due = Literal[
    "reminder", "promotion", "displacement", "acceptance", "queueing", "rejection", "cancellation", "removal",
    "posting", "crediting", "absence",
    "way_back", "new_device", "address_changed", "password_changed", "names_changed", "app_added", "app_removed",
    "codes_renewed", "code_spent", "passkey_added", "passkey_removed", "provider_added", "provider_removed", "sessions_ended",
    "codes_removed", "provider_voided",
]  # fmt: skip
"""What is due at its time: mails about slots, acts of the system, and mails about an account."""

LABELS: dict[str, str] = {
    "volunteer": "志愿者", "participant": "参与者",
    "city_union": "市总工会", "district_union": "区总工会", "bureau_union": "系统工会", "town_union": "镇街工会",
    "second_tier": "小二级工会", "enterprise": "企业工会", "agency": "社工机构", "social_work_centre": "社工服务中心",
    "service_station": "职工服务站", "partner_agency": "协作单位",
    "social_worker": "社工", "organiser": "活动负责人", "counsellor": "咨询师", "station_lead": "站长",
    "union_officer": "工会干部", "reviewer": "审阅员", "auditor": "审计员", "administrator": "管理员",
    "agency_manager": "机构负责人", "recipient": "服务对象",
    "case": "个案", "group": "小组", "community": "社区活动",
    "activity": "活动", "phone_visit": "电访", "home_visit": "走访", "counselling": "心理咨询",
    "A": "甲", "B": "乙", "C": "丙",
    "self": "本人", "qr": "扫码", "desk": "现场登记", "late": "补录",
    "plan": "计划", "scheme": "方案", "summary": "总结", "ledger": "台账", "record": "记录",
    "draft": "草稿", "published": "报名中", "running": "进行中", "closed": "已结束", "cancelled": "已取消", "archived": "已归档",
    "requested": "待审核", "accepted": "正式", "waiting": "候补", "rejected": "未通过", "unseated": "未排上", "withdrawn": "已退出",
    "checked_in": "已签到", "checked_out": "已签退", "no_show": "缺席", "released": "时段取消",
    "proposed": "待确认", "confirmed": "已确认", "posted": "公示中", "credited": "已入账", "objected": "有异议", "voided": "作废",
    "web": "网页", "kiosk": "现场一体机", "import": "导入", "demo": "演示", "command": "命令行", "system": "系统",
    "sealed": "（封存）",
}  # fmt: skip


class ReasonMissing(RuleBroken):
    """An act that changes what others rely on says why (peers §4: overrides are events with a reason)."""

    sentence = "请写明原因：这一步会留在记录里，别人要看得懂为什么。"


class Unknown(RuleBroken):
    """A command names a thing that does not exist."""

    sentence = "找不到这{what}。"


def need_reason(act: Act) -> None:
    """Raise ReasonMissing where the act gives neither a reason nor an override."""
    if not (act.reason or act.override):
        raise ReasonMissing


def local(moment: datetime) -> datetime:
    """The same instant on the clocks of this country, for sentences that a person reads."""
    return moment.astimezone(ZONE)


@lru_cache(4096)  # a rush asks the same of one slot again and again
def months_of(starts: datetime, ends: datetime | None) -> tuple[str, ...]:
    """The local months that an interval touches, `("2026-11",)`; one of unknown end counts for its first day."""
    first, last = starts.astimezone(ZONE), (ends or starts).astimezone(ZONE)
    numbers = range(first.year * 12 + first.month - 1, max(first, last).year * 12 + max(first, last).month)
    return tuple(f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers)


def is_timed(act: Act) -> bool:
    """Whether it is known from when on the act can have happened; where it is not, no rule holds it to be too late."""
    return act.occurred is not None or act.precision == "moment"


def latest(act: Act) -> datetime:
    """The last instant at which the act can have happened: a rule holds it to be too early only where even that is."""
    if not is_timed(act) or act.precision in ("before", "after", "unknown"):
        return act.recorded
    if act.precision == "day":
        return end_of_day(act.at)
    if act.precision == "month":
        first = act.at.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1)
    return act.at


def activity_of(slot: str) -> str:
    """The activity of a slot: a slot's id is its activity's id, a dot and a number of its own (`AddSlot` insists)."""
    return slot.rpartition(".")[0]


def day_of(moment: datetime) -> str:
    """The local date, `2026-11-22`."""
    return moment.astimezone(ZONE).date().isoformat()


def overlaps(starts: datetime, ends: datetime | None, other_starts: datetime, other_ends: datetime | None) -> bool:
    """Whether two intervals share time; touching ends do not. An unknown end lasts to the end of its local day."""
    return starts < (other_ends or end_of_day(other_starts)) and other_starts < (ends or end_of_day(starts))


def end_of_day(moment: datetime) -> datetime:
    """The first instant of the next local day."""
    local = moment.astimezone(ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
