"""Services that a union buys: who states it, and that the seller confirms nothing of what it is paid for."""

from __future__ import annotations

from datetime import date

import pytest

from domain.hours import Adjusted, Confirmed, CorrectionAsked
from domain.hours_corrections import AdjustHours
from domain.hours_crediting import ConfirmHours
from domain.organisations import Registered
from domain.people import RoleEnded, RoleGranted
from domain.purchases import AgreePurchase, EndPurchase, NotBought, PaidForIt, PurchaseAgreed, PurchaseEnded
from domain.words import Unknown
from tests.cast import HE, LEADER, SLOT, STREET, Story
from tests.domain.entries import entry

BUYER, OFFICER = "district", "officer"
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
    bought.given(RoleEnded(LEADER, "station_lead", STREET), RoleGranted(LEADER, "volunteer", STREET))
    assert bought.when(ConfirmHours(SLOT, HE, 120), by=LEADER)


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
