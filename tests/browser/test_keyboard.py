"""Whoever uses the keys alone: a link within the page takes the focus along, and a drawer gives it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from domain.sign_up import SignUp
from tests.browser.conftest import NOW, WIDTHS, Site, Visit

pytestmark = pytest.mark.browser


def test_the_first_key_leads_past_the_navigation(visit: Visit) -> None:
    page = visit("/activities")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_mistake_in_the_list_leads_to_its_field(visit: Visit) -> None:
    page = visit("/activities/new", "social-worker03")
    page.get_by_role("button", name="发布").click()
    page.get_by_role("link", name="名称：这一项要填。").click()
    expect(page.get_by_label("名称")).to_be_focused()


def test_a_drawer_gives_the_focus_back(site: Site, visit: Visit, width: int) -> None:
    starts = NOW.replace(hour=8 if width == WIDTHS["phone"] else 12) + timedelta(days=6)
    activity = site.open_activity(f"晨读{width}", starts)
    site.do(SignUp(f"{activity}.1", "guest1", "volunteer"), "guest1")
    page = visit(f"/slots/{activity}.1/roster", "social-worker03")
    link = page.locator("#list-volunteer th a").first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".drawer.is-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drawer.is-open")).to_have_count(0)
    expect(link).to_be_focused()
