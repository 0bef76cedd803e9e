"""Services that a union buys: who states it, and that the seller confirms nothing of what it is paid for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.hours import Adjusted, Confirmed, CorrectionAsked, Proposed
from domain.hours_corrections import AdjustHours
from domain.hours_crediting import ConfirmHours
from domain.organisations import Registered, Reparented, Tree
from domain.people import RoleEnded, RoleGranted
from domain.person_merges import Merged
from domain.purchases import AgreePurchase, EndPurchase, NotBought, PaidForIt, PurchaseAgreed, PurchaseEnded, Purchases
from domain.words import Unknown
from tests.cast import AGENCY, HE, LEADER, LIN, NOW, SLOT, STARTS, STREET, UNION, WORKER, Story, a_slot
from tests.domain.entries import entry

BUYER, OFFICER = "district", "officer"
STATION, DESK, UNION_STATION = "station", "desk", "union-station"
FIRST = date(2026, 1, 1)


@pytest.fixture
def bought(story: Story) -> Story:
    """120 minutes, proposed; a union pays their organisation, which LEADER works for."""
    entry(story, "proposed")
    story.given(
        PurchaseAgreed(STREET, BUYER, FIRST),
        RoleGranted(LEADER, "station_lead", STREET),
        RoleGranted(OFFICER, "union_officer", BUYER),
    )
    return story


def test_a_union_buys_once_at_a_time_from_whoever_is_no_union(story: Story) -> None:
    story.given(Registered(BUYER, "区总", "district_union"), Registered("qihang", "企航", "agency", BUYER))
    agreed = AgreePurchase("qihang", BUYER, FIRST)
    assert story.when(agreed) == [PurchaseAgreed("qihang", BUYER, FIRST)]
    for wrong in (agreed, AgreePurchase(BUYER, BUYER, FIRST), AgreePurchase("qihang", "qihang", FIRST)):
        with pytest.raises(NotBought):
            story.when(wrong)
    with pytest.raises(Unknown):
        story.when(AgreePurchase("nobody", BUYER, FIRST))
    with pytest.raises(NotBought, match="不能早于"):
        story.when(EndPurchase("qihang", BUYER, date(2025, 12, 31)))
    assert story.when(EndPurchase("qihang", BUYER, FIRST)) == [PurchaseEnded("qihang", BUYER, FIRST)]
    with pytest.raises(NotBought, match="没有这项"):
        story.when(EndPurchase("qihang", BUYER, FIRST))
    assert story.when(AgreePurchase("qihang", BUYER, date(2026, 2, 1)))


def test_whoever_is_paid_for_a_service_does_not_confirm_it(bought: Story) -> None:
    with pytest.raises(PaidForIt):
        bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER)
    assert bought.when(ConfirmHours(SLOT, HE, 120), by=OFFICER) == [Confirmed(SLOT, HE, 120)]


def test_a_volunteer_of_the_seller_is_not_on_its_side(bought: Story) -> None:
    bought.given(RoleEnded(LEADER, "station_lead", STREET, FIRST), RoleGranted(LEADER, "volunteer", STREET))
    assert bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER)


def test_an_office_counts_to_its_last_day(bought: Story) -> None:
    bought.given(RoleEnded(LEADER, "station_lead", STREET, NOW.date()))
    with pytest.raises(PaidForIt):
        bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER)
    assert bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER, at=NOW + timedelta(days=1))


def test_outside_of_the_purchase_a_colleague_confirms(bought: Story) -> None:
    bought.given(PurchaseEnded(STREET, BUYER, date(2026, 11, 6)))
    assert bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER), "the slot was on the day after"


def test_what_the_buyer_confirmed_does_not_grow_in_the_sellers_hands(bought: Story) -> None:
    bought.when(ConfirmHours(SLOT, HE, 60 + 60), by=OFFICER)
    with pytest.raises(PaidForIt):
        bought.when(AdjustHours(SLOT, HE, 150), by=LEADER, override="多留了")
    shorter = bought.when(AdjustHours(SLOT, HE, 100), by=LEADER, why="多记了")
    assert isinstance(shorter[0], Adjusted)


def test_after_posting_the_seller_asks_and_the_buyer_agrees(story: Story) -> None:
    entry(story, "posted")
    story.given(PurchaseAgreed(STREET, BUYER, FIRST), RoleGranted(LEADER, "station_lead", STREET))
    more = AdjustHours(SLOT, HE, 150)
    assert story.when(more, by=OFFICER, override="录像") == [CorrectionAsked(SLOT, HE, 150, OFFICER)]
    with pytest.raises(PaidForIt):
        story.when(more, by=LEADER, override="同意")
    story.when(AdjustHours(SLOT, HE, 140), by=LEADER, override="是 140")
    assert story.when(AdjustHours(SLOT, HE, 140), by=OFFICER, override="同意")


@pytest.fixture
def branches(story: Story) -> Story:
    """120 minutes at the street's; the agency has a station with a desk of its own, and the street a station too."""
    entry(story, "proposed")
    story.given(
        Registered(BUYER, "区总", "district_union", UNION),
        Registered(STATION, "同行驻点", "service_station", AGENCY),
        Registered(DESK, "同行驻点二楼", "service_station", STATION),
        Registered(UNION_STATION, "柳岸职工服务站", "service_station", STREET),
        RoleGranted(OFFICER, "union_officer", STREET),
    )
    return story


