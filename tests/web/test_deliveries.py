"""The page of what is due: its own organisations' only, with what to do about it; a retry is on the record and is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.contacts import ChangeContact
from domain.sign_up import SignUp, Withdraw
from projections.deliveries import of_outcome
from tests.web.conftest import World
from tests.workers.mailbox import Mailbox
from web.house import new_id
from workers.drain import LANES, Desk, drain, follow


@pytest.fixture
def desk(world: World) -> Desk:
    """The workers' desk of the house, where a reminder of one person came due and no mail server was set."""
    world.do(ChangeContact("volunteer", "xiaoman@example.org"), actor="volunteer")
    world.do(SignUp(world.open_activity(), "volunteer"), actor="volunteer")
    world.do(SignUp("a1.1", "second"), actor="second")
    found: Desk = world.app.extensions["desk"]
    world.now += timedelta(days=2)
    work(found)
    return found


def work(desk: Desk) -> None:
    follow(desk)
    for lane in LANES:
        drain(desk, lane)


def keys(desk: Desk, outcome: str) -> list[str]:
    with desk.outbox.kept.read() as connection:
        return [one.key for one in of_outcome(connection, outcome, None, 10)]


def test_what_could_not_be_sent_is_listed_with_the_reason(world: World, desk: Desk) -> None:
    browser = world.as_("owner")
    page = browser.get("/deliveries?outcome=no_channel").text
    assert "没有设置发信的邮箱服务器" in page
    for words in ("开始前提醒", "何小满", "“爱心义剪进厂区”11月25日 09:00", "设好发信的服务器以后可以再试"):
        assert words in page
    assert "陆青禾" in browser.get("/deliveries?outcome=nobody").text
    assert "没有办不成的事" in browser.get("/deliveries").text
    assert "没有办不成的事" in browser.get("/deliveries?outcome=rubbish&page=-3").text


def test_another_agency_sees_nothing_and_retries_nothing(world: World, desk: Desk) -> None:
    stranger = world.as_("stranger")
    assert "何小满" not in stranger.get("/deliveries?outcome=no_channel").text
    (key,) = keys(desk, "no_channel")
    head = world.house.ledger.store.head()
    assert stranger.post("/deliveries?outcome=no_channel", data={"key": key}).status_code == 404
    assert stranger.post("/deliveries", data={"key": "reminder-99999"}).status_code == 404
    assert world.as_("volunteer").get("/deliveries").status_code == 404
    assert world.house.ledger.store.head() == head


def test_a_retry_is_on_the_record_and_sends_the_mail(world: World, desk: Desk) -> None:
    browser, (key,) = world.as_("owner"), keys(desk, "no_channel")
    with Mailbox() as box:
        desk.channel = box.channel
        form = {"key": key, "command": new_id("c")}
        for _ in range(2):
            answer = browser.post("/deliveries?outcome=no_channel", data=form)
            assert answer.status_code == 303
        assert "请过再试，正在排队" in browser.get("/deliveries?outcome=no_channel").text
        work(desk)
        assert [str(mail["To"]) for mail in box.mails] == ["xiaoman@example.org"]
    assert "办好" in browser.get("/deliveries?outcome=done").text
    retries = [event for event in world.house.ledger.replay() if event.event.topic == "delivery.retried"]
    assert [event.actor for event in retries] == ["owner"]
    told = browser.get(f"/events/{retries[0].position}").text
    assert "让系统再试一次：开始前提醒" in told


def test_what_is_done_or_superseded_is_not_tried_again(world: World, desk: Desk) -> None:
    browser, (key,) = world.as_("owner"), keys(desk, "no_channel")
    world.do(Withdraw("a1.1", "volunteer", "volunteer"), override="本人来电")
    assert "后来的事取代了它" in browser.get("/deliveries?outcome=no_channel").text
    head = world.house.ledger.store.head()
    browser.post("/deliveries?outcome=no_channel", data={"key": key})
    assert "1 件不用再办" in browser.get("/deliveries").text
    assert world.house.ledger.store.head() == head


def test_nothing_ticked_is_told(world: World, desk: Desk) -> None:
    answer = world.as_("owner").post("/deliveries?outcome=no_channel", data={})
    assert answer.status_code == 422
    assert "一件都没有选" in answer.text


def test_what_waits_is_shown_before_it_is_due(world: World) -> None:
    world.do(SignUp(world.open_activity(), "volunteer"), actor="volunteer")
    follow(world.app.extensions["desk"])
    page = world.as_("owner").get("/deliveries?outcome=waiting").text
    assert "开始前提醒" in page
    assert "没有签到的记为缺席" in page
    assert "到时间就办" in page


def test_people_say_themselves_where_they_are_written_to(world: World) -> None:
    browser = world.as_("volunteer")
    assert "没有邮箱" in browser.get("/people/volunteer").text
    answer = browser.post("/people/volunteer/contact", data={"email": "xiaoman@example.org", "language": "en"})
    assert answer.status_code == 303
    page = browser.get("/people/volunteer").text
    assert "xiaoman@example.org" in page
    assert "英文" in page
    reviewed = world.as_("reviewer").get("/people/volunteer").text
    assert "有邮箱" in reviewed
    assert "xiaoman@example.org" not in reviewed
    browser.post("/people/volunteer/contact", data={"email": "", "language": "zh"})
    assert "没有邮箱" in browser.get("/people/volunteer").text


def test_an_address_that_is_none_comes_back_with_what_was_typed(world: World) -> None:
    answer = world.as_("owner").post("/people/volunteer/contact", data={"email": "xiaoman", "language": "xx"})
    assert answer.status_code == 422
    for words in ("邮箱地址不对", 'value="xiaoman"', "请从列出的里面选一个"):
        assert words in answer.text
    assert world.as_("second").post("/people/volunteer/contact", data={"email": "a@b.org"}).status_code == 404


def test_figures_tell_how_long_work_has_waited(world: World, desk: Desk) -> None:
    figures = world.app.extensions["outbox"]()
    assert figures == {"waiting": 1, "dead": 0, "oldest_seconds": 0.0}
    world.now += timedelta(days=9)
    assert world.app.extensions["outbox"]()["oldest_seconds"] > 0


def test_the_terminal_shows_what_waits_and_tries_again(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    (key,) = keys(desk, "no_channel")
    shown = said(world, "outbox")
    for words in ("没有发信渠道 1", "没有设置 SMTP_URL", "absence"):
        assert words in shown
    with Mailbox() as box:
        desk.channel = box.channel
        assert "办好了" in said(world, "outbox", "retry", key)
        assert len(box.mails) == 1
    assert "办好了，不能再试" in said(world, "outbox", "retry", key)
    assert "没有这一件" in said(world, "outbox", "retry", "reminder-0")
    for command in ("worker", "cron"):
        assert "没有设置 REDIS_URL" in said(world, command)


def said(world: World, *arguments: str) -> str:
    return world.app.test_cli_runner().invoke(args=list(arguments)).output
