"""A form whose session ended in the meantime waits for whoever typed it, sealed and not for long, and for nobody else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from ledger.place import Place
from tests.web.conftest import City, opened_city
from tests.web.test_accounts_sign_in import sign_in
from web import accounts_kept
from web.kept import Kept

WORDS = "唐果 & <果>"


@pytest.fixture
def city(engine: str, city_place: Callable[[str], Place]) -> Iterator[City]:
    """The real thing on either engine; the owner and a colleague sign in with a password."""
    for town in opened_city(city_place(engine)):
        town.app.config["WTF_CSRF_ENABLED"] = True
        for person in ("owner", "colleague"):
            town.open_account(person)
        yield town


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def typed(browser: FlaskClient, path: str = "/people/new", *names: str) -> dict[str, str]:
    page = browser.get(path).text
    return {name: hidden(page, name) for name in ("csrf_token", "typed_by", "command", *names)} | {"name": WORDS}


def enter(browser: FlaskClient, person: str, after: str) -> str:
    """Sign in with a password from the page that one was sent to; where one gets to."""
    page = browser.get(after).text
    token = {"csrf_token": hidden(page, "csrf_token"), "next": hidden(page, "next")}
    data = token | {"name": f"user-{person}", "password": "雨后青石板 三只白鹭"}
    return browser.post("/sign-in", data=data, follow_redirects=True).text


def test_a_session_that_ended_by_itself_loses_nothing_that_was_typed(city: City) -> None:
    browser = city.as_("owner")
    form = typed(browser)
    city.now += timedelta(hours=9)
    answer = browser.post("/people", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/sign-in/form")
    assert "写的都还在" in browser.get(answer.headers["Location"]).text
    again = enter(browser, "owner", answer.headers["Location"])
    assert 'action="/people"' in again
    back = {name: hidden(again, name) for name in ("csrf_token", "typed_by", "command", "name")}
    assert (back["name"], back["command"]) == (WORDS, form["command"])
    assert "建好了档案。" in browser.post("/people", data=back, follow_redirects=True).text


def test_signing_out_in_another_window_loses_nothing_either(city: City) -> None:
    browser = city.as_("owner")
    form = typed(browser)
    browser.post("/sign-out", data={"csrf_token": form["csrf_token"]})
    answer = browser.post("/people", data=form)
    assert answer.status_code == 400
    assert "写的都还在" in answer.text
    way = re.search(r'href="(/sign-in\?next=[^"]+)"', answer.text)
    assert way
    assert hidden(enter(browser, "owner", html.unescape(way[1])), "name") == WORDS


def test_whoever_comes_back_by_another_door_finds_it_too(city: City) -> None:
    browser = city.as_("owner")
    form = typed(browser)
    city.now += timedelta(hours=9)
    browser.post("/people", data=form)
    assert 'name="name" value="唐果' in enter(browser, "owner", "/sign-in")


def test_nobody_else_sees_it_in_the_same_browser_or_in_another(city: City) -> None:
    browser = city.as_("owner")
    form = typed(browser)
    city.now += timedelta(hours=9)
    after = browser.post("/people", data=form).headers["Location"]
    assert "唐果" not in enter(browser, "colleague", after)
    assert browser.get("/sign-in/form").status_code == 302
    assert city.as_("owner").get("/sign-in/form").status_code == 302, "another browser of theirs"


def test_it_waits_an_hour_and_five_of_them_at_most(city: City) -> None:
    kept = [
        accounts_kept.keep(city.accounts, Kept("owner", "/people", [("n", str(n))]), city.now + timedelta(seconds=n))
        for n in range(7)
    ]
    at = city.now + timedelta(minutes=59)
    found = [accounts_kept.find(city.accounts, token or "", "owner", at) for token in kept]
    assert [form and form.fields[0][1] for form in found] == [None, None, "2", "3", "4", "5", "6"]
    assert accounts_kept.find(city.accounts, kept[6] or "", "colleague", at) is None
    assert accounts_kept.find(city.accounts, kept[6] or "", "owner", at + timedelta(minutes=2)) is None
    assert accounts_kept.keep(city.accounts, Kept("owner", "/people", [("n", "长" * 30_000)]), at) is None


def test_no_password_is_kept_and_nothing_that_a_stranger_made_up(city: City) -> None:
    browser = city.as_("owner")
    form = typed(browser)
    city.now += timedelta(hours=9)
    for wrong in ({"current": "雨后青石板"}, {"typed_by": form["typed_by"] + "x"}, {"typed_by": ""}):
        answer = browser.post("/people", data=form | wrong)
        assert answer.headers["Location"] == "/sign-in?next=/", wrong


def test_what_waits_is_sealed_and_goes_with_its_person(city: City) -> None:
    token = accounts_kept.keep(city.accounts, Kept("owner", "/people", [("name", WORDS)]), city.now)
    with city.accounts.read() as connection:
        row = connection.exec_driver_sql("SELECT token, person, form FROM account_kept").one()
    assert token not in row
    assert WORDS.encode() not in bytes(row.form)
    city.accounts.forget("owner")
    assert accounts_kept.find(city.accounts, token or "", "owner", city.now) is None


def test_the_session_has_another_token_after_the_password_changed(city: City) -> None:
    city.app.config["WTF_CSRF_ENABLED"] = False
    browser, thief = city.as_(None), city.as_(None)
    sign_in(browser, "user-colleague")
    with browser.session_transaction() as mine, thief.session_transaction() as copied:
        copied["token"] = before = mine["token"]
    assert thief.get("/me/record").status_code == 200
    data = {"current": "雨后青石板 三只白鹭", "password": "晒谷场 铁皮饼干盒"}
    assert browser.post("/account/password", data=data).status_code == 303
    with browser.session_transaction() as mine:
        assert mine["token"] != before
    assert [one.get("/me/record").status_code for one in (browser, thief)] == [200, 303]
