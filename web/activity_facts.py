"""What one activity says about itself before anybody signs up: when, what is risky or asked for, whose seats, how it was before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup

from domain.words import Side
from projections.activities import Activity, Slot
from projections.activity_lists import Earlier
from web.words import day, weekday

SIDES: tuple[Side, ...] = ("volunteer", "participant")
COMING: dict[Side, str] = {"volunteer": "来帮忙的人", "participant": "来参加的人"}
Fact = tuple[str, str, str, str]
"""Icon, what it is about, the fact, what follows from it."""


class Part(NamedTuple):
    """How full one side is over all slots that take place; without a total nobody counts the seats."""

    side: Side
    words: str
    taken: int
    total: int | None


def when(activity: Activity, slots: Sequence[Slot]) -> str:
    """The day of the activity, its first and last, or when it is planned for; empty where nothing is known."""
    if not slots:
        return f"计划 {day(activity.due)}" if activity.due else ""
    first, last = slots[0].starts, slots[-1].starts
    return f"{day(first)} {weekday(first)}" if first[:10] == last[:10] else f"{day(first)}至{day(last)}"


def said_first(activity: Activity, slots: Sequence[Slot]) -> list[Fact]:
    """What is risky, insured, asked for and where: said before, not after (志愿服务条例 art. 12)."""
    risks, covers, skills = (unique(getattr(s, name) for s in slots) for name in ("risk", "insurance", "skills"))
    over = max((slot.over for slot in slots), default=0)
    places = unique(slot.place for slot in slots) or unique([activity.place])
    known: list[Fact] = [
        ("look", "风险", f"风险：{'；'.join(risks)}" if risks else "没有写明风险",
         f"{'；'.join(covers)}。" if covers else "没有写明保险，要问的请找联系人。"),
        ("skill", "技能", f"要{'；'.join(skills)}" if skills else "不要求资格",
         "只对志愿者；写在本人档案里才算。" if skills else "会不会都可以来。"),
        ("user", "年龄", f"满 {over} 周岁" if over else "不限年龄",
         "只对志愿者。" if over else "未满 18 周岁的志愿者要监护人同意。"),
    ]  # fmt: skip
    return [*known, ("pin", "地点", "；".join(places), "")] if places else known


def unique(words: Iterable[str]) -> list[str]:
    """The words that say something, each once, in their order."""
    return [word for word in dict.fromkeys(words) if word]


def parts(slots: Sequence[Slot]) -> list[Part]:
    """The sides that have seats, and how full they are."""
    live = [slot for slot in slots if slot.state != "cancelled"]
    found = []
    for side in SIDES:
        totals = [slot.seats(side) for slot in live]
        if any(total != 0 for total in totals):
            total = None if None in totals else sum(t or 0 for t in totals)
            found.append(Part(side, COMING[side], sum(slot.taken(side) for slot in live), total))
    return found


def chart(earlier: Sequence[Earlier]) -> Markup | str:
    """The 人次 of the last sessions as bars, the earliest first; nothing where there is only one, or nobody was served."""
    if len(earlier) < 2 or not any(one.served for one in earlier):
        return ""
    shown = earlier[::-1]
    return drawn(
        tuple(f"{int(one.starts[5:7])}/{int(one.starts[8:10])}" for one in shown), tuple(one.served for one in shown)
    )


@lru_cache(maxsize=512)
def drawn(labels: tuple[str, ...], served: tuple[int, ...]) -> Markup:
    """The bars themselves: past sessions hardly change, and drawing them costs as much as four queries."""
    component = current_app.jinja_env.get_template("_components/chart.html").module
    title = f"近 {len(served)} 场服务人次"
    return component.bar_chart(title, labels, [("人次", "c2", served)], "人次", height=116, table="none")  # type: ignore[attr-defined,no-any-return]  # a macro
