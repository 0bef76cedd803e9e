"""Who takes back the consent to be contacted: phone and e-mail are theirs alone from then on, on every page."""

from __future__ import annotations

import pytest

from domain.consents import GiveConsent, WithdrawConsent
from domain.contacts import ChangeContact
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from domain.sign_up import SignUp
from tests.web.conftest import World

WHO, PHONE, EMAIL = "quiet", "13912345678", "yun@example.org"
PAGES = (f"/people/{WHO}", "/slots/a1.1/roster.csv", f"/slots/a1.1/roster/{WHO}")


@pytest.fixture
def town(world: World) -> World:
    """云朵 can be reached by phone and e-mail, and has a place."""
    world.do(RegisterPerson(WHO, "云朵", phone=PHONE, organisation="centre", over=18))
    world.do(GrantRole(WHO, "volunteer", "centre"))
    world.do(ChangeContact(WHO, EMAIL), actor=WHO)
    world.do(SignUp(world.open_activity(), WHO, "volunteer"), actor=WHO)
    return world


def read(world: World, viewer: str = "owner") -> str:
    browser = world.as_(viewer)
    events = (f"/events/{one.position}" for one in world.house.ledger.stream(f"person:{WHO}"))
    return "".join(browser.get(address).text for address in (*PAGES, *events))


def test_who_took_it_back_is_reached_by_nobody(town: World) -> None:
    assert {PHONE, EMAIL} <= {word for word in (PHONE, EMAIL) if word in read(town)}, "nobody was asked yet"
    town.do(GiveConsent(WHO, "contact"), actor=WHO)
    assert PHONE in read(town)
    town.do(WithdrawConsent(WHO, "contact"), actor=WHO)
    said = read(town)
    assert not [word for word in (PHONE, EMAIL) if word in said]
    assert "本人收回了“联系”的同意" in said
    assert "云朵" in said
    mine = town.as_(WHO)
    assert PHONE in mine.get("/me/data").text
    assert EMAIL in mine.get(f"/people/{WHO}").text
    town.do(GiveConsent(WHO, "contact"), actor=WHO)
    assert PHONE in read(town)