def held_by(story: Story, organisation: str) -> str:
    """A slot of this organisation with 120 minutes proposed; its id."""
    slot = f"{organisation}.1"
    story.given(
        *a_slot(activity=organisation, slot=slot, organisation=organisation),
        Proposed(slot, HE, 120, "A", organisation, organisation, STARTS, WORKER),
    )
    return slot


@pytest.mark.parametrize("named", [AGENCY, STATION, DESK])
@pytest.mark.parametrize("office", [AGENCY, STATION, DESK])
@pytest.mark.parametrize("held", [AGENCY, STATION, DESK, STREET, UNION_STATION])
def test_the_whole_house_of_the_seller_confirms_nothing_of_its_own_or_of_the_buyers(
    branches: Story, named: str, office: str, held: str
) -> None:
    slot = held_by(branches, held)
    branches.given(PurchaseAgreed(named, STREET, FIRST), RoleGranted(LEADER, "social_worker", office))
    branches.given(RoleGranted(LEADER, "station_lead", UNION_STATION))
    with pytest.raises(PaidForIt):
        branches.when(ConfirmHours(slot, HE, 120), by=LEADER)
    assert branches.when(ConfirmHours(slot, HE, 120), by=OFFICER)


@pytest.mark.parametrize("neighbour", ["commons", "reeds"])
def test_a_neighbour_under_one_roof_is_another_house(branches: Story, neighbour: str) -> None:
    """Agencies and partners that a union's centre has taken in are neither the centre's stations nor each other's."""
    branches.given(
        Registered("commons", "柳岸社工中心", "social_work_centre", STREET),
        Registered("willows", "青柳社工机构", "agency", "commons"),
        Registered("reeds", "芦苇伙伴机构", "partner_agency", "commons"),
        PurchaseAgreed("willows", STREET, FIRST),
        RoleGranted(LEADER, "social_worker", neighbour),
    )
    assert branches.when(ConfirmHours(held_by(branches, neighbour), HE, 120), by=LEADER)


def test_whoever_is_not_paid_for_it_confirms_as_ever(branches: Story) -> None:
    branches.given(PurchaseAgreed(AGENCY, STREET, FIRST), RoleGranted(LEADER, "social_worker", UNION_STATION))
    slots = [held_by(branches, held) for held in (STATION, UNION_STATION)]
    assert all(branches.when(ConfirmHours(slot, HE, 120), by=LEADER) for slot in slots), (
        "the buyer's station is no seller"
    )
    branches.given(RoleGranted("paid", "agency_manager", AGENCY))
    elsewhere = held_by(branches, BUYER)
    assert branches.when(ConfirmHours(elsewhere, HE, 120), by="paid"), "another union does not buy"


def test_a_station_that_moved_is_its_new_houses(branches: Story) -> None:
    branches.given(PurchaseAgreed(AGENCY, STREET, FIRST), RoleGranted(LEADER, "station_lead", STATION))
    branches.given(Reparented(STATION, BUYER))
    assert branches.when(ConfirmHours(held_by(branches, STATION), HE, 120), by=LEADER)


def test_an_office_of_the_sellers_counts_on_any_file_of_the_person(branches: Story) -> None:
    branches.given(
        PurchaseAgreed(AGENCY, STREET, FIRST), RoleGranted(LIN, "social_worker", AGENCY), Merged(LIN, LEADER)
    )
    with pytest.raises(PaidForIt):
        branches.when(ConfirmHours(held_by(branches, AGENCY), HE, 120), by=LEADER)


def test_two_buyers_each_end_their_own_purchase(branches: Story) -> None:
    branches.given(PurchaseAgreed(AGENCY, STREET, FIRST), PurchaseAgreed(AGENCY, BUYER, FIRST))
    branches.given(PurchaseEnded(AGENCY, STREET, FIRST), RoleGranted(LEADER, "social_worker", AGENCY))
    slot = held_by(branches, AGENCY)
    with pytest.raises(PaidForIt):
        branches.when(ConfirmHours(slot, HE, 120), by=LEADER)
    branches.given(PurchaseEnded(AGENCY, BUYER, FIRST))
    assert branches.when(ConfirmHours(slot, HE, 120), by=LEADER)


def test_the_tree_is_read_only_where_anything_was_bought(branches: Story) -> None:
    assert Purchases().trees == ()
    branches.given(PurchaseAgreed(AGENCY, STREET, FIRST))
    bought = branches.guard("purchase:")
    assert isinstance(bought, Purchases)
    assert [branches.guard(f"tree:{key}") for key in bought.trees] == [branches.guard("tree:")] != [Tree()]
