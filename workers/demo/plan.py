"""What is on in the demo town: past activities, what is alive around today, drafts; each with its slots."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.words import Side
from workers.demo.kinds import KINDS, Kind
from workers.demo.names import CENTRE, PAIRS
from workers.demo.script import Script, at

PAST = (2, 6, 3, 1, 8, 14, 4, 10, 20, 27)
AHEAD = (0, 1, 3, 0, 1, 2, 5, 7, 9, 12)
"""Days ago and days from now that surely have something; the others fall where they fall."""
LAST_DAYS = (-1, -2)
"""What was held then is the centre's wherever it may be: its staff are of the cast, and find their work waiting."""
RUNNING, LONG = 6, 240
"""The kind of what is on right now, one that asks for no qualification, and its minutes."""
NEAR = 14
"""How far ahead the programme reaches, in days."""
CONFIRMED, POSTED, CREDITED = 3, 5, 13
"""Days after a slot by which its hours have come so far."""


@dataclass
class Slot:
    """A slot and its lists, as the rules keep them too."""

    id: str
    activity: str
    kind: Kind
    organisation: str
    organiser: str
    colleague: str
    place: str
    starts: datetime
    ends: datetime
    published: datetime
    seats: dict[Side, int]
    is_sure: bool = False
    """Whether it takes place whatever happens to others."""
    state: str = "open"
    accepted: dict[Side, list[str]] = field(default_factory=lambda: {"volunteer": [], "participant": []})
    waiting: dict[Side, list[str]] = field(default_factory=lambda: {"volunteer": [], "participant": []})
    requested: list[str] = field(default_factory=list)

    @property
    def deadline(self) -> datetime:
        """Six in the evening before."""
        return at((self.starts - timedelta(days=1)).date(), 18)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends - self.starts).total_seconds()) // 60

    @property
    def everybody(self) -> tuple[str, ...]:
        """Who stands on any of its lists."""
        lists = (*self.accepted.values(), *self.waiting.values(), self.requested)
        return tuple(person for one in lists for person in one)


@dataclass
class Activity:
    """An activity with its slots, in order of time."""

    id: str
    kind: Kind
    organisation: str
    organiser: str
    slots: list[Slot]


def days_of(script: Script, activities: int) -> list[int | None]:
    """For each activity the day of its first slot, counted from today; None for a draft."""
    drafts = max(1, activities // 20)
    ahead = max(3, activities // 4)
    past = activities - ahead - drafts
    spread = script.random.sample(range(script.days), k=min(script.days, past))
    gone = [-day for day in PAST if day <= script.days] + [-1 - day for day in spread * (past // len(spread) + 1)]
    near = [*AHEAD, *(script.random.randrange(1, NEAR + 1) for _ in range(ahead))]
    return [*gone[:past], *near[:ahead], *(None for _ in range(drafts))]


def programme(script: Script, activities: int) -> list[Activity]:
    """Plan, draft and publish everything; only what has a day is published."""
    planned = []
    for number, day in enumerate(days_of(script, activities)):
        kind = KINDS[5 * number % len(KINDS)]  # neighbours differ
        planned.append(plan(script, number, kind, day))
    return planned


def on_now(script: Script, number: int, moment: datetime) -> Activity:
    """An activity of the centre that runs at this moment, at any hour: begun within the hour, today, and on for long."""
    kind = replace(KINDS[RUNNING], homes=(CENTRE,), slots=(1,), minutes=(LONG,), weekly=False)
    starts = max(moment.replace(minute=0, second=0, microsecond=0), script.now)
    activity = plan(script, number, kind, 0, starts)
    for slot in activity.slots:
        slot.is_sure = True
    return activity


def plan(script: Script, number: int, kind: Kind, day: int | None, starts: datetime | None = None) -> Activity:
    """One activity of a kind, at one of the kind's places, run by one of its homes; `starts` where the moment is given."""
    random = script.random
    organisation, place = random.choice(kind.homes), random.choice(kind.places)
    if day in LAST_DAYS:
        organisation = kind.homes[0]
    organiser, colleague = PAIRS[organisation]
    first = script.today + timedelta(days=day if day is not None else random.randrange(16, 40))
    lead = random.randrange(5, 13) if day is not None and day < 0 else random.randrange(3, 8) + max(0, (day or 0) - 5)
    published = script.moment(at(first - timedelta(days=lead), 9), at(first - timedelta(days=lead), 18))
    if published >= script.now:
        published = script.now - timedelta(hours=random.randrange(7, 60))
    drafted = published - timedelta(hours=random.randrange(4, 50))
    activity = Activity(f"a{number:05}", kind, organisation, organiser, [])
    script.say(
        drafted,
        DraftActivity(
            activity.id,
            f"{kind.title}：{place}" if kind.visits else kind.title,
            organisation,
            kind.form,
            place,
            kind.summary,
            kind.audience,
            kind.category,
            (organiser, colleague),
            f"{first:%Y-%m}",
        ),
        organiser,
        organisation,
    )
    hour = max(kind.hours) if day == 0 else random.choice(kind.hours)
    begins = starts or at(first, hour, random.choice((0, 0, 30)))
    for index in range(random.choice(kind.slots)):
        slot = band(script, activity, index, begins, place, colleague, published)
        activity.slots.append(slot)
        add(script, slot, drafted + timedelta(minutes=1 + index))
        begins = begins + timedelta(days=7) if kind.weekly else slot.ends + timedelta(minutes=15)
    if day is not None:
        script.say(
            published, PublishActivity(activity.id, tuple(s.id for s in activity.slots)), organiser, organisation
        )
    else:
        activity.slots.clear()
    return activity


def band(
    script: Script, activity: Activity, index: int, begins: datetime, place: str, colleague: str, published: datetime
) -> Slot:
    """One slot of an activity."""
    kind, minutes = activity.kind, script.random.choice(activity.kind.minutes)
    return Slot(
        f"{activity.id}.{index + 1}",
        activity.id,
        kind,
        activity.organisation,
        activity.organiser,
        colleague,
        place,
        begins,
        begins + timedelta(minutes=minutes),
        published,
        {"volunteer": script.between(kind.volunteers), "participant": script.between(kind.participants)},
    )


def add(script: Script, slot: Slot, when: datetime) -> None:
    """Give the activity the slot."""
    kind = slot.kind
    script.say(
        when,
        AddSlot(
            slot.activity,
            slot.id,
            slot.starts,
            slot.ends,
            slot.seats["volunteer"],
            slot.seats["participant"],
            slot.place,
            kind.skills,
            kind.over,
            kind.risk,
            kind.insurance,
            slot.deadline,
            "reviewed" if kind.is_reviewed else "first_come",
        ),
        slot.organiser,
        slot.organisation,
    )
