"""One's own account: names, password and second factor change only with the password, and sessions end when one says so."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from domain.accounts import FactorChanged, SessionsEnded
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_second import code, offered, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from web.accounts_tables import account

NEW = "晒谷场 铁皮饼干盒"


@pytest.fixture
def browser(city: City) -> FlaskClient:
    """He Xiaoman's browser, signed in."""
    city.open_account("volunteer", "小满")
    opened = city.as_(None)
    sign_in(opened, "小满")
    return opened


def ids(page: str) -> list[str]:
    return re.findall(r"/account/sessions/([\w-]+)/ending", page)


def test_the_way_to_the_account_stands_at_ones_name(city: City, browser: FlaskClient) -> None:
    assert 'href="/account"' in browser.get("/activities").text
    assert "登录名：<b>小满</b>" in browser.get("/account").text


def test_the_password_changes_with_the_old_one_and_ends_other_sessions(city: City, browser: FlaskClient) -> None:
    elsewhere = city.as_(None)
    sign_in(elsewhere, "小满")
    for wrong in ({"current": "guess guess"}, {"password": "kurz"}, {"current": ""}):
        assert browser.post("/account/password", data={"current": PASSWORD, "password": NEW} | wrong).status_code == 422
    assert elsewhere.get("/me/record").status_code == 200
    assert browser.post("/account/password", data={"current": PASSWORD, "password": NEW}).status_code == 303
    assert elsewhere.get("/me/record").status_code == 303
    assert browser.get("/me/record").status_code == 200
    assert [sign_in(city.as_(None), "小满", word) for word in (PASSWORD, NEW)] == [422, 303]
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "password", "renewed")]


def test_names_change_with_the_password(city: City, browser: FlaskClient) -> None:
    city.open_account("second", "青禾")
    wanted = {"phone": "139 0000 0000", "name": "", "email": "", "current": PASSWORD}
    wrong: dict[str, str]
    for wrong in ({"current": "guess guess"}, {"phone": ""}, {"name": "青禾"}, {"email": "x"}):
        assert browser.post("/account/names", data=wanted | wrong).status_code == 422
    assert browser.post("/account/names", data=wanted).status_code == 303
    assert [sign_in(city.as_(None), name) for name in ("小满", "13900000000")] == [422, 303]


def test_a_session_elsewhere_is_ended_from_here(city: City, browser: FlaskClient) -> None:
    phone = city.as_(None)
    phone.post(
        "/sign-in", data={"name": "小满", "password": PASSWORD}, headers={"User-Agent": "iPhone; MicroMessenger/8"}
    )
    page = browser.get("/account").text
    assert "微信 · iPhone" in page
    (other,) = ids(page)
    assert browser.post(f"/account/sessions/{other}/ending").status_code == 303
    assert phone.get("/me/record").status_code == 303
    assert browser.post(f"/account/sessions/{other}/ending").status_code == 404
    assert told(city, SessionsEnded) == [SessionsEnded("volunteer", "ended")]


def test_nobody_ends_somebody_elses_session(city: City, browser: FlaskClient) -> None:
    other = city.as_("second")
    sign_in(city.as_(None), "user-second")
    (theirs,) = ids(other.get("/account").text)
    assert browser.post(f"/account/sessions/{theirs}/ending").status_code == 404


def test_all_others_end_at_once_and_their_devices_are_forgotten(city: City, browser: FlaskClient) -> None:
    others = [city.as_(None) for _ in range(3)]
    for other in others:
        sign_in(other, "小满")
    browser.post("/account/sessions/ending")
    assert [other.get("/me/record").status_code for other in others] == [303] * 3
    assert browser.get("/me/record").status_code == 200


def test_the_second_factor_goes_with_the_password_where_no_role_asks_for_it(city: City, browser: FlaskClient) -> None:
    set_up(city, browser, current=PASSWORD)
    city.now += timedelta(minutes=1)
    page = browser.get("/account").text
    assert "还剩 <b>10</b> 个" in page
    assert browser.post("/account/codes", data={"current": "guess guess"}).status_code == 422
    assert browser.post("/account/codes", data={"current": PASSWORD}).headers["Location"].startswith("/account/codes?")
    assert browser.post("/account/app/removal", data={"current": PASSWORD}).status_code == 303
    assert sign_in(city.as_(None), "小满") == 303
    assert browser.post("/account/codes", data={"current": PASSWORD}).status_code == 404


def test_a_role_that_asks_for_it_keeps_it(city: City) -> None:
    reviewer = city.as_("reviewer")
    assert reviewer.post("/account/app/removal", data={"current": PASSWORD}).status_code == 404


def test_of_an_account_that_is_forgotten_nothing_stays(city: City, browser: FlaskClient, tmp_path: Path) -> None:
    set_up(city, browser, current=PASSWORD)
    city.accounts.forget("volunteer")
    assert browser.get("/me/record").status_code == 303
    assert sign_in(city.as_(None), "小满") == 422
    assert city.accounts.names_of("volunteer") == {}


def test_the_same_password_again_is_not_said_to_be_another(city: City, browser: FlaskClient) -> None:
    answer = browser.post("/account/password", data={"current": PASSWORD, "password": PASSWORD})
    assert answer.status_code == 422
    assert "和现在的密码一样" in answer.text
    assert not told(city, FactorChanged)


def test_whoever_has_no_password_is_not_asked_for_one(city: City) -> None:
    city.do(RegisterPerson("head", "管理员01", organisation="union"))
    city.do(GrantRole("head", "administrator", "union"))
    browser = city.as_("head")
    pages = ("/account", "/account/app", "/account/passkeys/new", "/providers/union")
    for page in pages:
        assert 'type="password" id="' in browser.get(page).text, page
        assert "你没有密码" not in browser.get(page).text, page
    with city.accounts.write() as connection:
        connection.execute(update(account).values(password=None))
    for page in pages:
        assert 'autocomplete="current-password"' not in browser.get(page).text, page
        assert '<input type="hidden" name="current" value="-">' in browser.get(page).text, page


def test_a_password_that_was_left_out_is_no_attempt(city: City, browser: FlaskClient) -> None:
    secret, sealed = offered(browser.get("/account/app").text)
    for _ in range(30):
        answer = browser.post("/account/app", data={"sealed": sealed, "code": code(city, secret), "current": ""})
        assert answer.status_code == 422
        assert "这一项要填。" in answer.text


def test_whoever_leaves_reads_so(browser: FlaskClient) -> None:
    assert "已经退出。" in browser.post("/sign-out", follow_redirects=True).text
    assert "已经退出。" not in browser.get("/sign-in").text
