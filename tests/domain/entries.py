"""Entries of hours as the stories of hours begin with them: attendance, a claim, an entry in any state."""

from datetime import date, timedelta
from typing import Any

from domain.enrolments import CheckedIn, CheckedOut
from domain.hours import Confirmed, Credited, Objected, Posted, Proposed, Voided
from domain.hours_crediting import NOTICE
from domain.words import Grade, Method
from ledger.events import Event
from tests.cast import AFTER, CUT, ENDS, HE, SLOT, STARTS, STREET, WORKER, Story, a_slot, seated

OVER = AFTER + NOTICE + timedelta(days=1)


def served(story: Story, came: Method = "qr", left: Method | None = "qr", **slot: Any) -> None:
    """何小满 was there as a volunteer from the start to the end."""
    story.given(*a_slot(**slot), *seated(HE), CheckedIn(SLOT, HE, "volunteer", came, STARTS))
    if left:
        story.given(CheckedOut(SLOT, HE, "volunteer", left, slot.get("ends", ENDS)))


def proposed(length: int = 120, grade: Grade = "A", by: str = WORKER, basis: str = "attendance") -> Proposed:
    """The claim that follows."""
    return Proposed(SLOT, HE, length, grade, STREET, CUT, STARTS, by, basis)


def entry(story: Story, state: str) -> None:
    """An entry of 120 minutes in this state."""
    served(story)
    past: dict[str, list[Event]] = {
        "proposed": [proposed()],
        "confirmed": [proposed(), Confirmed(SLOT, HE, 120)],
        "posted": [proposed(), Confirmed(SLOT, HE, 120), Posted(SLOT, HE, date(2026, 11, 14))],
    }
    past["credited"] = [*past["posted"], Credited(SLOT, HE)]
    past["objected"] = [*past["posted"], Objected(SLOT, HE, "少了", 180)]
    past["voided"] = [*past["posted"], Voided(SLOT, HE)]
    story.given(*past[state])
