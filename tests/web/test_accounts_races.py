"""Two at the same moment: what only one of them can have, and what somebody must not lose by it, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pyotp
import pytest
from flask import g
from flask.testing import FlaskClient

from domain.accounts import AccountOpened, FactorChanged, OpenAccount
from domain.people import Registered
from domain.roles import GrantRole
from ledger.follow import Follower
from ledger.place import Place
from ledger.views import ViewsUnavailable
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_second import code, codes_on, offered
from tests.web.test_accounts_sign_in import sign_in, told
from tests.web.test_joining import ASKED
from web import access
from web import accounts_factors as factors
from web import accounts_providers as providers
from web import accounts_sessions as sessions
from web.accounts_tables import passkey
from web.id_tokens import Failed
from web.sign_on import Waiting, arrive, link_own, open_account

CENTRE = providers.Provider("centre", "https://centre.example.org", "liandong", "geheim", ())


@pytest.fixture
def city(engine: str, city_place: Callable[[str], Place]) -> Iterator[City]:
    """The real thing, in which 陆青禾 signs in as 青禾."""
    for town in opened_city(city_place(engine)):
        town.open_account("second", "青禾")
        yield town


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks whether a name is free looked a moment before the other took it."""
    for module in ("accounts", "joining"):
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


def passkey_of(city: City, person: str, label: str) -> None:
    row = {"id": f"{person}-{label}", "person": person, "public_key": b"", "sign_count": 0, "label": label, "added": 0}
    with city.accounts.write() as connection:
        connection.execute(passkey.insert().values(row))


def without_password(city: City, *organisations: str) -> FlaskClient:
    """何小满 signs in by these organisations' providers only, and has just done so."""
    with city.accounts.write() as connection:
        city.accounts.open(connection, "volunteer", city.now)
    city.do(OpenAccount("volunteer"))
    for organisation in organisations:
        found = providers.Provider(organisation, f"https://{organisation}.example.org", "liandong", "x", ())
        providers.save(city.accounts, found)
        with providers.linking(city.accounts, found, "s-1", "volunteer", city.now):
            pass
    return city.as_("volunteer")


def post_together(city: City, *paths: str) -> list[int]:
    """Two tabs of one browser, each with its button, at once; the statuses."""
    tabs, start = [city.as_("volunteer") for _ in paths], Barrier(len(paths))

    def press(tab: FlaskClient, path: str) -> int:
        start.wait()
        return tab.post(path, data={"current": "-"}).status_code

    with ThreadPoolExecutor() as pool:
        return sorted(pool.map(press, tabs, paths))


def removals(city: City) -> int:
    return sum(event.change == "removed" for event in told(city, FactorChanged))  # type: ignore[attr-defined]  # FactorChanged


