"""The cast of the tests: invented people, one town, one activity, a clock that stands still, and how a story is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import domain as _domain  # registers every rule
from domain.activities import Drafted, Published, SlotAdded, SlotCancelled, SlotClosed
from domain.enrolments import Accepted, Waitlisted
from domain.organisations import Registered as OrganisationRegistered
from domain.people import Registered as PersonRegistered
from domain.words import ZONE, Side
from ledger.events import Act, Command, Event, Source
from ledger.guards import Guard, decode, fresh
from tests.memory import MemoryLedger

assert _domain.FEATURES

UNION, STREET, AGENCY = "union", "street", "agency"

HE, LIN, TANG, QIAO, YUN = "he", "lin", "tang", "qiao", "yun"
"""何小满 and 林知夏 give, 唐果 and 乔一禾 receive, 云朵 comes and goes."""
WORKER, LEADER = "worker01", "worker02"
"""社工01 runs the activity, 社工02 looks it over."""
NAMES = {
    HE: "何小满", LIN: "林知夏", TANG: "唐果", QIAO: "乔一禾", YUN: "云朵", WORKER: "社工01", LEADER: "社工02",
}  # fmt: skip

CUT, SLOT, LATER_SLOT = "cut", "cut.1", "cut.2"
"""A free haircut in the square, 2026-11-07 (a Saturday) 09:00-11:00, and its second band from 11:00 to 13:00."""
NOW = datetime(2026, 11, 2, 9, tzinfo=ZONE)
STARTS = datetime(2026, 11, 7, 9, tzinfo=ZONE)
ENDS = STARTS + timedelta(hours=2)
AFTER = ENDS + timedelta(minutes=30)
SPAN = (STARTS, ENDS)
HELD = SlotClosed(CUT, SLOT, STREET, STARTS)
CALLED_OFF = SlotCancelled(CUT, SLOT)


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


def town() -> list[Event]:
    """A city union with a street union and an agency below it, and everybody of the cast."""
    return [
        OrganisationRegistered(UNION, "云州市总工会", "city_union"),
        OrganisationRegistered(STREET, "柳岸街道总工会", "town_union", UNION),
        OrganisationRegistered(AGENCY, "同行社工服务中心", "agency", UNION),
        *(PersonRegistered(person, name, over=18) for person, name in NAMES.items()),
    ]


def a_slot(volunteers: int | None = 1, participants: int | None = 10, **more: Any) -> list[Event]:
    """The haircut, published, with one slot; `slot`, `starts`, `ends` and the like may be changed."""
    slot = SlotAdded(
        **{
            "activity": CUT, "slot": SLOT, "organisation": STREET, "starts": STARTS, "ends": ENDS, "risk": "一般",
            "volunteer_seats": volunteers, "participant_seats": participants, **more,
        }
    )  # fmt: skip
    return [Drafted(slot.activity, "广场义剪", STREET), slot, Published(slot.activity, (slot.slot,))]


def seated(
    *people: str, slot: str = SLOT, side: Side = "volunteer", span: tuple[datetime, datetime] = SPAN
) -> list[Event]:
    """These have a seat."""
    return [Accepted(slot, person, side, *span) for person in people]


def queued(
    *people: str, slot: str = SLOT, side: Side = "volunteer", span: tuple[datetime, datetime] = SPAN
) -> list[Event]:
    """These wait, in this order."""
    return [Waitlisted(slot, person, side, place, *span) for place, person in enumerate(people, 1)]


class Story:
    """Given events, when a command comes, then these events or a broken rule. No database."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self._ids = count(1)
        self.given(*town())

    def act(
        self,
        by: str = WORKER,
        at: datetime = NOW,
        *,
        why: str | None = None,
        override: str | None = None,
        source: Source = "web",
        **more: Any,
    ) -> Act:
        """The circumstances: who, when (the clock stands still at `NOW`), why."""
        return Act(f"c{next(self._ids)}", by, at, STREET, source, why, override, **more)

    def given(self, *events: Event) -> None:
        """This has happened."""
        self.ledger.append(events, self.act("given"))

    def when(self, command: Command, by: str = WORKER, at: datetime = NOW, **act: Any) -> Sequence[Event]:
        """What follows from a command. Raises RuleBroken."""
        outcome = self.ledger.execute(command, self.act(by, at, **act))
        return [recorded.event for recorded in outcome.events]

    def guard(self, tag: str) -> Guard:
        """A guard as it is stored now."""
        stored = self.ledger.store.guards.get(tag)
        return decode(*stored).guard if stored else fresh(tag).guard
