"""The figures of a month: the real sample, and random months whose figures must be the sum of their lines at any position."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from domain import activities, hours, receipts
from domain.bulletins import FigureClaimed
from domain.person_merges import DuplicateDismissed, DuplicateFlagged
from domain.records import Kept
from domain.words import ZONE
from ledger.events import Event, Recorded
from ledger.follow import scratch
from ledger.log import Ledger
from projections import figures, months
from projections.claims import Claim, bulletins, claims, loudest_first
from projections.figures import Line
from projections.identities import Identities, Span
from projections.measures import MEASURES, MINUTES
from tests.projections.folding import Fold
from workers.imports import import_file

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"
MONTH = "2026-11"
STARTS = datetime(2026, 11, 7, 9, tzinfo=ZONE)
NEXT = datetime(2026, 12, 5, 9, tzinfo=ZONE)


class Journal(Fold):
    """The months alone, so that a test need not tell what only other read models would ask for."""

    @property
    def read(self) -> Connection:
        """A connection to the months, as of the last event."""
        if self._read is None:
            self._read = scratch([months.projection], self.events).read()
        return self._read


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The Zhongshan month, taken over from the file."""
    ledger = Ledger.open(tmp_path_factory.mktemp("sample") / "log.db")
    import_file(ledger, SAMPLE)
    views = scratch([months.projection], ledger.replay())
    with views.read() as connection:
        yield connection
    views.close()
    ledger.close()


def test_the_sample_adds_up(sample: Connection) -> None:
    found = figures.figures(sample, "2020-02")
    assert {name: found.values[name] for name in ("sessions", "participations", "visits", "contacts", "wishes")} == {
        "sessions": 2,
        "participations": 134,
        "visits": 14,
        "contacts": 164,
        "wishes": 7,
    }
    assert found.values["persons_visited"] == Span(12, 14)
    assert found.values["persons_served"] == Span(23, 25)
    assert found.values["persons_counselled"] == Span(11, 11)
    assert (found.values["counselling_minutes"], found.values["volunteer_minutes"]) == (960, 0)
    assert found.values["planned_lines"] == 16
    assert found.visits_by_place == {"神湾镇": 4, "三乡镇": 4, "黄圃镇": 3, "民众镇": 1, "东凤镇": 1, "东升镇": 1}
    assert list(found.visits_by_day.values()) == [2, 1, 9, 2]
    assert found.values["households"] is None, "nobody wrote households down"


def test_printed_numbers_are_held_against_the_log(sample: Connection) -> None:
    found = {c.figure: c for c in claims(sample, figures.figures(sample, "2020-02"))}
    assert len(found) == 29

    def said(figure: str) -> tuple[Any, ...]:
        claim = found[figure]
        return claim.printed, claim.computed, claim.agrees, claim.state

    assert said("F02") == (135, 134, False, "differs")
    assert said("F05") == (5, 6, False, "differs")
    assert said("F08") == (12, 11, False, "differs")
    assert said("F13") == (5, 6, False, "differs")
    assert said("F15") == (134, 134, False, "unit")
    assert found["F15"].computed_unit == "人次"
    assert said("F03") == (14, Span(12, 14), None, "range")
    assert said("F09") == (16, 16, True, "agrees")
    assert said("F28") == (14, None, None, "unknown")
    assert said("F10") == (156, None, None, "unknown")
    agreeing = {name for name, claim in found.items() if claim.agrees}
    assert agreeing == {"F01", "F04", "F06", "F07", "F09", "F12", "F14", "F25", "F26", "F29"}
    assert loudest_first(list(found.values()))[0].figure == "F02"
    assert [one.issue for one in bulletins(sample, "2020-02")] == ["第01期"]


def test_a_figure_opens_into_its_events(sample: Connection) -> None:
    lines = figures.lines(sample, "2020-02", [MEASURES["participations"]])
    assert [line.amount for line in lines] == [67, 67]
    assert {line.basis for line in lines} == {"assumed"}
    assert [line.place for line in lines] == ["中国电信中山分公司", "广东领先展示股份有限公司"]


def test_scope_and_other_months_stay_apart(sample: Connection) -> None:
    assert figures.figures(sample, "2020-02", ["zs-union"]).is_empty
    assert figures.figures(sample, "2020-02", ["zs-swc"]).values["contacts"] == 164
    assert figures.figures(sample, "2020-02", []).is_empty
    assert figures.figures(sample, "2020-03").values["sessions"] == 0
    assert figures.latest_month(sample) == "2020-02"
    assert figures.latest_month(sample, ["nobody"]) is None


def test_a_session_counts_until_it_is_opened_again() -> None:
    fold = Journal()
    fold(activities.SlotClosed("a", "a.1", "u", STARTS))
    fold(activities.HeadcountConfirmed("a", "a.1", "participant", 30, "u", STARTS))
    fold(activities.HeadcountConfirmed("a", "a.1", "volunteer", 5, "u", STARTS))
    at_first = fold(activities.SlotReopened("a", "a.1", "u", STARTS))
    fold(activities.HeadcountConfirmed("a", "a.1", "participant", 28, "u", STARTS))
    fold(activities.SlotClosed("a", "a.1", "u", STARTS))
    now, then = figures.figures(fold.read, MONTH), figures.figures(fold.read, MONTH, as_of=at_first)
    assert (now.values["sessions"], now.values["participations"]) == (1, 28)
    assert (then.values["sessions"], then.values["participations"]) == (0, 30)
    assert [line.amount for line in figures.lines(fold.read, MONTH, [MEASURES["participations"]])] == [30, -2]


