"""The world of the try-out: there is all of it or none of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.activities import SlotAdded, SlotCancelled
from domain.enrolments import Accepted
from domain.people import Person
from domain.words import ZONE
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.views import Views
from workers.demo import CAST, story
from workers.demo.names import CENTRE
from workers.tryout import MONTH_UNION, READERS, stage

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    """An empty house that only keeps a log."""
    ledger, views = Ledger.open(tmp_path / "log.db"), Views(tmp_path / "views.db")
    yield Follower(ledger, views, ())
    views.close()
    ledger.close()


def test_the_world_is_staged_once(follower: Follower) -> None:
    ledger = follower.ledger
    assert stage(ledger, follower, now=NOW) == CAST
    head = ledger.store.head()
    for person, role in READERS:
        guard = ledger.guard(f"person:{person}")
        assert isinstance(guard, Person)
        assert (role, MONTH_UNION) in guard.roles
    stage(ledger, follower, now=NOW + timedelta(days=1))
    assert ledger.store.head() == head


@pytest.mark.parametrize("clock", [(0, 0), (9, 30), (22, 30), (23, 59)])
@pytest.mark.parametrize("day", [22])
def test_something_of_the_centre_is_on_at_any_hour(tmp_path: Path, day: int, clock: tuple[int, int]) -> None:
    """Whoever tries it out in the evening finds people to check in, too, and time to do so."""
    moment = datetime(2026, 11, day, *clock, tzinfo=ZONE)
    ledger = Ledger.open(tmp_path / "log.db")
    ledger.execute_all(story(people=300, activities=80, months=6, seed=1, today=moment.date(), running=moment))
    events = [r.event for r in ledger.replay() if getattr(r.event, "slot", "") == "a00080.1"]
    slot = next(event for event in events if isinstance(event, SlotAdded))
    assert (slot.organisation, slot.starts.astimezone(ZONE).date()) == (CENTRE, moment.date())
    assert slot.ends is not None
    assert slot.starts <= moment <= slot.ends - timedelta(hours=3)
    assert sum(isinstance(event, Accepted) for event in events) >= 2
    assert not any(isinstance(event, SlotCancelled) for event in events)
    ledger.close()


def test_what_is_on_comes_on_top_of_the_town() -> None:
    town, today = story(people=60, activities=14, months=2, seed=1, today=NOW.date()), NOW.date()
    more = story(people=60, activities=14, months=2, seed=1, today=today, running=NOW)
    assert len(more) > len(town)
    assert [line for line in more if line in town] == town


def test_it_comes_in_one_transaction(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopped in the middle begins with an empty log again: half a town would look like a whole one."""
    store, begun = follower.ledger.store, []
    write = store.write

    def watched() -> Any:
        begun.append(store.head())
        return write()

    monkeypatch.setattr(store, "write", watched)
    stage(follower.ledger, follower, now=NOW)
    assert begun == [0]
