"""Signing in: in the try-out one picks a person, in the real thing nobody can, and afterwards one goes where one wanted."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests.web.conftest import World

pytestmark = pytest.mark.either_engine


@pytest.fixture
def stage(world: World) -> World:
    """The cast of the try-out."""
    world.house.cast = {"volunteer": "报一个名", "owner": "收尾一场活动", "ghost": "不在"}
    return world


def test_the_try_out_shows_who_is_good_for_what(stage: World) -> None:
    page = stage.as_(None).get("/sign-in").text
    for words in ("何小满", "报一个名", "社工03", "收尾一场活动", "志愿者"):
        assert words in page
    assert "不在" not in page.replace("不在任何", "")


def test_whoever_wanted_a_page_gets_there_after_signing_in(stage: World) -> None:
    browser = stage.as_(None)
    asked = browser.get("/people?q=hx")
    assert asked.headers["Location"].startswith("/sign-in?next=")
    assert 'name="next" value="/people?q=hx"' in browser.get(asked.headers["Location"]).text
    assert (
        browser.post("/sign-in", data={"person": "owner", "next": "/people?q=hx"}).headers["Location"] == "/people?q=hx"
    )
    assert browser.get("/people?q=hx").status_code == 200


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "javascript:1"]
)
def test_one_is_never_sent_to_another_site(stage: World, next_: str) -> None:
    assert stage.as_(None).post("/sign-in", data={"person": "owner", "next": next_}).headers["Location"] == "/"


def test_nobody_becomes_a_person_who_is_not_there(stage: World) -> None:
    assert stage.as_(None).post("/sign-in", data={"person": "ghost"}).status_code == 404


def test_signing_out_ends_it(stage: World) -> None:
    browser = stage.as_("owner")
    assert browser.get("/people").status_code == 200
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/people").status_code == 303


def test_a_form_sent_after_signing_out_leads_back_in(stage: World) -> None:
    stage.app.config["WTF_CSRF_ENABLED"] = True
    answer = stage.as_(None).post("/people", headers={"Referer": "http://localhost/people/new"})
    assert answer.status_code == 400
    assert "你现在没有登录" in answer.text
    assert "什么都没有记下" in answer.text
    assert 'href="/sign-in?next=/people/new"' in answer.text


def test_a_form_of_somebody_else_or_of_long_ago_is_told_so(stage: World) -> None:
    stage.app.config["WTF_CSRF_ENABLED"] = True
    answer = stage.as_("owner").post("/people")
    assert answer.status_code == 400
    assert "换了一个人登录" in answer.text
    assert "社工03" in answer.text


def test_an_address_that_only_takes_what_a_button_sends_says_so(stage: World) -> None:
    answer = stage.as_("owner").get("/sign-out")
    assert answer.status_code == 405
    assert "这个网址不是一页" in answer.text


def test_an_empty_try_out_says_how_to_fill_it(world: World) -> None:
    assert "演示的人还没有来" in world.as_(None).get("/sign-in").text


def test_the_real_thing_lets_nobody_pick(tmp_path: Path) -> None:
    app = create_app(tmp_path, is_tryout=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    browser = app.test_client()
    assert "挑一个人" not in browser.get("/sign-in").text
    assert browser.post("/sign-in", data={"person": "owner"}).status_code == 422
    with browser.session_transaction() as session:
        session["person"] = "owner"  # a cookie of a try-out on the same machine
    assert browser.get("/people").status_code == 303
    app.extensions["liandong"].close()


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def typed_before_signing_out(stage: World) -> tuple[FlaskClient, dict[str, str]]:
    """A browser in which somebody filled a form and signed out in another window, and the form."""
    stage.app.config["WTF_CSRF_ENABLED"] = True
    browser = stage.as_("owner")
    page = browser.get("/people/new").text
    form = {name: hidden(page, name) for name in ("csrf_token", "typed_by", "command")} | {"name": "唐果 & <果>"}
    browser.post("/sign-out", data={"csrf_token": form["csrf_token"]})
    return browser, form


def test_what_was_typed_is_carried_through_signing_in_again(stage: World) -> None:
    browser, form = typed_before_signing_out(stage)
    answer = browser.post("/people", data=form)
    assert answer.status_code == 400
    assert "写的都还在" in answer.text
    carried = {name: hidden(answer.text, name) for name in ("csrf_token", "person", "kept")}
    again = browser.post("/sign-in", data=carried).text
    assert 'action="/people"' in again
    typed = {name: hidden(again, name) for name in ("csrf_token", "typed_by", "command", "name")}
    assert typed["name"] == "唐果 & <果>"
    assert typed["command"] == form["command"]
    assert "建好了档案。" in browser.post("/people", data=typed, follow_redirects=True).text


def test_what_was_typed_is_never_carried_to_somebody_else(stage: World) -> None:
    browser, form = typed_before_signing_out(stage)
    answer = browser.post("/people", data=form).text
    carried = {name: hidden(answer, name) for name in ("csrf_token", "kept")}
    other = browser.post("/sign-in", data=carried | {"person": "volunteer"})
    assert other.status_code == 303
    told = browser.post("/people", data=form)
    assert "换了一个人登录" in told.text
    assert "唐果" not in told.text


def test_a_form_that_does_not_say_truly_who_typed_it_is_not_kept(stage: World) -> None:
    browser, form = typed_before_signing_out(stage)
    for mark in ("", "owner", form["typed_by"] + "x"):
        answer = browser.post("/people", data=form | {"typed_by": mark})
        assert "写的都还在" not in answer.text
        assert "唐果" not in answer.text


def test_whoever_is_signed_in_again_sends_what_they_typed_at_once(stage: World) -> None:
    browser, form = typed_before_signing_out(stage)
    browser.post("/sign-in", data={"person": "owner", "csrf_token": hidden(browser.get("/sign-in").text, "csrf_token")})
    answer = browser.post("/people", data=form)
    assert answer.status_code == 400
    typed = {name: hidden(answer.text, name) for name in ("csrf_token", "typed_by", "command", "name")}
    assert "建好了档案。" in browser.post("/people", data=typed, follow_redirects=True).text


def test_the_tryout_never_opens_the_database_of_a_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://city@127.0.0.1:1/city")
    answer = create_app(is_tryout=True).test_client().get("/")
    assert answer.status_code == 503
    assert "试用里谁都可以扮成别人" in answer.text
