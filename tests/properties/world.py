"""The small world of the state machines: a few people who want the same few seats, at times that collide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.activities import Approval, Drafted, Published, SlotAdded
from domain.organisations import Registered as OrganisationRegistered
from domain.people import Registered as PersonRegistered
from domain.words import ZONE, Side
from ledger.events import Act, Event
from tests.memory import act_of

UNION = "union"
PEOPLE = tuple(f"p{number}" for number in range(1, 13))
CROWD = tuple(f"p{number}" for number in range(1, 61))
STAFF = ("w1", "w2")
SIDES: tuple[Side, ...] = ("volunteer", "participant")
DAY = datetime(2026, 11, 7, tzinfo=ZONE)
NIGHT = datetime(2026, 11, 30, tzinfo=ZONE)


@dataclass(frozen=True)
class Plan:
    """A slot as it is set up. The length of all is two hours."""

    slot: str
    starts: datetime
    seats: dict[Side, int | None]
    approval: Approval = "first_come"
    ends: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends", self.starts + timedelta(hours=2))

    @property
    def activity(self) -> str:
        """Its activity."""
        return self.slot.partition(".")[0]


PLANS = (
    Plan("a.1", DAY.replace(hour=9), {"volunteer": 4, "participant": 3}),
    Plan("a.2", DAY.replace(hour=11), {"volunteer": None, "participant": 1}),  # touches a.1
    Plan("b.1", DAY.replace(hour=10), {"volunteer": 1, "participant": 0}),  # overlaps both
    Plan("c.1", NIGHT.replace(hour=23), {"volunteer": 1, "participant": 2}, "reviewed"),  # into the next month
    Plan("c.2", NIGHT + timedelta(days=1, minutes=30), {"volunteer": 4, "participant": 0}),  # overlaps it there
)
SLOTS = {plan.slot: plan for plan in PLANS}


def beginnings(people: Sequence[str] = PEOPLE) -> list[Event]:
    """Everything that is there before the first command."""
    activities = sorted({plan.activity for plan in PLANS})
    return [
        OrganisationRegistered(UNION, "云州市总工会", "city_union"),
        *(PersonRegistered(person, "无名") for person in (*people, *STAFF)),
        *(Drafted(activity, "活动", UNION) for activity in activities),
        *(added(plan) for plan in PLANS),
        *(Published(a, tuple(plan.slot for plan in PLANS if plan.activity == a)) for a in activities),
    ]


def added(plan: Plan) -> SlotAdded:
    """The slot's first event."""
    return SlotAdded(
        plan.activity,
        plan.slot,
        UNION,
        plan.starts,
        plan.ends,
        plan.seats["volunteer"],
        plan.seats["participant"],
        risk="一般",
        approval=plan.approval,
    )


START = act_of(recorded=DAY - timedelta(days=30))


def act(number: int | str, by: str, at: datetime, why: str | None = None, override: str | None = None) -> Act:
    """The circumstances of the command of this number."""
    return Act(f"c{number}", by, at, UNION, "web", why, override)
