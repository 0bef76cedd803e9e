"""Minutes served: what the attendance says, how well it proves it, how many a slot and a day can hold. (§5, §7)"""

from __future__ import annotations

from msgspec.structs import replace

from domain.enrolments import Enrolment
from domain.hours import Adjusted, Proposed, Voided
from domain.slots import Slot
from domain.words import Grade, day_of, months_of, need_reason
from ledger.events import Act, RuleBroken
from ledger.guards import Guard, evolves

REVIEW_MINUTES = 480
"""More than 8 hours a day need the host organisation's word (Guangdong i志愿, §5)."""


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


class BadMinutes(RuleBroken):
    """Minutes served lie within the slot; what exceeds it needs a reason."""

    sentence = "{what}"


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
