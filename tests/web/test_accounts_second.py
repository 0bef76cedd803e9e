"""The second factor: asked of whoever has one and of whoever must have one, each code once, and not got around."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient

from domain.accounts import FactorChanged, SignedIn, SignInFailed
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_sign_in import sign_in, told
from web import accounts_sessions as sessions


def code(city: City, secret: str, later: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(city.now.timestamp()) + later)


def offered(page: str) -> tuple[str, str]:
    """What the page offers: the secret in letters, and the same sealed."""
    letters, sealed = (
        re.search(r'密钥：<span class="code">([A-Z2-7 ]+)<', page),
        re.search(r'name="sealed" value="(\w+)"', page),
    )
    assert letters
    assert sealed
    return letters[1].replace(" ", ""), sealed[1]


def set_up(city: City, browser: FlaskClient, **more: str) -> tuple[str, list[str]]:
    """Set an app up and write the recovery codes down; its secret and the codes."""
    secret, sealed = offered(browser.get("/account/app").text)
    answer = browser.post("/account/app", data={"sealed": sealed, "code": code(city, secret)} | more)
    assert answer.status_code == 303, answer.text
    codes = codes_on(browser)
    browser.post("/account/codes/written-down")
    return secret, codes


def codes_on(browser: FlaskClient) -> list[str]:
    """The recovery codes that are shown to be written down."""
    page = browser.get("/account/codes")
    assert page.headers["Cache-Control"] == "no-store"
    return re.findall(r'<span class="code">([a-z2-9-]{29})<', page.text)


@pytest.fixture
def guarded(city: City) -> tuple[City, str, list[str]]:
    """A volunteer who set up an app a minute ago."""
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")
    secret, codes = set_up(city, browser, current=PASSWORD)
    city.now += timedelta(minutes=1)
    return city, secret, codes


@pytest.mark.parametrize("person", ["reviewer", "auditor"])
def test_whoever_sees_much_sets_up_a_second_factor_before_anything_else(city: City, person: str) -> None:
    city.open_account(person, "somebody")
    browser = city.as_(None)
    answer = browser.post("/sign-in", data={"name": "somebody", "password": PASSWORD, "next": "/audit"})
    assert answer.headers["Location"] == "/sign-in/code?next=/audit"
    assert browser.get(answer.headers["Location"]).headers["Location"] == "/account/app?next=/audit"
    for path in ("/audit", "/months", "/account", "/me/record"):
        assert browser.get(path).headers["Location"].startswith("/sign-in"), path
    assert told(city, SignedIn) == []
    _, codes = set_up(city, browser)
    assert len(codes) == 10
    assert browser.get("/audit").status_code == 200
    assert told(city, SignedIn) == [SignedIn(person, "password", "totp", unknown_device=True)]
    assert told(city, FactorChanged) == [FactorChanged(person, "totp", "added")]


def test_the_code_is_asked_for_at_the_next_sign_in(guarded: tuple[City, str, list[str]]) -> None:
    city, secret, _ = guarded
    browser = city.as_(None)
    answer = browser.post("/sign-in", data={"name": "小满", "password": PASSWORD, "next": "/me/record"})
    assert browser.get("/me/record").status_code == 303
    assert "还差一步" in browser.get(answer.headers["Location"]).text
    answer = browser.post("/sign-in/code", data={"code": code(city, secret), "next": "/me/record"})
    assert answer.headers["Location"] == "/me/record"
    assert browser.get("/me/record").status_code == 200
    assert told(city, SignedIn)[-1] == SignedIn("volunteer", "password", "totp", unknown_device=True)


@pytest.mark.parametrize("later", [-30, 0, 30])
def test_a_clock_may_be_half_a_minute_off(guarded: tuple[City, str, list[str]], later: int) -> None:
    city, secret, _ = guarded
    browser = city.as_(None)
    sign_in(browser, "小满")
    assert browser.post("/sign-in/code", data={"code": code(city, secret, later)}).status_code == 303


def test_each_code_works_once(guarded: tuple[City, str, list[str]]) -> None:
    city, secret, codes = guarded
    for typed in (code(city, secret), codes[0].upper()):
        answers = []
        for _ in range(2):
            browser = city.as_(None)
            sign_in(browser, "小满")
            answers.append(browser.post("/sign-in/code", data={"code": typed}, buffered=True).status_code)
        assert answers == [303, 422]
    assert told(city, SignInFailed) == [SignInFailed("volunteer", "second_factor")] * 2
    assert FactorChanged("volunteer", "recovery_codes", "spent") in told(city, FactorChanged)


@pytest.mark.parametrize("typed", ["000000", "abc", "aaaa-aaaa-aaaa-aaaa", "'; --"])
def test_what_is_no_code_lets_nobody_in(guarded: tuple[City, str, list[str]], typed: str) -> None:
    city, _, _ = guarded
    browser = city.as_(None)
    sign_in(browser, "小满")
    assert browser.post("/sign-in/code", data={"code": typed}).status_code == 422
    assert browser.get("/me/record").status_code == 303


def test_a_password_alone_does_not_replace_the_factor(guarded: tuple[City, str, list[str]]) -> None:
    city, secret, _ = guarded
    thief = city.as_(None)
    sign_in(thief, "小满")
    assert thief.get("/account/app").headers["Location"].startswith("/sign-in/code")
    sealed = city.accounts.keys.seal("new volunteer", "A" * 32).hex()
    answer = thief.post("/account/app", data={"sealed": sealed, "code": code(city, "A" * 32)})
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert thief.post("/sign-in/code", data={"code": code(city, "A" * 32)}).status_code == 422
    assert city.accounts.find("volunteer") is not None
    assert thief.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303


def test_a_reload_offers_the_same_secret_for_a_while_and_another_after_it_was_used(city: City) -> None:
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")

    def letters() -> str:
        return offered(browser.get("/account/app").text)[0]

    first = letters()
    city.now += timedelta(minutes=29)
    assert letters() == first
    city.now += timedelta(minutes=2)
    second = letters()
    assert second != first
    assert set_up(city, browser, current=PASSWORD)[0] == second
    assert letters() != second
    sign_in(other := city.as_(None), "小满")
    assert "扫它" not in other.get("/account/app").text, "the password alone shows no secret where there is an app"


def test_a_secret_that_was_not_offered_to_this_person_is_not_taken(city: City) -> None:
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")
    for sealed in ("00", "zz", city.accounts.keys.seal("new second", "A" * 32).hex()):
        answer = browser.post(
            "/account/app", data={"sealed": sealed, "code": code(city, "A" * 32), "current": PASSWORD}
        )
        assert answer.status_code == 303
    secret, sealed = offered(browser.get("/account/app").text)
    for wrong in ({"current": "falsch falsch"}, {"current": ""}, {"current": PASSWORD, "code": "000000"}):
        given = {"sealed": sealed, "code": code(city, secret)} | wrong
        assert browser.post("/account/app", data=given).status_code == 422
    found = city.accounts.find("volunteer")
    assert found
    assert found.totp is None


def test_half_a_session_is_soon_over(guarded: tuple[City, str, list[str]]) -> None:
    city, secret, _ = guarded
    browser = city.as_(None)
    sign_in(browser, "小满")
    city.now += timedelta(seconds=sessions.HALF[1])
    assert browser.post("/sign-in/code", data={"code": code(city, secret)}).headers["Location"].startswith("/sign-in?")


def test_a_device_that_only_knew_the_password_is_not_known(guarded: tuple[City, str, list[str]]) -> None:
    city, _, _ = guarded
    thief = city.as_(None)
    sign_in(thief, "小满")
    assert thief.get_cookie("device") is None


def test_an_administrator_takes_a_lost_factor_away_with_a_reason(guarded: tuple[City, str, list[str]]) -> None:
    city, _, _ = guarded
    staff = city.as_("owner")
    assert "两步登录" in staff.get("/people/volunteer/access").text
    assert staff.post("/people/volunteer/access/app-removal").status_code == 422
    assert staff.post("/people/volunteer/access/app-removal", data={"reason": "当面核对过"}).status_code == 303
    assert told(city, FactorChanged)[-1] == FactorChanged("volunteer", "totp", "removed")
    browser = city.as_(None)
    assert sign_in(browser, "小满") == 303
    assert browser.get("/me/record").status_code == 200


def test_a_link_does_not_pass_the_second_factor(guarded: tuple[City, str, list[str]]) -> None:
    city, secret, _ = guarded
    browser = city.as_(None)
    answer = browser.post(link_for(city, "volunteer"), data={"password": "又一个 谁也猜不到"})
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert browser.get("/account").status_code == 303
    city.now += timedelta(minutes=1)
    assert browser.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303
    assert browser.get("/account").status_code == 200


def test_codes_are_shown_until_they_are_written_down(city: City) -> None:
    city.open_account("reviewer", "somebody")
    browser = city.as_(None)
    sign_in(browser, "somebody")
    secret, sealed = offered(browser.get("/account/app").text)
    answer = browser.post("/account/app", data={"sealed": sealed, "code": code(city, secret), "next": "/audit"})
    assert answer.headers["Location"] == "/account/codes?next=/audit"
    page = browser.get(answer.headers["Location"]).text
    assert "作废" not in page, "there were none before"
    codes = codes_on(browser)
    assert len(codes) == 10
    assert codes_on(browser) == codes, "looking at them does not use them up"
    assert "/account/codes" in browser.get("/account").text
    assert browser.post("/account/codes/written-down", data={"next": "/audit"}).headers["Location"] == "/audit"
    assert codes_on(browser) == []
    assert "/account/codes?" not in browser.get("/account").text
    city.now += timedelta(minutes=1)
    answer = browser.post("/account/codes", data={"current": PASSWORD}, follow_redirects=True)
    assert "以前的恢复码都作废了" in answer.text
    assert set(codes_on(browser)).isdisjoint(codes)
    city.now += timedelta(hours=1)
    assert codes_on(browser) == []


def test_a_form_that_sets_an_app_up_and_arrives_after_its_session_ended_leads_back_to_the_codes(city: City) -> None:
    """A double click: the browser sends twice with the same cookie and may never see the first answer."""
    city.open_account("reviewer", "somebody")
    browser, late = city.as_(None), city.as_(None)
    sign_in(browser, "somebody")
    late.set_cookie("session", browser.get_cookie("session").value)  # type: ignore[union-attr]  # it is there
    secret, sealed = offered(browser.get("/account/app").text)
    form = {"sealed": sealed, "code": code(city, secret)}
    browser.post("/account/app", data=form)
    answer = late.post("/account/app", data=form)
    assert answer.headers["Location"].startswith("/sign-in?")
    on_its_way = browser.get(answer.headers["Location"])
    assert on_its_way.headers["Location"].startswith("/account/codes"), "where the first answer's cookie arrived"
    assert told(city, FactorChanged) == [FactorChanged("reviewer", "totp", "added")]
    codes = codes_on(browser)
    city.now += timedelta(minutes=1)
    sign_in(late, "somebody")  # where it did not
    answer = late.post("/sign-in/code", data={"code": code(city, secret)})
    assert answer.headers["Location"].startswith("/account/codes")
    assert codes_on(late) == codes != []
