"""The words of letters, one set for each language that people can ask for. A set that lacks a kind fails its test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.words import LABELS

LEAVE = "If you cannot come, please leave {deadline}, so that the next in line gets your place."
MOVE_UP = "You move up in order when somebody leaves, and we will write to you then."
OTHERS = "There are other activities; you are welcome to sign up again."


@dataclass(frozen=True)
class Tongue:
    """`kinds` gives for each kind its subject, what happened and what to do; `day` writes a local time's day."""

    code: str
    kinds: dict[str, tuple[str, str, str]]
    day: Callable[[str], str]
    sides: dict[str, str]
    greeting: str
    colon: str
    queue: str
    deadline: str
    no_deadline: str
    facts: tuple[str, str, str, str, str]
    link: str
    foot: str


def day_zh(local: str) -> str:
    """`11月25日 周三`."""
    day = datetime.fromisoformat(local)
    return f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def day_en(local: str) -> str:
    """`Wed 25 Nov`, whatever language the machine speaks."""
    day = datetime.fromisoformat(local)
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{weekday} {day.day} {months[day.month - 1]}"


ZH = Tongue(
    code="zh-Hans",
    kinds={
        "reminder": ("提醒", "你报名的活动快开始了。", "来不了的话，请{deadline}退出，位置会让给候补的人。"),
        "promotion": ("候补转正", "轮到你了：你现在是正式{side}。", "来不了的话，请{deadline}退出，位置会让给下一位。"),
        "displacement": ("转为候补", "席位减少了，你转为候补{queue}。", "有人退出时按顺序转正，到时再写信告诉你。"),
        "acceptance": ("报名成功", "你报上了，是正式{side}。", "来不了的话，请{deadline}退出。"),
        "queueing": ("排上候补", "现在满了，你是候补{queue}。", "有人退出时按顺序转正，到时再写信告诉你。"),
        "rejection": ("报名没有通过", "你的申请没有通过。", "还有别的活动，欢迎再报。"),
        "cancellation": ("时段取消", "这个时段不办了，请不要前往。", "还有别的活动，欢迎再报。"),
        "removal": ("已移出名单", "活动负责人把你移出了这个时段的名单。", "有疑问请联系活动负责人。"),
    },
    day=day_zh,
    sides={side: LABELS[side] for side in ("volunteer", "participant")},
    greeting="{name}，你好：",
    colon="：",
    queue="第 {place} 位",
    deadline="在 {day} {clock} 前",
    no_deadline="尽早",
    facts=("活动", "时间", "地点", "身份", "原因"),
    link="打开这个活动",
    foot="这封信由联动自动发出，不用回复。不想再收，可以在自己的档案里改收信的邮箱。",
)
EN = Tongue(
    code="en",
    kinds={
        "reminder": ("Reminder", "Your activity starts soon.", LEAVE),
        "promotion": ("You have a place", "It is your turn: you now have a place as a {side}.", LEAVE),
        "displacement": ("Back in the queue", "There are fewer places now; you are in the queue{queue}.", MOVE_UP),
        "acceptance": ("You are in", "You have a place as a {side}.", LEAVE),
        "queueing": ("In the queue", "It is full now; you are in the queue{queue}.", MOVE_UP),
        "rejection": ("Not accepted", "Your request was not accepted.", OTHERS),
        "cancellation": ("Cancelled", "This will not take place. Please do not come.", OTHERS),
        "removal": ("Taken off the list", "You are no longer on the list.", "Please ask the organiser why."),
    },
    day=day_en,
    sides={"volunteer": "volunteer", "participant": "participant"},
    greeting="Dear {name},",
    colon=": ",
    queue=" at number {place}",
    deadline="before {day} {clock}",
    no_deadline="as early as you can",
    facts=("Activity", "Time", "Place", "As a", "Reason"),
    link="Open the activity",
    foot="Liandong sent this by itself; there is no need to answer. You can change your address in your own file.",
)
TONGUES = {"zh": ZH, "en": EN}