def test_what_is_planned_moves_from_its_due_month_to_its_slots() -> None:
    fold = Journal()
    fold(activities.Drafted("a", "义剪", "u", due="2026-11-20"))
    assert figures.figures(fold.read, "2026-10").values["planned_lines"] == 1
    fold(activities.SlotAdded("a", "a.1", "u", NEXT))
    fold(activities.SlotAdded("a", "a.2", "u", NEXT))
    assert figures.figures(fold.read, "2026-10").values["planned_lines"] == 0
    assert figures.figures(fold.read, "2026-11").values["planned_lines"] == 1
    fold(activities.SlotCancelled("a", "a.1"))
    assert figures.figures(fold.read, "2026-11").values["planned_lines"] == 1
    fold(activities.SlotCancelled("a", "a.2"))
    assert figures.figures(fold.read, "2026-11").values["planned_lines"] == 0
    fold(activities.Drafted("b", "讲座", "u", due="2026-12"))
    fold(activities.Cancelled("b"))
    assert figures.figures(fold.read, "2026-11").values["planned_lines"] == 0


def test_named_participants_are_persons_and_households_need_every_visit() -> None:
    fold = Journal()
    fold(receipts.Received("a.1", "p1", "activity", "u", "2026-11-07", slot="a.1"))
    fold(receipts.Received("v1", "p1", "home_visit", "u", "2026-11-08", place="柳岸", household="h1"))
    fold(receipts.Received("v2", "p2", "phone_visit", "u", "2026-11", household="h1"))
    claimed = {"bulletin": "b", "period": MONTH, "section": "速览", "what": "", "organisation": "u"}
    fold(FigureClaimed(figure="1", value=1, unit="人", measure="activity_persons", **claimed))
    fold(FigureClaimed(figure="2", value=1, unit="户", measure="households", **claimed))
    found = figures.figures(fold.read, MONTH)
    assert (found.values["households"], found.values["visit_places"]) == (1, 1)
    assert found.values["persons_served"] == Span(2, 2)
    assert found.visits_by_day == {"2026-11": 1, "2026-11-08": 1}
    assert [claim.agrees for claim in claims(fold.read, found)] == [True, True]
    fold(receipts.Received("v3", "p3", "phone_visit", "u", "2026-11-09"))
    assert figures.figures(fold.read, MONTH).values["households"] is None


def test_identities_give_a_range_until_somebody_decides() -> None:
    files = ["a", "b", "c"]
    assert Identities([]).span(files) == Span(3, 3)
    assert Identities([("flagged", "a b c")]).span(files) == Span(1, 3)
    assert Identities([("flagged", "a b c"), ("dismissed", "a b c")]).span(files) == Span(3, 3)
    assert Identities([("flagged", "a b"), ("merged", "b a")]).span(files) == Span(2, 2)
    assert Identities([("flagged", "a b"), ("flagged", "b c")]).span(["a", "c"]) == Span(1, 2)
    assert Identities([("merged", "b a"), ("merged", "c b a")]).span(files) == Span(1, 1)


def test_kept_wishes_count_and_other_kept_records_do_not() -> None:
    fold = Journal()
    for number, kind in enumerate(("WishCollected", "TicketOpened", "PairingAssigned")):
        fold(Kept(f"r{number}", number, kind, {}, MONTH), organisation="u")
    found = figures.figures(fold.read, MONTH)
    assert (found.values["wishes"], found.values["tickets"]) == (1, 1)


SLOTS, PERSONS = ("a.1", "a.2", "b.1"), ("p1", "p2", "p3", "p4")
STEPS = st.tuples(
    st.sampled_from(["count", "close", "receive", "hours", "judge", "plan"]),
    st.sampled_from(SLOTS),
    st.sampled_from(PERSONS),
    st.integers(1, 90),
)


