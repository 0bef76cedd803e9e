"""From served to serving: who counts, since when, whom they helped; voids, corrections and merges change it. (§5)"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain import hours
from domain.activities import SlotAdded
from domain.enrolments import Accepted
from domain.people import Registered
from domain.person_merges import Merged
from domain.receipts import Received, Voided
from domain.words import ZONE
from projections import stories
from tests.projections.folding import Fold

CENTRE = frozenset({"centre"})
TODAY = "2026-11-22"


def at(day: str) -> datetime:
    """Nine in the morning of a day."""
    return datetime.fromisoformat(day + ("T09:00" if len(day) == 10 else "-01")).replace(tzinfo=ZONE)


class Town(Fold):
    """Facts in one word each: `served`, `signed_up`, `gave`."""

    def served(
        self, person: str, day: str, contact: str, *, organisation: str = "centre", sealed: bool = False,
        assisted_by: tuple[str, ...] = (), slot: str | None = None,
    ) -> None:  # fmt: skip
        form = "counselling" if sealed else "activity" if slot else "phone_visit"
        self(
            Received(contact, person, form, organisation, day, slot, assisted_by=assisted_by, sealed=sealed),  # type: ignore[arg-type]
            occurred=at(day),
            precision="moment" if slot else "day",
        )

    def signed_up(self, person: str, day: str, slot: str) -> None:
        if not any(isinstance(r.event, SlotAdded) and r.event.slot == slot for r in self.events):
            self(SlotAdded(activity=slot.partition(".")[0], slot=slot, starts=at("2026-12-01"), organisation="centre"))
        self(Accepted(slot, person, "volunteer", at("2026-12-01")), occurred=at(day))

    def gave(self, person: str, day: str, slot: str, minutes: int = 120, *, confirmed: bool = True) -> None:
        starts = at(day) + timedelta(hours=4)
        self(hours.Proposed(slot, person, minutes, "A", "centre", slot.partition(".")[0], starts, "owner"))
        if confirmed:
            self(hours.Confirmed(slot, person, minutes))

    def journeys(self, *, sealed: bool = False) -> list[stories.Journey]:
        return stories.journeys(self.read, CENTRE, sealed=sealed)

    def funnel(self) -> stories.Funnel:
        return stories.funnel(self.read, CENTRE, TODAY)


@pytest.fixture
def town() -> Town:
    """侯文 was served in April, signed up in May and served others from June on."""
    town = Town()
    for person in ("hou", "wen-a", "wen-b"):
        town(Registered(person, "侯文"))
    town.served("hou", "2026-04-10", "a1.1", slot="a1.1")
    town.signed_up("hou", "2026-05-02", "a2.1")
    town.gave("hou", "2026-06-01", "a2.1")
    return town


def test_a_recipient_who_serves_others_has_a_journey(town: Town) -> None:
    (journey,) = town.journeys()
    assert (journey.person, journey.served, journey.interested, journey.converted) == (
        "hou", "2026-04-10", "2026-05-02", "2026-06-01",
    )  # fmt: skip
    assert journey.days == 52
    assert journey.converted_slot == "a2.1"
    assert journey.minutes == 120
    assert town.funnel() == stories.Funnel(1, 1, 1, 52, 0)


def test_a_volunteer_who_is_served_later_has_none(town: Town) -> None:
    town.gave("lu", "2026-03-01", "a2.1")
    town.served("lu", "2026-04-10", "c1")
    town.gave("lu", "2026-06-01", "a3.1")
    assert [journey.person for journey in town.journeys()] == ["hou"]


def test_whoever_is_not_surely_served_first_has_none(town: Town) -> None:
    town.served("wei", "2026-06-01", "c1")
    town.gave("wei", "2026-06-01", "a2.1")
    town.served("qin", "2026-06", "c2")
    town.gave("qin", "2026-06-20", "a2.1")
    assert [journey.person for journey in town.journeys()] == ["hou"]


def test_served_in_the_morning_and_serving_in_the_afternoon_counts(town: Town) -> None:
    town.served("wei", "2026-06-01", "a4.1", slot="a4.1")
    town.gave("wei", "2026-06-01", "a5.1")
    assert {journey.person: journey.days for journey in town.journeys()}["wei"] == 0


def test_interest_alone_is_a_stage(town: Town) -> None:
    town.served("tan", "2026-04-10", "c1")
    town.signed_up("tan", "2026-04-09", "a3.1")
    assert len(town.journeys()) == 1
    town.signed_up("tan", "2026-04-11", "a2.1")
    town.gave("tan", "2026-06-01", "a2.1", confirmed=False)
    funnel = town.funnel()
    assert (funnel.interested, funnel.converted) == (2, 1)


def test_active_means_within_a_year(town: Town) -> None:
    (journey,) = town.journeys()
    assert journey.is_active("2027-06-01")
    assert not journey.is_active("2027-06-02")


def test_a_void_receipt_undoes_the_journey_and_the_next_one_takes_its_place(town: Town) -> None:
    town.served("hou", "2026-05-20", "c7")
    town(Voided("a1.1", "hou"))
    (journey,) = town.journeys()
    assert journey.served == "2026-05-20"
    assert journey.days == 12
    town(Voided("c7", "hou"))
    assert town.journeys() == []


def test_void_hours_undo_the_conversion(town: Town) -> None:
    town(hours.Voided("a2.1", "hou"))
    (journey,) = town.journeys()
    assert journey.converted is None
    assert journey.interested == "2026-05-02"


def test_an_adjustment_changes_the_minutes(town: Town) -> None:
    town(hours.Adjusted("a2.1", "hou", 180, 60))
    assert town.journeys()[0].minutes == 180


def test_merged_files_are_one_human(town: Town) -> None:
    town.served("wen-a", "2026-02-01", "c1")
    town.gave("wen-b", "2026-03-01", "a3.1")
    assert len(town.journeys()) == 1
    town(Merged("wen-b", "wen-a"))
    assert {journey.person for journey in town.journeys()} == {"hou", "wen-a"}
    town(Merged("wen-a", "hou", ("wen-b",)))
    (journey,) = town.journeys()
    assert journey.served == "2026-02-01"
    assert journey.converted == "2026-03-01"
    assert journey.times == 2
    assert stories.journeys(town.read, CENTRE, only="hou") == [journey]


def test_only_what_happened_in_the_scope_counts(town: Town) -> None:
    assert stories.journeys(town.read, frozenset({"agency"})) == []
    town.served("xu", "2026-04-10", "c3", organisation="agency")
    town.gave("xu", "2026-06-01", "a2.1")
    assert [journey.person for journey in town.journeys()] == ["hou"]
    both = stories.journeys(town.read, frozenset({"agency", "centre"}))
    assert {journey.person for journey in both} == {"hou", "xu"}


def test_a_sealed_receipt_names_nobody_and_counts_from_five_on(town: Town) -> None:
    for number in range(4):
        person = f"s{number}"
        assert town.funnel().converted == 1
        town.served(person, "2026-04-01", f"k{number}", sealed=True)
        town.gave(person, "2026-06-02", "a2.1")
    assert town.funnel().converted == 5
    assert [journey.person for journey in town.journeys()] == ["hou"]


def test_assisted_receipts_count_once_whoever_helped(town: Town) -> None:
    town.served("kim", "2026-04-10", "c1")
    town.gave("kim", "2026-06-01", "a2.1")
    town.served("r1", "2026-06-01", "a2.1", slot="a2.1")
    town.gave("hou", "2026-07-01", "a3.1")
    town.gave("kim", "2026-07-01", "a3.1")
    town.served("r1", "2026-07-01", "a3.1", slot="a3.1")
    town.served("r2", "2026-07-01", "a3.1", slot="a3.1")
    town.served("r1", "2026-07-02", "v1", assisted_by=("hou", "kim"))
    town.served("r2", "2026-05-02", "v2", assisted_by=("hou",))
    found = stories.assisted(town.read, CENTRE, town.journeys())
    assert [(one.contact, one.person) for one in found] == [("v1", "r1"), ("a3.1", "r2"), ("a3.1", "r1")]
    assert all(one.volunteers == ("hou", "kim") for one in found)
    assert town.funnel().assisted == 3
    town(Voided("v1", "r1"))
    town(hours.Voided("a3.1", "hou"))
    assert town.funnel().assisted == 2


def test_volunteers_who_never_received_are_no_assistants(town: Town) -> None:
    town.gave("lu", "2026-07-01", "a3.1")
    town.served("r1", "2026-07-01", "a3.1", slot="a3.1")
    assert town.funnel().assisted == 0
