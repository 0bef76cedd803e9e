"""Volunteer hours of the demo town: proposed, confirmed by the colleague, posted, objected to, settled, credited, voided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from workers.demo.held import Served
from workers.demo.plan import CONFIRMED, CREDITED, POSTED, Slot
from workers.demo.script import Script, at


@dataclass(frozen=True)
class Entry:
    """One volunteer's hours in one slot, as they were proposed."""

    script: Script
    slot: Slot
    person: str
    minutes: int

    def day(self, days: int, hour: int) -> datetime:
        """So many days after the slot, at that hour."""
        return at((self.slot.ends + timedelta(days=days)).date(), hour)

    @property
    def is_recent(self) -> bool:
        """Whether its notice still runs."""
        return self.day(CREDITED, 0) >= self.script.now

    def rare(self, what: str, nth: int, offset: int) -> bool:
        """Whether something rare befalls this entry; counted apart for old entries and for those still posted."""
        if self.is_recent and self.person == "volunteer01":
            return self.script.every(f"{what} {self.person}", 2, 1) and what == "objection"
        stage = "recent" if self.is_recent else "old"
        return self.script.every(f"{what} {stage}", nth if stage == "old" else nth // 2, offset)


def account(script: Script, slot: Slot, served: list[Served]) -> None:
    """Propose the hours of everybody who served, and follow each entry as far as it has come by now."""
    for one in served:
        entry = Entry(script, slot, one.person, one.minutes if one.minutes is not None else slot.minutes - 10)
        if propose(entry, one):
            follow(entry)


def propose(entry: Entry, one: Served) -> bool:
    """By the organiser, whose yesterday is still to be done; now and then by the volunteer, where nothing was put right."""
    script, slot = entry.script, entry.slot
    by_self = one.is_plain and script.every("by self", 6, 2)
    if not by_self and script.is_fresh(slot.ends.date()):
        return False
    command = ProposeHours(slot.id, one.person, None if one.minutes is not None else entry.minutes)
    when = slot.ends + timedelta(minutes=30 if by_self else 60)
    reason = None if one.minutes is not None else "没有签退，按带队人回忆填写"
    return script.say(when, command, one.person if by_self else slot.organiser, slot.organisation, reason=reason)


def follow(entry: Entry) -> None:
    """Confirmed by the colleague, posted for a week, credited; and what comes between."""
    slot, person = entry.slot, entry.person
    team = slot.colleague, slot.organisation
    if not entry.script.say(entry.day(CONFIRMED, 10), ConfirmHours(slot.id, person, entry.minutes), *team):
        return
    if entry.rare("void", 60, 17):
        reason = "同一时间在另一场活动也签了到，经核实以那一场为准"
        entry.script.say(entry.day(CONFIRMED, 15), VoidHours(slot.id, person), *team, reason=reason)
        return
    entry.script.say(entry.day(POSTED, 9), PostHours(slot.id, person), *team)
    if entry.rare("objection", 24, 5):
        if not object_and_settle(entry):
            return
    elif entry.rare("adjustment", 48, 11):
        reason = "复核签到照片，多记了十分钟"
        correct(entry, entry.day(POSTED + 1, 11), entry.minutes - 10, reason)
    entry.script.say(entry.day(CREDITED, 9), CreditHours(slot.id, person), *team)


def correct(entry: Entry, when: datetime, minutes: int, reason: str) -> bool:
    """After posting two persons say the same: the organiser asks for it, the colleague agrees."""
    slot, script = entry.slot, entry.script
    adjust = AdjustHours(slot.id, entry.person, minutes)
    asked = script.say(when - timedelta(hours=1), adjust, slot.organiser, slot.organisation, reason=reason)
    return asked and script.say(when, adjust, slot.colleague, slot.organisation, reason=reason)


def object_and_settle(entry: Entry) -> bool:
    """The volunteer says that it is wrong; the colleague looks into it, within the week that the posting lasts."""
    slot, person, more = entry.slot, entry.person, min(entry.slot.minutes, entry.minutes + 20)
    wanted = f"应当是 {more} 分钟。" if more > entry.minutes else "多留的时间没有记上。"
    text = f"我收拾完场地才走，{wanted}"
    objection = ObjectToHours(slot.id, person, text, more if more > entry.minutes else None)
    entry.script.say(entry.day(POSTED, 20), objection, person)
    when, team = entry.day(CREDITED - 1, 16), (slot.colleague, slot.organisation)
    if more > entry.minutes and entry.script.every("upheld", 2, 1):
        reason = "看了签退照片，确实多留了一会儿，照实补上"
        return correct(entry, when, more, reason)
    reason = "收拾场地在时段之外，不计入，已向本人说明"
    return entry.script.say(when, UpholdHours(slot.id, person), *team, reason=reason)