def test_two_tabs_do_not_part_somebody_from_both_providers(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    without_password(city, "centre", "union")
    both = providers.of_person(city.accounts, "volunteer")
    monkeypatch.setattr("web.linking.providers.of_person", lambda *_: both)  # each looked before the other was done
    paths = [f"/account/providers/{one}/removal" for one in ("centre", "union")]
    assert post_together(city, *paths) == [303, 409]
    monkeypatch.undo()
    assert len(providers.of_person(city.accounts, "volunteer")) == 1
    assert removals(city) == 1


def test_the_same_button_twice_is_one_event(city: City) -> None:
    without_password(city, "centre", "union")
    assert post_together(city, *["/account/providers/centre/removal"] * 2) == [303, 404]
    assert list(providers.of_person(city.accounts, "volunteer")) == ["union"]
    assert removals(city) == 1


def test_the_last_passkey_stays_where_nothing_else_signs_in(city: City) -> None:
    browser = without_password(city)
    for label in ("手机", "电脑"):
        passkey_of(city, "volunteer", label)
    assert browser.post("/account/passkeys/volunteer-手机/removal", data={"current": "-"}).status_code == 303
    answer = browser.post("/account/passkeys/volunteer-电脑/removal", data={"current": "-"})
    assert answer.status_code == 409
    assert "唯一的登录方式" in answer.text
    assert removals(city) == 1


def test_an_account_elsewhere_that_another_linked_a_moment_ago_is_not_said_to_be_ones_own(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_password(city, "centre")
    found = providers.find(city.accounts, "centre")
    assert found
    before = city.house.ledger.store.head()
    monkeypatch.setattr("web.sign_on.providers.owner", lambda *_: None)  # looked before the other linked it
    city.as_("second")
    with city.app.test_request_context("/sign-in/provider/centre/back"):
        g.page, g.viewer = "sign_on.back", access.load_viewer("second")
        g.login = sessions.of_person(city.accounts, "second", city.now)[0]
        with pytest.raises(Failed, match="taken"):
            link_own(found, "second", "s-1")
        with pytest.raises(Failed, match="taken"):
            open_account(found, "second", "s-1")
    assert city.house.ledger.store.head() == before


def test_an_account_that_somebody_opened_a_moment_ago_is_not_taken_over_by_an_address(city: City) -> None:
    providers.save(city.accounts, CENTRE)
    city.open_account("volunteer", "小满")  # by a link, after an address had found nobody's account
    before = city.house.ledger.store.head()
    with city.app.test_request_context("/sign-in/provider/centre/back"):
        g.page, g.viewer = "sign_on.back", None
        with pytest.raises(Failed, match="stranger"):
            open_account(CENTRE, "volunteer", "s-1")
    assert city.house.ledger.store.head() == before
    assert providers.owner(city.accounts, CENTRE, "s-1") is None


def test_an_invitation_still_works_where_the_account_elsewhere_turns_out_to_be_anothers(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers.save(city.accounts, CENTRE)
    path = link_for(city, "volunteer")
    token = path.rpartition("/")[2]
    with providers.linking(city.accounts, CENTRE, "s-1", "second", city.now):
        pass
    before = city.house.ledger.store.head()
    monkeypatch.setattr("web.sign_on.providers.owner", lambda *_: None)  # looked before the other linked it
    with city.app.test_request_context("/sign-in/provider/centre/back"):
        g.page, g.viewer = "sign_on.back", None
        for _ in range(2):
            with pytest.raises(Failed, match="taken"):
                arrive(CENTRE, waiting_with(token), {"sub": "s-1"})
        assert city.house.ledger.store.head() == before
        assert city.as_(None).get(path).status_code == 200, "the link still works"
        open_account(CENTRE, "volunteer", "s-2", token)
        with pytest.raises(Failed, match="stranger"):
            open_account(CENTRE, "volunteer", "s-3", token)
    assert city.as_(None).get(path).status_code == 404, "used up, once"
    assert list(providers.of_person(city.accounts, "volunteer")) == ["centre"]
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "provider", "added")]


def waiting_with(invitation: str) -> Waiting:
    """Somebody comes back who left with this invitation."""
    return Waiting("centre", "", "", "", 0, "/", "", invitation)


def test_the_same_form_twice_at_once_sets_one_app_up_and_both_answers_lead_to_its_codes(city: City) -> None:
    city.open_account("reviewer", "somebody")
    browser = browser_of(city, "somebody")
    cookie = browser.get_cookie("session")
    assert cookie
    secret, sealed = offered(browser.get("/account/app").text)
    tabs, start = [city.as_(None), city.as_(None)], Barrier(2)
    for tab in tabs:
        tab.set_cookie("session", cookie.value)

    step_of = factors.step_of

    def press(tab: FlaskClient) -> str:
        return tab.post("/account/app", data={"sealed": sealed, "code": code(city, secret)}).headers["Location"]

    def together(*asked: Any) -> Any:
        start.wait(timeout=30)  # both are past the door before either is done
        return step_of(*asked)

    with patch.object(factors, "step_of", side_effect=together), ThreadPoolExecutor() as pool:
        assert [path.split("?")[0] for path in pool.map(press, tabs)] == ["/account/codes"] * 2
    assert told(city, FactorChanged) == [FactorChanged("reviewer", "totp", "added")]
    assert codes_on(tabs[0]) == codes_on(tabs[1])
    assert len(codes_on(tabs[0])) == 10


def test_of_two_forms_with_different_apps_the_second_is_asked_for_the_code_of_the_first(city: City) -> None:
    city.open_account("reviewer", "somebody")
    browser = browser_of(city, "somebody")
    secret, sealed = offered(browser.get("/account/app").text)
    first = pyotp.random_base32()

    def meanwhile(*_: Any) -> int:
        with city.accounts.write() as connection:
            factors.take_over(connection, city.accounts, "reviewer", first, 0)
        return 1

    with patch.object(factors, "step_of", side_effect=meanwhile):
        answer = browser.post("/account/app", data={"sealed": sealed, "code": code(city, secret)})
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert told(city, FactorChanged) == []
    with city.accounts.read() as connection:
        assert factors.is_app(connection, city.accounts, "reviewer", first)
