"""The lock of the accounts is held while something is written down and done, never while the pages are waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from flask import g
from flask.testing import FlaskClient

from domain.accounts import FactorChanged, OpenAccount
from ledger.place import Place
from ledger.views import ViewsUnavailable
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_races import passkey_of, without_password
from tests.web.test_accounts_second import code, offered, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from web import access
from web import accounts_providers as providers
from web import accounts_sessions as sessions
from web.house import House
from web.sign_on import link_own, open_account

FOUND = providers.Provider("centre", "https://centre.example.org", "liandong", "geheim", ())


@pytest.fixture
def city(engine: str, city_place: Callable[[str], Place]) -> Iterator[City]:
    """The real thing, on either engine."""
    yield from opened_city(city_place(engine))


@contextmanager
def late_pages(city: City) -> Iterator[list[int]]:
    """The pages do not come to show what is written, and whoever waits for them lets others write to the accounts meanwhile.
    For which positions somebody waited.
    """
    waited: list[int] = []

    def wait_for(_: House, position: int) -> None:
        with city.accounts.write():
            waited.append(position)
        raise ViewsUnavailable("late")

    with patch("ledger.database.LOCK_SECONDS", 0.05), patch.object(House, "wait_for", wait_for):
        city.accounts.close()  # what connects from now on waits for the lock that long
        yield waited
    city.accounts.close()


def signed_in(city: City) -> FlaskClient:
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    assert sign_in(browser, "小满") == 303
    return browser


def renamed(city: City) -> Callable[[], object]:
    browser = signed_in(city)
    return lambda: browser.post("/account/names", data={"name": "满满", "current": PASSWORD})


def entered(city: City) -> Callable[[], object]:
    browser, path = city.as_(None), link_for(city, "volunteer")
    return lambda: browser.post(path, data={"name": "小满", "password": PASSWORD})


def given_an_app(city: City) -> Callable[[], object]:
    browser = signed_in(city)
    secret, sealed = offered(browser.get("/account/app").text)
    return lambda: browser.post(
        "/account/app", data={"sealed": sealed, "code": code(city, secret), "current": PASSWORD}
    )


def given_new_codes(city: City) -> Callable[[], object]:
    browser = signed_in(city)
    set_up(city, browser, current=PASSWORD)
    return lambda: browser.post("/account/codes", data={"current": PASSWORD})


def rid_of_a_passkey(city: City) -> Callable[[], object]:
    browser = without_password(city, "centre")
    passkey_of(city, "volunteer", "手机")
    return lambda: browser.post("/account/passkeys/volunteer-手机/removal", data={"current": "-"})


def parted(city: City) -> Callable[[], object]:
    browser = without_password(city, "centre", "union")
    return lambda: browser.post("/account/providers/centre/removal", data={"current": "-"})


def linked(city: City) -> Callable[[], object]:
    city.do(OpenAccount("volunteer"))
    with city.accounts.write() as connection:
        city.accounts.open(connection, "volunteer", city.now)
    city.as_("volunteer")
    return lambda: back_from_a_provider(city, lambda: link_own(FOUND, "volunteer", "s-1"))


def opened(city: City) -> Callable[[], object]:
    return lambda: back_from_a_provider(city, lambda: open_account(FOUND, "volunteer", "s-1"))


def back_from_a_provider(city: City, act: Callable[[], object]) -> None:
    with city.app.test_request_context("/sign-in/provider/centre/back"):
        g.page, g.viewer = "sign_on.back", access.load_viewer("volunteer")
        g.login = next(iter(sessions.of_person(city.accounts, "volunteer", city.now)), None)
        act()


@pytest.mark.parametrize(
    "prepared", [renamed, entered, given_an_app, given_new_codes, rid_of_a_passkey, parted, linked, opened]
)
def test_nobody_waits_for_the_lock_of_the_accounts_because_the_pages_are_late(
    city: City, prepared: Callable[[City], Callable[[], object]]
) -> None:
    act = prepared(city)
    before = len(told(city, FactorChanged))
    with late_pages(city) as waited:
        act()
        last = city.house.ledger.store.head()
    assert len(told(city, FactorChanged)) == before + 1, "it is written down"
    assert last in waited, "and waited for, while others write"


def test_several_things_written_under_the_lock_are_waited_for_once(city: City) -> None:
    act = opened(city)
    with late_pages(city) as waited:
        act()
    assert waited == [city.house.ledger.store.head()]
