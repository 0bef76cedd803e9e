"""A forgotten password and word of what changes, by mail: from the page through the log and the outbox to the mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from domain.accounts import FactorChanged, RecoveryAsked, SignedIn
from domain.contacts import ChangeContact
from domain.roles import GrantRole
from ledger.place import Place
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_second import code, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from tests.workers.mailbox import Mailbox
from workers.drain import Desk, drain, follow

NEW = "晒谷场 铁皮饼干盒"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def city(engine: str, city_place: Callable[[str], Place], box: Mailbox) -> Iterator[City]:
    """The real thing on either engine, with mail; He Xiaoman signs in, and is written to at an address since long ago."""
    for town in opened_city(city_place(engine)):
        town.open_account("volunteer", "小满")
        town.do(ChangeContact("volunteer", "xiaoman@example.org"), at=town.now - timedelta(days=9))
        desk_of(town).channel = box.channel
        deliver(town)
        box.mails.clear()
        yield town


def desk_of(city: City) -> Desk:
    desk: Desk = city.app.extensions["desk"]
    return desk


def deliver(city: City) -> None:
    """What the workers do."""
    follow(desk_of(city))
    drain(desk_of(city), "mail")


def ask(city: City, name: str = "小满", browser: FlaskClient | None = None) -> Any:
    return (browser or city.as_(None)).post("/sign-in/forgotten", data={"name": name}, buffered=True)


def text_of(box: Mailbox, place: int = -1) -> str:
    body = box.mails[place].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(box: Mailbox, place: int = -1) -> str:
    found = re.search(r"https://liandong\.example\.org(/enter/[\w-]+)", text_of(box, place))
    assert found, text_of(box, place)
    return found[1]


def test_a_forgotten_password_is_set_anew_by_a_link_in_the_mail(city: City, box: Mailbox) -> None:
    elsewhere = city.as_("volunteer")
    assert ask(city).status_code == 200
    deliver(city)
    assert [(mail["To"], mail["Subject"]) for mail in box.mails] == [("xiaoman@example.org", "找回密码")]
    browser, path = city.as_(None), link_in(box)
    page = browser.get(path).text
    assert 'name="password"' in page
    assert 'name="phone"' not in page, "the mail brings back in and changes no name"
    assert browser.post(path, data={"password": NEW, "name": "别的"}).status_code == 303
    assert [one.get("/me/record").status_code for one in (browser, elsewhere)] == [200, 303]
    assert [sign_in(city.as_(None), "小满", word) for word in (PASSWORD, NEW)] == [422, 303]
    assert city.as_(None).get(path).status_code == 404
    assert told(city, RecoveryAsked) == [RecoveryAsked("volunteer")]
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "password", "renewed")]
    deliver(city)
    assert [mail["Subject"] for mail in box.mails[1:]] == ["新设备登录", "密码换了"]


def test_the_answer_is_the_same_for_nobody_and_nobody_gets_mail(city: City, box: Mailbox) -> None:
    answers = [ask(city, name) for name in ("小满", "nobody", "xiaoman@example.org")]
    deliver(city)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({re.sub(r"[0-9a-f]{100,}", "", answer.text) for answer in answers}) == 1
    assert "有这个账号" in answers[0].text
    assert len(box.mails) == 1
    assert ask(city, "").status_code == 422


def test_the_link_is_not_in_the_log_nor_in_the_outbox_and_dies_in_half_an_hour(
    city: City, box: Mailbox, tmp_path: Path
) -> None:
    ask(city)
    deliver(city)
    token = link_in(box).rpartition("/")[2]
    assert all(token not in repr(recorded) for recorded in city.house.ledger.replay())
    if city.house.place.url is None:
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
        assert token.encode() not in kept
    city.now += timedelta(minutes=29)
    assert city.as_(None).get(link_in(box)).status_code == 200
    city.now += timedelta(minutes=1)
    assert city.as_(None).get(link_in(box)).status_code == 404


def test_whoever_asks_again_and_again_takes_no_link_away_and_locks_nobody_out(city: City, box: Mailbox) -> None:
    browser = city.as_(None)
    sign_in(browser, "小满")
    by_hand = re.search(
        r"http://localhost(/enter/[\w-]+)", city.as_("owner").post("/people/volunteer/access/link").text
    )
    assert by_hand
    statuses = [ask(city).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert [ask(city, "nobody").status_code for _ in range(4)] == [200, 200, 200, 429], (
        "as if there were such an account"
    )
    assert ask(city, browser=browser).status_code == 200, "their own device has a count of its own"
    deliver(city)
    ways = [n for n, mail in enumerate(box.mails) if mail["Subject"] == "找回密码"]
    assert len(ways) == 4
    for path in (by_hand[1], *(link_in(box, n) for n in ways)):
        assert city.as_(None).get(path).status_code == 200
    city.as_(None).post(link_in(box, ways[1]), data={"password": NEW})
    assert {city.as_(None).get(path).status_code for path in (by_hand[1], link_in(box, ways[0]))} == {404}


def test_the_second_factor_is_asked_for_all_the_same(city: City, box: Mailbox) -> None:
    signed_in = city.as_(None)
    sign_in(signed_in, "小满")
    secret, _ = set_up(city, signed_in, current=PASSWORD)
    ask(city)
    deliver(city)
    browser, path = city.as_(None), link_in(box)
    assert browser.post(path, data={"password": NEW}).headers["Location"].startswith("/sign-in/code")
    assert browser.get("/me/record").status_code == 303
    city.now += timedelta(seconds=31)
    assert browser.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303
    assert told(city, SignedIn)[-1] == SignedIn("volunteer", "link", "totp")


def test_without_a_mail_server_or_an_address_of_this_site_the_page_says_so(city: City, box: Mailbox) -> None:
    desk_of(city).channel = None
    assert "这里不能用邮箱找回" in city.as_(None).get("/sign-in/forgotten").text
    answers = [ask(city, name) for name in ("小满", "nobody")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].text == answers[1].text
    assert told(city, RecoveryAsked) == []


def test_an_address_that_was_just_written_into_the_file_brings_nobody_in(city: City, box: Mailbox) -> None:
    city.do(ChangeContact("volunteer", "evil@example.org"))
    ask(city)
    deliver(city)
    assert [(mail["To"], mail["Subject"]) for mail in box.mails] == [("xiaoman@example.org", "收信的邮箱改了")]
    city.now += timedelta(days=1)
    ask(city)
    deliver(city)
    assert (box.mails[-1]["To"], box.mails[-1]["Subject"]) == ("evil@example.org", "找回密码")


def test_whoever_signs_in_with_an_address_is_brought_back_there(city: City, box: Mailbox) -> None:
    with city.accounts.renaming("volunteer", ["Signs-In@example.org"]):
        pass
    ask(city, "signs-in@example.ORG")
    deliver(city)
    assert [mail["To"] for mail in box.mails] == ["Signs-In@example.org"]


def test_nobody_redirects_the_mail_of_somebody_above_them(city: City) -> None:
    city.do(GrantRole("colleague", "administrator", "centre"))
    data = {"email": "evil@example.org", "language": "zh"}
    answer = city.as_("owner").post("/people/colleague/contact", data=data)
    assert answer.status_code == 409
    assert "由本人自己改" in answer.text
    assert city.as_("owner").post("/people/volunteer/contact", data=data).status_code == 303
    assert city.as_("colleague").post("/people/colleague/contact", data=data).status_code == 303


def test_the_old_address_hears_of_a_new_one_and_of_new_names(city: City, box: Mailbox) -> None:
    browser = city.as_("volunteer")
    with city.accounts.renaming("volunteer", ["小满", "old@example.org"]):
        pass
    data = {"name": "小满", "email": "new@example.org", "current": PASSWORD}
    assert browser.post("/account/names", data=data).status_code == 303
    city.do(ChangeContact("volunteer", "xiaoman@example.org", "en"), actor="volunteer")
    city.do(ChangeContact("volunteer", "other@example.org", "en"), actor="volunteer")
    city.now += timedelta(minutes=1)
    deliver(city)
    assert [(mail["To"], mail["Subject"]) for mail in box.mails] == [
        ("xiaoman@example.org", "Your address changed"),
        ("old@example.org", "Sign-in names changed"),
    ]


def test_a_link_that_changes_the_names_tells_the_old_address_too(city: City, box: Mailbox) -> None:
    with city.accounts.renaming("volunteer", ["old@example.org"]):
        pass
    path = re.search(r"http://localhost(/enter/[\w-]+)", city.as_("owner").post("/people/volunteer/access/link").text)
    assert path
    assert city.as_(None).post(path[1], data={"email": "new@example.org", "password": NEW}).status_code == 303
    city.now += timedelta(minutes=1)
    deliver(city)
    assert ("old@example.org", "登录名改了") in [(mail["To"], mail["Subject"]) for mail in box.mails]


def test_every_change_of_what_one_signs_in_with_is_told_with_what_to_do(city: City, box: Mailbox) -> None:
    browser = city.as_(None)
    sign_in(browser, "小满")
    _, codes = set_up(city, browser, current=PASSWORD)
    again = city.as_(None)
    sign_in(again, "小满")
    again.post("/sign-in/code", data={"code": codes[0]})
    again.post("/account/codes", data={"current": PASSWORD})
    again.post("/account/app/removal", data={"current": PASSWORD})
    deliver(city)
    told_of = [mail["Subject"] for mail in box.mails]
    assert sorted(told_of) == sorted(
        ["新设备登录", "加上了验证码", "用掉了一个恢复码", "新设备登录", "恢复码换了一套", "验证码撤下了"]
    )
    for place in range(len(box.mails)):
        assert "不是你做的" in text_of(box, place)
        assert "https://liandong.example.org/account" in text_of(box, place)
    html = box.mails[0].get_body(("html",))
    assert html is not None
    assert "何小满" in str(html.get_content())


def test_a_device_that_is_known_is_not_told_of(city: City, box: Mailbox) -> None:
    browser = city.as_(None)
    for _ in range(2):
        sign_in(browser, "小满")
    deliver(city)
    assert [mail["Subject"] for mail in box.mails] == ["新设备登录"]
    assert [event.unknown_device for event in told(city, SignedIn)] == [True, False]  # type: ignore[attr-defined]  # SignedIn
