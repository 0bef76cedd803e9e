"""Two at the same moment: what only one of them can have, and what somebody must not lose by it, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient

from domain.accounts import AccountOpened, FactorChanged
from domain.people import GrantRole, Registered
from ledger.follow import Follower
from ledger.place import Place
from ledger.views import ViewsUnavailable
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_sign_in import sign_in, told
from tests.web.test_joining import ASKED


@pytest.fixture
def city(place: Place) -> Iterator[City]:
    """The real thing, in which 陆青禾 signs in as 青禾."""
    for town in opened_city(place):
        town.open_account("second", "青禾")
        yield town


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks whether a name is free looked a moment before the other took it."""
    for module in ("accounts", "accounts_invite", "joining"):
        monkeypatch.setattr(f"web.{module}.taken", lambda *_: {})


def browser_of(city: City, name: str) -> FlaskClient:
    browser = city.as_(None)
    assert sign_in(browser, name) == 303
    return browser


@pytest.mark.usefixtures("blind")
def test_of_two_who_take_a_name_the_second_is_told_and_nothing_is_written(city: City) -> None:
    city.open_account("volunteer", "小满")
    browser = browser_of(city, "小满")
    before = city.house.ledger.store.head()
    answer = browser.post("/account/names", data={"name": "青禾", "current": PASSWORD})
    assert answer.status_code == 409
    assert "这个登录名已经有人用来登录" in answer.text
    assert 'value="青禾"' in answer.text, "nothing typed is lost"
    assert city.house.ledger.store.head() == before
    assert city.accounts.names_of("volunteer") == {"name": "小满"}


@pytest.mark.usefixtures("blind")
def test_whoever_comes_second_by_a_link_keeps_the_link(city: City) -> None:
    path = link_for(city, "volunteer")
    before = city.house.ledger.store.head()
    answer = city.as_(None).post(path, data={"name": "青禾", "password": PASSWORD})
    assert answer.status_code == 409
    assert "这个登录名已经有人用来登录" in answer.text
    assert city.house.ledger.store.head() == before
    assert city.as_(None).post(path, data={"name": "小满", "password": PASSWORD}).status_code == 303
    assert AccountOpened("volunteer") in told(city, AccountOpened)
    assert city.as_(None).get(path).status_code == 404


@pytest.mark.usefixtures("blind")
def test_whoever_joins_second_under_a_name_opens_no_file_and_reads_the_same(city: City) -> None:
    city.do(GrantRole("owner", "station_lead", "centre"))
    city.as_("owner").post("/joining/centre", data={"open": "1"})
    before = city.house.ledger.store.head()
    asked = ASKED | {"phone": "", "name": "青禾"}
    assert city.as_(None).post("/join", data=asked).headers["Location"] == "/sign-in"
    assert city.house.ledger.store.head() == before
    assert city.as_(None).post("/join", data=asked | {"name": "一禾"}).headers["Location"] == "/sign-in"
    assert sign_in(city.as_(None), "一禾") == 303
    assert told(city, Registered)[-1].name == "卫一禾"  # type: ignore[attr-defined]  # Registered


def test_what_was_written_down_is_done_while_the_pages_are_late(city: City) -> None:
    city.open_account("volunteer", "小满")
    browser = browser_of(city, "小满")
    with patch.object(Follower, "wait_for", side_effect=ViewsUnavailable("late")):
        assert browser.post("/account/names", data={"name": "满满", "current": PASSWORD}).status_code == 303
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "names", "renewed")]
    assert city.accounts.names_of("volunteer") == {"name": "满满"}
