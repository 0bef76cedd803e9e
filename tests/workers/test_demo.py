"""The demo town: the same numbers give the same log, every rule has held, and there is something of everything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.activities import SlotClosed
from domain.enrolments import Accepted, Enrolment, Waitlisted
from domain.hours import Hours, Proposed
from domain.organisations import AlreadyRegistered
from domain.people import Registered
from domain.receipts import Received
from domain.words import ZONE
from ledger.log import Ledger, guard_differences
from workers.demo import CAST, Town, build_town

TODAY = date(2026, 11, 22)
TOPICS = """
activity.archived activity.cancelled activity.closed activity.document_attached activity.drafted
activity.headcount_confirmed activity.published activity.slot_added activity.slot_cancelled activity.slot_closed
activity.slot_resized enrolment.accepted enrolment.attendance_corrected enrolment.checked_in enrolment.checked_out
enrolment.displaced enrolment.no_show enrolment.promoted enrolment.rejected enrolment.released enrolment.requested
enrolment.waitlisted enrolment.withdrawn hours.adjusted hours.confirmed hours.credited hours.objected hours.posted
hours.proposed hours.upheld hours.voided organisation.registered person.consent_given person.duplicate_dismissed
person.duplicate_flagged person.identity_verified person.merged person.qualification_recorded person.registered
person.role_granted receipt.received
"""


def built(folder: Path, *, people: int = 300, activities: int = 80, months: int = 6, seed: int = 1) -> Ledger:
    ledger = Ledger.open(folder / "log.db")
    build(ledger, people=people, activities=activities, months=months, seed=seed)
    return ledger


def build(ledger: Ledger, *, people: int = 300, activities: int = 80, months: int = 6, seed: int = 1) -> Town:
    return build_town(ledger, people=people, activities=activities, months=months, seed=seed, today=TODAY)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = built(tmp_path_factory.mktemp("town"))
    yield opened
    opened.close()


def hours_of(ledger: Ledger, person: str = "") -> Counter[str]:
    streams = {r.originator_id for r in ledger.replay() if r.originator_id.startswith("hours:")}
    guards = [ledger.guard(stream) for stream in streams if stream.endswith(f"/{person}" if person else "")]
    return Counter(guard.state for guard in guards if isinstance(guard, Hours))


def test_something_of_everything_happens(ledger: Ledger) -> None:
    assert set(TOPICS.split()) <= {recorded.event.topic for recorded in ledger.replay()}


def test_hours_stand_in_every_state(ledger: Ledger) -> None:
    assert hours_of(ledger).keys() == {"proposed", "confirmed", "posted", "objected", "credited", "voided"}
    assert hours_of(ledger, "volunteer01").keys() >= {"proposed", "objected", "credited"}


def test_guards_are_the_fold_of_the_log(ledger: Ledger) -> None:
    assert guard_differences(ledger) == []


def test_the_story_is_told_in_order_and_ends_before_today(ledger: Ledger) -> None:
    times = [recorded.recorded for recorded in ledger.replay()]
    assert times == sorted(times)
    assert times[-1] < datetime(2026, 11, 22, tzinfo=ZONE)
    assert times[-1] > datetime(2026, 11, 21, 12, tzinfo=ZONE)


def test_the_town_is_alive_around_today(ledger: Ledger) -> None:
    starts = {r.event.starts.date() for r in ledger.replay() if isinstance(r.event, Accepted)}
    assert {TODAY, TODAY + timedelta(days=1)} <= starts
    waiting = [r.event for r in ledger.replay() if isinstance(r.event, Waitlisted)]
    assert any(event.starts.date() > TODAY for event in waiting)


@pytest.mark.parametrize("days", range(4))
def test_yesterdays_slot_waits_for_the_organiser_and_hours_for_the_colleague(tmp_path: Path, days: int) -> None:
    today = TODAY + timedelta(days=days)
    opened = Ledger.open(tmp_path / "log.db")
    build_town(opened, people=300, activities=80, months=6, seed=1, today=today)
    slot = "a00003.1"  # always what the centre held the day before
    events = [recorded.event for recorded in opened.replay() if getattr(recorded.event, "slot", "") == slot]
    places = {one.person: opened.guard(f"enrolment:{slot}/{one.person}") for one in events if isinstance(one, Accepted)}
    states = Counter(place.state for place in places.values() if isinstance(place, Enrolment))
    assert states.keys() >= {"accepted", "checked_in", "checked_out"}
    assert not any(isinstance(one, SlotClosed) for one in events)
    assert sum(isinstance(one, Proposed) for one in events) < states["checked_out"]
    by_organiser = [r for r in opened.replay() if isinstance(r.event, Proposed) and r.event.by == "social-worker03"]
    entries = [opened.guard(r.originator_id) for r in by_organiser]
    assert any(isinstance(entry, Hours) and entry.state == "proposed" for entry in entries)
    opened.close()


def test_the_cast_is_there(ledger: Ledger) -> None:
    names = {r.event.person: r.event.name for r in ledger.replay() if isinstance(r.event, Registered)}
    assert CAST.keys() <= names.keys()
    assert (names["volunteer01"], names["social-worker03"]) == ("何小满", "社工03")


def test_one_of_the_cast_was_served_and_now_serves(ledger: Ledger) -> None:
    received = [r.event for r in ledger.replay() if isinstance(r.event, Received)]
    assert any(event.person == "volunteer02" for event in received)
    assert any("volunteer02" in event.assisted_by for event in received)
    assert hours_of(ledger, "volunteer02")["credited"]


def test_phones_cannot_be_anybodys(ledger: Ledger) -> None:
    phones = [r.event.phone for r in ledger.replay() if isinstance(r.event, Registered) and r.event.phone]
    assert phones
    assert all(re.fullmatch(r"1990000\d{4}", phone) for phone in phones)


def test_a_second_time_changes_nothing(ledger: Ledger) -> None:
    head = ledger.store.head()
    again = build(ledger)
    assert (again.events, ledger.store.head()) == (0, head)


def test_the_same_seed_gives_the_same_log(tmp_path: Path) -> None:
    logs = []
    for folder, seed in (("one", 3), ("other", 3), ("third", 4)):
        (tmp_path / folder).mkdir()
        opened = built(tmp_path / folder, people=40, activities=14, months=2, seed=seed)
        logs.append([replace(one, blind="") for one in opened.replay()])  # each has a key of its own
        opened.close()
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]


def test_another_town_does_not_fit_into_the_same_log(tmp_path: Path) -> None:
    opened = built(tmp_path, people=40, activities=14, months=2)
    head = opened.store.head()
    with pytest.raises(AlreadyRegistered):
        build(opened, people=41, activities=14, months=2)
    assert opened.store.head() == head
    opened.close()


@pytest.mark.parametrize(("people", "activities", "months"), [(30, 12, 1), (40, 120, 12), (600, 20, 3), (100, 12, 12)])
@pytest.mark.parametrize("seed", [1, 2])
def test_any_size_keeps_the_rules(tmp_path: Path, people: int, activities: int, months: int, seed: int) -> None:
    opened = built(tmp_path, people=people, activities=activities, months=months, seed=seed)
    assert guard_differences(opened) == []
    assert hours_of(opened).keys() >= {"proposed", "credited"}
    opened.close()
