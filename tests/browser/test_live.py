"""Two people look at one thing: what one does, the other sees without doing anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.attendance import CheckIn
from domain.sign_up import SignUp, Withdraw
from tests.browser.conftest import NOW, WIDTHS, Doorman, Site, Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def page_of(site: Site, visit: Visit, width: int) -> tuple[str, Page]:
    """A slot with two free seats, at a time of its own, and a page on which somebody unknown looks at it."""
    starts = NOW.replace(hour=19 if width == WIDTHS["phone"] else 20) + timedelta(days=2)
    activity = site.open_activity(f"夜校助教{width}", starts)
    return f"{activity}.1", visit(f"/activities/{activity}")


def until(page: Page, words: str) -> None:
    """Something is true in the page's script, within ten seconds. The page itself may evaluate nothing."""
    for _ in range(200):
        if page.evaluate(words):
            return
        page.wait_for_timeout(50)
    raise AssertionError(words)


def listened(page: Page) -> None:
    """The page's stream is open: the server has looked once."""
    until(page, "stream?.readyState === 1 && mark !== ''")


def test_one_signs_up_and_the_other_sees_the_seats_change(site: Site, page_of: tuple[str, Page], visit: Visit) -> None:
    slot, page = page_of
    listened(page)
    summary = page.locator("details.slot summary")
    summary.click()
    summary.focus()
    expect(summary).to_contain_text("还剩 2 席")
    other = visit(f"/activities/{slot.partition('.')[0]}", "volunteer01")
    other.locator("details.slot summary").click()
    other.get_by_role("button", name="确认报名").click()
    expect(summary).to_contain_text("还剩 1 席")
    site.do(SignUp(slot, "guest2", "volunteer"), "guest2")
    expect(summary).to_contain_text("已满")
    expect(page.locator("details.slot")).to_have_attribute("open", "")
    expect(summary).to_be_focused()
    expect(page.locator("details.slot")).to_contain_text("你会排在第 1 位")
    site.do(Withdraw(slot, "guest2", "volunteer"), "guest2")
    expect(summary).to_contain_text("还剩 1 席")


def test_a_roster_follows_the_door(site: Site, page_of: tuple[str, Page], visit: Visit) -> None:
    slot, _ = page_of
    page = visit(f"/slots/{slot}/roster", "social-worker03")
    listened(page)
    site.do(SignUp(slot, "guest3", "volunteer"), "guest3")
    row = page.get_by_role("row", name="乔一禾")
    expect(row).to_contain_text("正式")
    row.get_by_role("link").click()
    expect(page.locator(".drawer.is-open")).to_be_visible()
    with site.at(NOW + timedelta(days=2, hours=9)):
        site.do(CheckIn(slot, "guest3", "desk"))
        until(page, "isStale")
        expect(page.locator("#list-volunteer")).not_to_contain_text("已签到")
        page.keyboard.press("Escape")
        expect(page.locator("#list-volunteer")).to_contain_text("已签到")


def test_where_no_stream_is_free_the_page_asks(site: Site, visit: Visit, width: int, doorman: Doorman) -> None:
    activity = site.open_activity(f"图书角{width}", NOW.replace(hour=6 + width % 7) + timedelta(days=3))
    page = visit("/activities")
    page.route("**/live?*", lambda route: route.fulfill(status=503, headers={"Retry-After": "15"}))
    page.goto(f"/activities/{activity}")
    until(page, "stream === null && mark !== ''")
    site.do(SignUp(f"{activity}.1", "guest4", "volunteer"), "guest4")
    page.evaluate("ask()")
    expect(page.locator("details.slot summary")).to_contain_text("还剩 1 席")
    assert all("503" in said for said in doorman.heard())


def test_a_page_that_nobody_sees_holds_no_stream(page_of: tuple[str, Page]) -> None:
    _, page = page_of
    listened(page)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("stream") is None
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    listened(page)
