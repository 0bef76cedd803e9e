"""Services received: once per person and contact, on a day that exists, by whom and with whose help."""

import pytest

from domain.enrolments import CheckedIn
from domain.people import IsMerged
from domain.person_merges import Merged
from domain.receipts import (
    AlreadyReceived,
    BadReceipt,
    HelpedThemselves,
    Received,
    RecordReceipt,
    Voided,
    VoidReceipt,
)
from domain.words import ReasonMissing, Unknown
from tests.cast import HE, LIN, QIAO, SLOT, STARTS, STREET, TANG, WORKER, Story, a_slot, seated


def visit(**changes: object) -> RecordReceipt:
    """A phone call to 乔一禾 with something changed."""
    good = {
        "contact": "v1", "person": QIAO, "form": "phone_visit", "organisation": STREET, "day": "2026-11-01",
        "minutes": 15, "worker": WORKER, "assisted_by": (HE,), "mode": "phone",
    }  # fmt: skip
    return RecordReceipt(**(good | changes))  # type: ignore[arg-type]


def test_a_visit_is_noted_with_worker_and_helpers(story: Story) -> None:
    assert story.when(visit()) == [
        Received(
            "v1", QIAO, "phone_visit", STREET, "2026-11-01",
            minutes=15, worker=WORKER, assisted_by=(HE,), mode="phone",
        )
    ]  # fmt: skip


def test_only_counselling_is_sealed(story: Story) -> None:
    for number, form in enumerate(("activity", "phone_visit", "home_visit", "counselling")):
        (received,) = story.when(visit(contact=f"c{number}", form=form))
        assert isinstance(received, Received)
        assert received.sealed is (form == "counselling")


def test_one_person_receives_a_service_once_per_contact(story: Story) -> None:
    story.when(visit())
    with pytest.raises(AlreadyReceived):
        story.when(visit(day="2026-11-02"))
    assert story.when(visit(person=TANG))
    assert story.when(visit(contact="v2"))


def test_who_came_to_a_slot_is_not_counted_there_again(story: Story) -> None:
    story.given(*a_slot(), *seated(QIAO, side="participant"))
    story.given(
        CheckedIn(SLOT, QIAO, "participant", "qr", STARTS), Received(SLOT, QIAO, "activity", STREET, "2026-11-07")
    )
    with pytest.raises(AlreadyReceived):
        story.when(visit(contact=SLOT, form="activity"))


def test_two_files_of_one_person_receive_it_once(story: Story) -> None:
    story.when(visit(person=TANG))
    story.given(Merged(TANG, QIAO))
    with pytest.raises(AlreadyReceived):
        story.when(visit())
    with pytest.raises(IsMerged):
        story.when(visit(contact="v2", person=TANG))
    with pytest.raises(IsMerged):
        story.when(visit(contact="v2", person=LIN, assisted_by=(TANG,)))


@pytest.mark.parametrize("changes", [{"person": "nobody"}, {"assisted_by": (HE, "nobody")}, {"organisation": "nobody"}])
def test_everybody_involved_is_known(story: Story, changes: dict[str, object]) -> None:
    with pytest.raises(Unknown):
        story.when(visit(**changes))


def test_nobody_assists_in_the_service_they_receive(story: Story) -> None:
    with pytest.raises(HelpedThemselves):
        story.when(visit(assisted_by=(HE, QIAO)))


def test_a_helper_named_twice_helped_once(story: Story) -> None:
    (received,) = story.when(visit(assisted_by=(HE, LIN, HE)))
    assert isinstance(received, Received)
    assert received.assisted_by == (HE, LIN)


@pytest.mark.parametrize("length", [0, -1, 1441])
def test_a_contact_has_a_length_that_can_be(story: Story, length: int) -> None:
    with pytest.raises(BadReceipt):
        story.when(visit(minutes=length))


@pytest.mark.parametrize(
    "day", ["", "2026-11-03", "2026-12", "2026", "2026-02-30", "2026-13", "20261101", "昨天", "2026-1"]
)
def test_a_day_is_of_the_calendar_and_has_come(story: Story, day: str) -> None:
    with pytest.raises(BadReceipt):
        story.when(visit(day=day))


@pytest.mark.parametrize("day", ["2026-11-02", "2026-11", "2020-02-29", "2020-02"])
def test_a_day_or_a_month_that_has_come_is_taken(story: Story, day: str) -> None:
    assert story.when(visit(day=day, minutes=None))


def test_a_receipt_is_taken_back_with_a_reason_and_may_be_noted_again(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(VoidReceipt("v1", QIAO), why="打错电话")
    story.when(visit())
    with pytest.raises(ReasonMissing):
        story.when(VoidReceipt("v1", QIAO))
    assert story.when(VoidReceipt("v1", QIAO), why="打错电话") == [Voided("v1", QIAO)]
    with pytest.raises(Unknown):
        story.when(VoidReceipt("v1", QIAO), why="打错电话")
    assert story.when(visit())
