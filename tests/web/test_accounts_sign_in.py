"""Signing in with a password: under each kind of name, without telling strangers anything, into a session that the server keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from app import create_app
from domain.accounts import SessionsEnded, SignedIn, SignInFailed
from domain.duplicates import MergePersons
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from tests import thrift
from tests.web.conftest import PASSWORD, City
from web import accounts_secrets
from web.house import House

WIDE = "".join(chr(ord(digit) + 0xFEE0) for digit in "13800000000")
"""A number as a Chinese keyboard may write it."""


def sign_in(browser: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> int:
    return browser.post("/sign-in", data={"name": name, "password": password} | more, buffered=True).status_code


def told(city: City, kind: type) -> list[object]:
    return [recorded.event for recorded in city.house.ledger.replay() if isinstance(recorded.event, kind)]


@pytest.fixture
def volunteer(city: City) -> City:
    """He Xiaoman signs in under a number, an address or a name."""
    city.open_account("volunteer", "小满")
    with city.accounts.renaming("volunteer", ["138 0000 0000", "Xiaoman@Example.org", "小满"]):
        pass
    return city


@pytest.mark.parametrize("name", ["13800000000", "+86 138-0000-0000", WIDE, "xiaoman@example.ORG", " 小满 ", "小 满"])
def test_one_signs_in_by_phone_address_or_name_however_it_is_typed(volunteer: City, name: str) -> None:
    browser = volunteer.as_(None)
    answer = browser.post("/sign-in", data={"name": name, "password": PASSWORD, "next": "/me/record"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/record")
    assert "何小满" in browser.get("/activities").text
    assert told(volunteer, SignedIn) == [SignedIn("volunteer", "password", unknown_device=True)]


def test_a_stranger_learns_nothing_from_a_refusal(volunteer: City) -> None:
    browser = volunteer.as_(None)
    answers = [
        browser.post("/sign-in", data={"name": name, "password": "falsch falsch"}, buffered=True)
        for name in ("小满", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    first, second = (re.sub(r"小满|nobody|[0-9a-f]{100,}|[\w-]{43}", "", answer.text) for answer in answers)
    assert first == second
    assert "登录名或密码不对" in first
    assert told(volunteer, SignInFailed) == [SignInFailed("volunteer", "password")]


def test_where_there_is_no_account_a_password_is_hashed_all_the_same(
    volunteer: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str | None] = []

    def looks(stored: str | None, _password: str) -> bool:
        looked_at.append(stored)
        return False

    monkeypatch.setattr("web.signin.is_right", looks)
    for name in ("小满", "nobody"):
        sign_in(volunteer.as_(None), name)
    assert len(looked_at) == 2


def test_signing_in_leads_to_no_other_site(volunteer: City) -> None:
    answer = volunteer.as_(None).post("/sign-in", data={"name": "小满", "password": PASSWORD, "next": "//evil.example"})
    assert answer.headers["Location"] == "/"


def test_a_session_is_new_at_every_sign_in(volunteer: City) -> None:
    browser = volunteer.as_(None)
    with browser.session_transaction() as session:
        session["token"] = planted = "planted by somebody else"
        session["csrf_token"] = "known to somebody else"
    tokens = {planted}
    for _ in range(2):
        sign_in(browser, "小满")
        with browser.session_transaction() as session:
            tokens.add(session["token"])
            assert session.get("csrf_token") != "known to somebody else"
    assert len(tokens) == 3


def test_signing_out_ends_the_session_for_whoever_copied_the_cookie(volunteer: City) -> None:
    browser, thief = volunteer.as_(None), volunteer.as_(None)
    sign_in(browser, "小满")
    with browser.session_transaction() as mine, thief.session_transaction() as copied:
        copied["token"] = mine["token"]
    assert thief.get("/me/record").status_code == 200
    browser.post("/sign-out")
    assert thief.get("/me/record").status_code == 303
    assert told(volunteer, SessionsEnded) == [SessionsEnded("volunteer", "left")]


@pytest.mark.parametrize(
    ("person", "idle", "most"),
    [("volunteer", timedelta(days=14), timedelta(days=90)), ("owner", timedelta(hours=8), timedelta(days=1))],
)
def test_a_session_ends_by_itself(city: City, person: str, idle: timedelta, most: timedelta) -> None:
    city.open_account(person, "somebody")
    browser, begun = city.as_(None), city.now
    sign_in(browser, "somebody")
    while city.now + idle * 0.9 < begun + most:
        city.now += idle * 0.9
        assert browser.get("/me/record").status_code == 200
    city.now = begun + most
    assert browser.get("/me/record").status_code == 303
    sign_in(browser, "somebody")
    city.now += idle
    assert browser.get("/me/record").status_code == 303


def test_whoever_got_an_office_keeps_no_long_session(volunteer: City) -> None:
    browser = volunteer.as_(None)
    sign_in(browser, "小满")
    volunteer.now += timedelta(hours=9)
    assert browser.get("/me/record").status_code == 200
    volunteer.do(GrantRole("volunteer", "organiser", "centre"))
    assert browser.get("/me/record").status_code == 200
    volunteer.now += timedelta(hours=9)
    for _ in range(2):
        assert browser.get("/me/record").status_code == 303, "and asking again does not bring it back"


def test_what_is_kept_signs_nobody_in(volunteer: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thrift.use(monkeypatch, thrift.REAL_HASHER)
    volunteer.accounts.change("volunteer", password=accounts_secrets.hashed(PASSWORD))
    browser = volunteer.as_(None)
    sign_in(browser, "小满")
    with browser.session_transaction() as session:
        token = session["token"]
    device = browser.get_cookie("device")
    assert device
    volunteer.accounts.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    for secret in (
        PASSWORD,
        token,
        device.value,
        "13800000000",
        "138 0000 0000",
        "xiaoman@example.org",
        "Xiaoman@Example.org",
    ):
        assert secret.encode() not in kept
    assert b"$argon2id$v=19$m=47104,t=1,p=1$" in kept


def test_a_password_of_earlier_parameters_is_hashed_anew(volunteer: City) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    volunteer.accounts.change("volunteer", password=weaker.hash(PASSWORD))
    assert sign_in(volunteer.as_(None), "小满") == 303
    found = volunteer.accounts.find("volunteer")
    assert found
    assert found.password
    assert not accounts_secrets.is_outdated(found.password)


def test_a_file_that_was_merged_away_says_what_to_do(volunteer: City) -> None:
    volunteer.do(MergePersons("volunteer", "second"), reason="同一人")
    answer = volunteer.as_(None).post("/sign-in", data={"name": "小满", "password": PASSWORD})
    assert answer.status_code == 409
    assert "已经并入另一份" in answer.text


def test_behind_https_cookies_belong_to_this_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "1")
    app = create_app(tmp_path, is_tryout=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    city = City(app)
    city.do(RegisterPerson("volunteer", "何小满"))
    city.open_account("volunteer", "小满")
    answer = app.test_client().post(
        "/sign-in", data={"name": "小满", "password": PASSWORD}, base_url="https://localhost"
    )
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-session", "__Host-device"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    city.accounts.close()
    house: House = app.extensions["liandong"]
    house.close()


def test_whoever_is_in_already_reads_as_whom(city: City) -> None:
    assert "你已经登录了" not in city.as_(None).get("/sign-in").text
    assert "现在是何小满" in city.as_("volunteer").get("/sign-in").text
