"""The history: every event has a line, every thing its mentions, whose it is, and how late it was written down."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import activities, enrolments, people, receipts
from domain.words import ZONE
from ledger.events import TOPICS
from projections import history
from projections.audit import Filter, Scope, by_day, count, entries, page, position_on
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 25, 9, tzinfo=ZONE)
OURS = Scope(frozenset({"u"}))


def started() -> Fold:
    """An activity with a slot, and one sign-up by the volunteer."""
    fold = Fold()
    fold(activities.Drafted("a1", "义剪", "u", contacts=("w1", "w2")), organisation="u")
    fold(activities.SlotAdded("a1", "a1.1", "u", STARTS), organisation="u")
    fold(enrolments.Accepted("a1.1", "p1", "volunteer", STARTS), actor="p1")
    return fold


def test_every_topic_has_a_handler() -> None:
    domain_events = {cls for cls in TOPICS.values() if cls.__module__.startswith("domain.")}
    assert domain_events <= set(history.projection.handlers)


def test_things_find_their_events_up_to_a_position() -> None:
    fold = started()
    assert history.positions_of(fold.read, "slot:a1.1") == [2, 3]
    assert history.positions_of(fold.read, "slot:a1.1", 2) == [2]
    assert history.positions_of(fold.read, "person:w2") == [1]
    assert history.positions_of(fold.read, "person:p1") == [3]
    assert history.positions_of(fold.read, "enrolment:a1.1/p1") == [3]
    assert history.positions_of(fold.read, "person:nobody") == []


def test_an_event_belongs_to_whom_its_slot_belongs_to() -> None:
    fold = started()
    line = history.find(fold.read, 3)
    assert line is not None
    assert (line.organisation, line.owner, line.actor) == (None, "u", "p1")
    assert OURS.holds(line)
    assert not Scope(frozenset({"other"}), homeless=True).holds(line)
    assert history.find(fold.read, 99) is None


def test_who_came_to_a_sealed_service_is_mentioned_nowhere() -> None:
    fold = Fold()
    fold(receipts.Received("c1", "p1", "counselling", "u", "2026-11", sealed=True, worker="w1"))
    fold(receipts.Voided("c1", "p1"))
    fold(receipts.Received("v1", "p1", "phone_visit", "u", "2026-11-08"))
    assert history.positions_of(fold.read, "person:p1") == [3]
    assert history.positions_of(fold.read, "person:w1") == []
    assert [entries(fold.read, [n])[n].sealed for n in (1, 2, 3)] == [1, 1, 0]
    assert entries(fold.read, [2])[2].owner == "u"


def test_lateness_counts_from_the_last_instant_it_can_have_happened() -> None:
    recorded = datetime(2026, 11, 22, 9, tzinfo=ZONE)
    day = datetime(2026, 11, 20, tzinfo=ZONE)
    assert history.lateness(None, "moment", recorded) == 0
    assert history.lateness(recorded - timedelta(hours=3), "moment", recorded) == 180
    assert history.lateness(day, "day", recorded) == 33 * 60
    assert history.lateness(day, "before", recorded) == 0
    assert history.lateness(recorded + timedelta(hours=1), "moment", recorded) == 0


def test_filters_narrow_and_pages_follow_each_other() -> None:
    fold = started()
    late = datetime(2026, 11, 1, 8, tzinfo=ZONE)
    fold(enrolments.CheckedIn("a1.1", "p1", "volunteer", "late", late), actor="w1", occurred=late, organisation="u")
    fold(people.Registered("p9", "路人"), actor="w1")
    everything = Filter(OURS)
    assert [line.position for line in page(fold.read, everything)] == [4, 3, 2, 1]
    assert [line.position for line in page(fold.read, everything, limit=2)] == [4, 3]
    assert [line.position for line in page(fold.read, everything, before=3, limit=2)] == [2, 1]
    assert [line.position for line in page(fold.read, everything, after=1, limit=2)] == [3, 2]
    assert count(fold.read, everything) == 4
    assert count(fold.read, Filter(Scope(frozenset({"u"}), homeless=True))) == 5
    found = {
        "actor": Filter(OURS, actors=("p1",)),
        "thing": Filter(OURS, things=("person:p1",)),
        "group": Filter(OURS, topic="enrolment"),
        "topic": Filter(OURS, topic="activity.drafted"),
        "late": Filter(OURS, late=True),
        "source": Filter(OURS, source="import"),
        "occurred": Filter(OURS, until="2026-11-02", by="occurred"),
        "recorded": Filter(OURS, until="2026-11-02"),
        "elsewhere": Filter(OURS, organisations=frozenset({"other"})),
    }
    assert {name: [line.position for line in page(fold.read, wanted)] for name, wanted in found.items()} == {
        "actor": [3],
        "thing": [4, 3],
        "group": [4, 3],
        "topic": [1],
        "late": [4],
        "source": [],
        "occurred": [4],
        "recorded": [],
        "elsewhere": [],
    }
    assert by_day(fold.read, everything, "2026-11-01") == {"2026-11-22": (3, 1)}
    assert (position_on(fold.read, "2026-11-22"), position_on(fold.read, "2026-11-21")) == (5, 0)
