"""Signing in: in the try-out one picks a person, in the real thing nobody can, and afterwards one goes where one wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from tests.web.conftest import World


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
