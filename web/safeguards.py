"""What an organiser is told about a slot's people and risks where the facts are not sure enough for a rule to refuse anybody."""

from __future__ import annotations

from collections.abc import Sequence

from domain.consents import ADULT
from domain.sign_up import GuardianMissing, NotQualified, SignUpClosed
from ledger.events import RuleBroken
from projections.activities import Slot
from projections.enrolments import Seat
from projections.protection import Age, ages
from web.house import reader

HARMLESS = ("", "一般", "低")
"""Risks that are none to speak of."""


def notes(slot: Slot, seats: Sequence[Seat]) -> list[str]:
    """Sentences about who may need a guardian's consent, and about a risk for which no insurance is written down."""
    if slot.state in ("closed", "cancelled"):
        return []
    known, year = ages(reader(), [seat.person for seat in seats if seat.is_here]), int(slot.starts[:4])
    unknown = sum(not one.born and one.over < ADULT for one in known)
    minors = sum(may_be_minor(one, year) and not one.is_let for one in known)
    found = []
    if minors:
        found.append(f"{minors} 人未满 18 周岁（或者今年才满），档案里没有监护人同意参加活动。")
    if unknown:
        found.append(f"{unknown} 人没有记年龄：不知道要不要监护人同意。")
    if slot.risk not in HARMLESS and not slot.insurance and slot.volunteer_seats != 0:
        found.append("写了风险，没有写保险：可能发生人身危险的，要先为志愿者买（志愿服务条例第十七条）。")
    return found


def may_be_minor(one: Age, year: int) -> bool:
    """Whether somebody is or, for all that is known, may still be under 18 in that year."""
    return bool(one.born) and one.over < ADULT and year - one.born <= ADULT


def way_out(refused: RuleBroken) -> str:
    """What whoever keeps the list may do about a refusal: some give way to a reason."""
    gives_way = isinstance(refused, (SignUpClosed, NotQualified, GuardianMissing))
    return "写上破例的原因再送一次，就可以加。" if gives_way else ""