class Month:
    """A random month of events that rules would have let through, and what it must add up to, counted the plain way."""

    def __init__(self, steps: list[tuple[str, str, str, int]]) -> None:
        self.fold = Journal()
        self.heads: dict[str, int] = {}
        self.closed: set[str] = set()
        self.received: dict[tuple[str, str], str] = {}
        self.minutes: dict[tuple[str, str], int] = {}
        self.proposed: set[tuple[str, str]] = set()
        for step, slot, person, number in steps:
            getattr(self, step)(slot, person, number)

    def count(self, slot: str, person: str, number: int) -> None:
        self.heads[slot] = number
        self.fold(activities.HeadcountConfirmed(slot[0], slot, "participant", number, "u", STARTS))

    def close(self, slot: str, person: str, number: int) -> None:
        kind = activities.SlotReopened if slot in self.closed else activities.SlotClosed
        self.closed ^= {slot}
        self.fold(kind(slot[0], slot, "u", STARTS))

    def receive(self, slot: str, person: str, number: int) -> None:
        form: Any = ("activity", "phone_visit", "home_visit", "counselling")[number % 4]
        contact = slot if form == "activity" else f"{form}-{slot}"
        if self.received.pop((contact, person), None):
            self.fold(receipts.Voided(contact, person))
            return
        self.received[contact, person] = form
        self.fold(
            receipts.Received(
                contact, person, form, "u", "2026-11-07", minutes=60, place="柳岸", sealed=form == "counselling"
            )
        )

    def hours(self, slot: str, person: str, number: int) -> None:
        key = (slot, person)
        if key not in self.proposed:
            self.proposed.add(key)
            self.fold(hours.Proposed(slot, person, number, "A", "u", slot[0], STARTS, "w1"))
        elif key not in self.minutes:
            self.minutes[key] = number
            self.fold(hours.Confirmed(slot, person, number))
        elif number % 3:
            self.fold(hours.Adjusted(slot, person, number, number - self.minutes[key]))
            self.minutes[key] = number
        else:
            self.fold(hours.Voided(slot, person))
            del self.minutes[key]
            self.proposed.remove(key)

    def judge(self, slot: str, person: str, number: int) -> None:
        other = PERSONS[(PERSONS.index(person) + 1) % 4]
        kind = DuplicateFlagged if number % 2 else DuplicateDismissed
        self.fold(kind(person, (person, other)))

    def plan(self, slot: str, person: str, number: int) -> None:
        self.fold(activities.SlotAdded(slot[0], f"{slot}{number}", "u", NEXT))

    def totals(self) -> dict[str, int]:
        """What the month adds up to."""
        forms = list(self.received.values())
        return {
            "sessions": len(self.closed),
            "participations": sum(self.heads.values()) + forms.count("activity"),
            "visits": forms.count("phone_visit") + forms.count("home_visit"),
            "counselling_minutes": 60 * forms.count("counselling"),
            "volunteer_minutes": sum(self.minutes.values()),
        }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=40), st.data())
def test_every_figure_is_the_sum_of_its_lines_at_any_position(steps: list[Any], data: st.DataObject) -> None:
    month = Month(steps)
    until = data.draw(st.integers(0, len(month.fold.events)))
    now = figures.figures(month.fold.read, MONTH)
    assert {name: now.values[name] for name in month.totals()} == month.totals()
    then = figures.figures(month.fold.read, MONTH, ["u"], as_of=until)
    assert then == of_prefix(month.fold.events[:until])
    for measure in MEASURES.values():
        lines = figures.lines(month.fold.read, MONTH, [measure], ["u"], until=until)
        assert value_of(measure.way, lines) in (then.values[measure.name], "open"), measure.name
        assert all(figures.lines_at(month.fold.read, line.position) for line in lines)
    assert now == figures.figures(month.fold.read, MONTH, as_of=len(month.fold.events))


def of_prefix(events: list[Recorded[Event]]) -> figures.Figures:
    """The figures of read models that were folded from these events alone."""
    views = scratch([months.projection], events)
    with views.read() as connection:
        return figures.figures(connection, MONTH, ["u"])


def value_of(way: str, lines: list[Line]) -> Any:
    """A figure, added up from its lines; counts of persons are checked where no identity is open."""
    if way == "sum":
        return sum(line.amount for line in lines)
    net: dict[Any, int] = {}
    for line in lines:
        key = {"persons": line.person, "places": line.place}.get(way)
        net[key] = net.get(key, 0) + line.amount
    if way == "persons":
        return "open" if len(present(net)) > 1 else Span(len(present(net)), len(present(net)))
    return len(present(net)) if way == "places" else "open"


def present(net: dict[Any, int]) -> list[Any]:
    """Who or what is left after everything was taken back that was."""
    return [key for key, amount in net.items() if key is not None and amount > 0]


def test_minutes_are_the_only_measures_shown_in_hours() -> None:
    assert {name for name, measure in MEASURES.items() if measure.unit == "小时"} == MINUTES


def test_a_month_of_many_lines_is_read_quickly() -> None:
    fold = Journal()
    for number in range(3000):
        fold(receipts.Received(f"c{number}", f"p{number % 900}", "phone_visit", "u", "2026-11-07", place="柳岸"))
    connection = fold.read
    started = time.process_time()
    assert figures.figures(connection, MONTH).values["persons_visited"] == Span(900, 900)
    assert time.process_time() - started < 0.2


def test_claims_of_other_organisations_are_not_read() -> None:
    fold = Journal()
    fold(FigureClaimed("b", "1", MONTH, "速览", 3, "次", "", "u", "visits"))
    found = figures.figures(fold.read, MONTH, ["u"])
    mine: list[Claim] = claims(fold.read, found, ["u"])
    assert [(claim.state, claim.gap) for claim in mine] == [("differs", -3)]
    assert claims(fold.read, found, ["other"]) == []
