"""The people of the demo town: staff, the cast, volunteers, recipients, workers, and recipients who became volunteers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.consents import GiveConsent
from domain.organisations import RegisterOrganisation
from domain.person_files import RecordQualification, RegisterPerson, VerifyIdentity
from domain.roles import GrantRole
from domain.words import overlaps
from workers.demo import names
from workers.demo.kinds import BARBER, CLEARED, SKILLS
from workers.demo.names import CAST_NAMES, CENTRE, ORGANISATIONS, STAFF
from workers.demo.script import Script

HOMES = tuple(one.id for one in ORGANISATIONS if one.kind in ("enterprise", "second_tier", "town_union"))
SUBTYPES = ("困难职工", "独居老人", "困难职工家庭", "外来务工家庭")


@dataclass
class Someone:
    """A person of the crowd. `since` their file is open; `serves` from then on they volunteer; `busy` when they are booked."""

    id: str
    since: datetime
    over: int
    home: str
    serves: datetime | None = None
    skills: tuple[str, ...] = ()
    busy: list[tuple[datetime, datetime]] = field(default_factory=list)

    def is_free(self, starts: datetime, ends: datetime) -> bool:
        """Whether nothing that they are booked for lies in this time."""
        return not any(overlaps(starts, ends, *span) for span in self.busy)


@dataclass
class Crowd:
    """Who can be asked. Each list is in order of the moment from which one can."""

    volunteers: list[Someone] = field(default_factory=list)
    participants: list[Someone] = field(default_factory=list)
    recipients: list[Someone] = field(default_factory=list)
    turned: list[Someone] = field(default_factory=list)

    cast: list[Someone] = field(default_factory=list)
    holders: dict[str, list[Someone]] = field(default_factory=dict)

    def able(self, skills: tuple[str, ...]) -> list[Someone]:
        """Volunteers who hold the qualification that a kind of activity asks for."""
        return self.holders[skills[0]] if skills else self.volunteers


def found(script: Script, people: int) -> Crowd:
    """Register the organisations, their staff and about so many people."""
    start, crowd = script.opening - timedelta(days=7), Crowd()
    for one in ORGANISATIONS:
        script.say(start, RegisterOrganisation(*one), "administrator01", names.CITY)
    for staff in STAFF:
        script.say(
            start, RegisterPerson(staff.id, staff.name, "verified", organisation=staff.organisation), "administrator01"
        )
        script.say(start, GrantRole(staff.id, staff.role, staff.organisation, start.date()), "administrator01")
    for number in range(max(0, people - len(STAFF) - len(CAST_NAMES))):
        share = number % 20
        make = turn if share == 19 else volunteer if share < 11 else recipient if share < 15 else worker
        make(script, crowd, number)
    cast(script, crowd)
    crowd.volunteers.sort(key=serves)
    crowd.holders = {skill: [one for one in crowd.volunteers if skill in one.skills] for skill in SKILLS}
    for some in (crowd.participants, crowd.recipients):
        some.sort(key=since)
    return crowd


def since(one: Someone) -> datetime:
    """From when they have a file."""
    return one.since


def serves(one: Someone) -> datetime:
    """From when they volunteer."""
    assert one.serves is not None, "asked since when somebody volunteers who does not"
    return one.serves


def cast(script: Script, crowd: Crowd) -> None:
    """The three people of the crowd whom one can sign in as."""
    start = script.opening
    first = Someone("volunteer01", start, 18, "firm-light", start + timedelta(minutes=1), (BARBER, CLEARED))
    register(script, first, CAST_NAMES[first.id], "19900000001")
    enlist(script, crowd, first)
    second = Someone("volunteer02", start, 18, "town-qingshi")
    register(script, second, CAST_NAMES[second.id], "19900000002", by="social-worker05")
    become_volunteer(script, crowd, second, start + timedelta(days=max(6, script.days // 8)))
    third = Someone("participant01", start, 18, "firm-cloth")
    register(script, third, CAST_NAMES[third.id], "19900000003")
    crowd.participants.append(third)
    crowd.cast += first, second, third


def newcomer(script: Script, prefix: str, number: int, *, over: Sequence[int] = (18,), early: float = 0.7) -> Someone:
    """Somebody who opens a file in the first three days, or at any later time."""
    last = script.opening + timedelta(days=3) if script.random.random() < early else script.now - timedelta(days=3)
    moment = script.moment(script.opening, last)
    return Someone(f"{prefix}{number:05}", moment, script.random.choice(over), script.random.choice(HOMES))


def register(script: Script, one: Someone, name: str, phone: str, *, by: str | None = None) -> None:
    """Open the file: by the person, or by a social worker."""
    identity = "verified_later" if by is None else "provisional"
    script.say(
        one.since,
        RegisterPerson(one.id, name, identity, phone, one.over, one.home),
        by or one.id,
        CENTRE if by else None,
    )


def volunteer(script: Script, crowd: Crowd, number: int) -> None:
    """A volunteer, some of them qualified for something, most of them checked."""
    one = newcomer(script, "v", number, over=(16, 18, 18, 18, 18, 60))
    one.serves = one.since + timedelta(minutes=1)
    one.skills = tuple(skill for skill, share in SKILLS.items() if script.random.random() < share and one.over >= 18)
    register(script, one, names.name(script.random, old=one.over >= 60), f"1990000{number % 10_000:04}")
    enlist(script, crowd, one)


def enlist(script: Script, crowd: Crowd, one: Someone) -> None:
    """Grant the role, note qualifications."""
    when = serves(one)
    script.say(when, GrantRole(one.id, "volunteer", one.home, when.date()), "administrator01", names.CITY)
    if script.random.random() < 0.6:
        script.say(when, VerifyIdentity(one.id, "身份证原件"), "social-worker01", CENTRE)
    for skill in one.skills:
        script.say(when, RecordQualification(one.id, skill), "social-worker01", CENTRE)
    crowd.volunteers.append(one)


def recipient(script: Script, crowd: Crowd, number: int) -> None:
    """Somebody whom social workers visit."""
    one = newcomer(script, "r", number, over=(18, 18, 60, 60, 60))
    register(
        script,
        one,
        names.name(script.random, old=one.over >= 60),
        f"1990000{number % 10_000:04}",
        by=f"social-worker{1 + number % 9:02}",
    )
    subtype = "独居老人" if one.over >= 60 else script.random.choice(SUBTYPES)
    script.say(one.since, GrantRole(one.id, "recipient", CENTRE, subtype=subtype), "social-worker01", CENTRE)
    crowd.recipients.append(one)
    crowd.participants.append(one)


def worker(script: Script, crowd: Crowd, number: int) -> None:
    """Somebody who takes part now and then."""
    one = newcomer(script, "w", number)
    register(script, one, names.name(script.random), f"1990000{number % 10_000:04}")
    crowd.participants.append(one)


def turn(script: Script, crowd: Crowd, number: int) -> None:
    """A recipient of the first weeks who becomes a volunteer later."""
    one = newcomer(script, "t", number, early=1)
    register(script, one, names.name(script.random), f"1990000{number % 10_000:04}", by="social-worker05")
    share = 0.2 + 0.4 * script.random.random()
    become_volunteer(script, crowd, one, script.opening + timedelta(days=max(7, int(script.days * share))))


def become_volunteer(script: Script, crowd: Crowd, one: Someone, when: datetime) -> None:
    """Served first (see `services.py`), asked for the story, then a volunteer."""
    script.say(one.since, GrantRole(one.id, "recipient", CENTRE, subtype="困难职工"), "social-worker05", CENTRE)
    crowd.turned.append(one)
    one.serves = when
    script.say(when - timedelta(hours=1), GiveConsent(one.id, "story"), one.id)
    enlist(script, crowd, one)


def choose(
    script: Script,
    pool: Sequence[Someone],
    when: Callable[[Someone], datetime],
    wanted: int,
    fits: Callable[[Someone], bool],
    by: datetime,
) -> list[Someone]:
    """So many of a pool, in order of `when`, who were there by then and fit; fewer where they are not to be found."""
    there, chosen = bisect_right(pool, by, key=when), dict[str, Someone]()
    for _ in range(wanted * 6 if there else 0):
        one = pool[script.random.randrange(there)]
        if one.id not in chosen and fits(one):
            chosen[one.id] = one
        if len(chosen) == wanted:
            break
    return list(chosen.values())
