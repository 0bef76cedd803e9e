"""Joining by oneself on the pages: heads decide where, strangers learn nothing, and nothing more than a volunteer comes of it."""

from __future__ import annotations

import pytest

from domain.joining import JoiningOpened
from domain.people import Registered
from domain.roles import GrantRole
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_limits import from_network
from tests.web.test_accounts_sign_in import sign_in, told

ASKED = {"organisation": "centre", "called": "卫一禾", "phone": "13800000000", "password": PASSWORD, "adult": "1"}


@pytest.fixture
def opened(city: City) -> City:
    """The centre lets people join by themselves."""
    city.do(GrantRole("owner", "station_lead", "centre"))
    city.as_("owner").post("/joining/centre", data={"open": "1"})
    return city


def test_the_head_of_an_organisation_decides(opened: City) -> None:
    assert told(opened, JoiningOpened) == [JoiningOpened("centre")]
    assert 'href="/join"' in opened.as_(None).get("/sign-in").text
    page = opened.as_("owner").get("/joining").text
    assert "望海市工会社工服务中心" in page
    assert "可以自己注册" in page
    assert opened.as_("owner").post("/joining/agency", data={"open": "1"}).status_code == 404
    assert opened.as_("colleague").post("/joining/centre", data={"open": "0"}).status_code == 404
    opened.as_("owner").post("/joining/centre", data={"open": "0"})
    assert "现在没有机构开放自己注册" in opened.as_(None).get("/join").text
    assert 'href="/join"' not in opened.as_(None).get("/sign-in").text


def test_whoever_joined_signs_in_and_is_a_volunteer(opened: City) -> None:
    browser = opened.as_(None)
    assert browser.post("/join", data=ASKED).headers["Location"] == "/sign-in"
    assert sign_in(browser, "13800000000") == 303
    assert "卫一禾" in browser.get("/activities").text
    assert browser.get("/people").status_code == 404
    joined = told(opened, Registered)[-1]
    assert joined == Registered(joined.person, "卫一禾", phone="13800000000", over=18, organisation="centre")  # type: ignore[attr-defined]  # Registered


def test_a_number_that_has_an_account_is_not_told(opened: City) -> None:
    opened.open_account("volunteer", "13800000000")
    before = opened.house.ledger.store.head()
    browser = opened.as_(None)
    answers = [browser.post("/join", data=ASKED | {"phone": phone}) for phone in ("138 0000 0000", "13900000000")]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, "/sign-in")] * 2
    assert opened.house.ledger.store.head() == before + 3, "one of them joined"
    found = opened.accounts.called("13800000000")
    assert found
    assert found.person == "volunteer"


def test_the_same_form_sent_twice_joins_once(opened: City) -> None:
    data = ASKED | {"command": "c0123456789abcdef"}
    for _ in range(2):
        assert opened.as_(None).post("/join", data=data).status_code == 303
    assert sign_in(opened.as_(None), "13800000000") == 303


@pytest.mark.parametrize(
    "wrong",
    [{"phone": ""}, {"called": ""}, {"password": "password"}, {"organisation": ""}, {"password": "13800000000"}],
)
def test_what_is_wrong_is_told_and_kept(opened: City, wrong: dict[str, str]) -> None:
    answer = opened.as_(None).post("/join", data=ASKED | wrong)
    assert answer.status_code == 422
    assert 'value="13800000000"' in answer.text or wrong == {"phone": ""}


def test_nobody_joins_an_organisation_that_does_not_allow_it(opened: City) -> None:
    opened.open_account("volunteer", "13900000000")
    for phone in ("13800000000", "13900000000"):
        answer = opened.as_(None).post("/join", data=ASKED | {"organisation": "agency", "phone": phone})
        assert answer.status_code == 409
        assert "不能自己注册" in answer.text


def test_a_machine_does_not_fill_the_files(opened: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.joining.hashed", lambda _password: "x")
    browser = from_network(opened, "198.51.100.9")
    answers = [browser.post("/join", data=ASKED | {"phone": f"139{n:08}"}).status_code for n in range(61)]
    assert answers == [303] * 60 + [429]
