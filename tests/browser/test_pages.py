"""Every main page, by day and by night: clean by axe's rules, and never wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from domain.attendance import CheckIn
from tests.browser.conftest import NOW, Doorman, Site

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()
Scheme = Literal["light", "dark"]
RULES: dict[Scheme, str] = {
    "light": "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}",
    "dark": "{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}",
}
"""The night differs from the day in its colours alone, and those are the same at every width."""

PAGES = (
    ("", "/activities"),
    ("", "/sign-in"),
    ("", "/not-there"),
    ("", "/styleguide"),
    ("volunteer01", "/activities"),
    ("volunteer01", "/activities/month/2026-11"),
    ("volunteer01", "/activities/{free}"),
    ("volunteer01", "/activities/{full}"),
    ("volunteer01", "/me/record"),
    ("volunteer02", "/people/volunteer02/story"),
    ("social-worker03", "/activities/{free}"),
    ("social-worker03", "/activities/new"),
    ("social-worker03", "/activities/{free}/edit"),
    ("social-worker03", "/slots/{held}.1/roster"),
    ("social-worker03", "/slots/{held}.1/roster/guest1"),
    ("social-worker03", "/slots/{held}.1/closing"),
    ("social-worker03", "/slots/{full}.1/seats?side=volunteer&seats=0"),
    ("social-worker03", "/slots/{full}.1/cancellation"),
    ("social-worker03", "/visits"),
    ("social-worker03", "/visits/counselling"),
    ("social-worker03", "/people"),
    ("social-worker03", "/people/volunteer02"),
    ("social-worker03", "/people/new"),
    ("social-worker03", "/stories"),
    ("social-worker05", "/hours"),
    ("social-worker05", "/deliveries"),
    ("social-worker05", "/deliveries?outcome=waiting"),
    ("social-worker05", "/hours?state=objected"),
    ("social-worker05", "/hours/{held}.1/guest2"),
    ("reviewer01", "/months/2026-11"),
    ("reviewer01", "/months/2020-02"),
    ("reviewer01", "/months/2020-02/figures/participations"),
    ("reviewer01", "/audit"),
    ("reviewer01", "/permissions"),
    ("reviewer01", "/permissions?part=服务时长"),
    ("administrator01", "/organisations"),
    ("administrator01", "/organisations/centre"),
    ("volunteer02", "/me/data"),
    ("reviewer01", "/status"),
    ("reviewer01", "/events/102"),
    ("reviewer01", "/history/slot:zs-haircut.1"),
)
"""Who looks at what. The names in braces are the activities of `activities`."""


@pytest.fixture(scope="module")
def activities(site: Site) -> dict[str, str]:
    """One with a free seat, one with a queue, one that is over and has a line for every kind of exception."""
    tomorrow = NOW.replace(hour=19) + timedelta(days=1)
    free = site.open_activity("整理工具房", tomorrow, "guest1")
    full = site.open_activity("包粽子", tomorrow + timedelta(hours=1), "guest1", "guest2", seats=1)
    held = site.open_activity("修收音机", NOW + timedelta(hours=1), "guest1", "guest2", "guest3", seats=3)
    with site.at(NOW + timedelta(hours=1)):
        for guest in ("guest1", "guest2"):
            site.do(CheckIn(f"{held}.1", guest, "qr"), guest)
    return {"free": free, "full": full, "held": held}


class Windows:
    """One window for each person, used again for page after page."""

    def __init__(self, doorman: Doorman) -> None:
        self.doorman = doorman
        self.pages: dict[str, Page] = {}

    def of(self, person: str) -> Page:
        """The window of this person, by day."""
        if person not in self.pages:
            still = self.doorman.window(
                person or None, 1280, reduced_motion="reduce"
            )  # no colour is on its way to another
            self.pages[person] = still.new_page()
        self.pages[person].emulate_media(color_scheme="light")
        return self.pages[person]


@pytest.fixture(scope="module")
def windows(doorman: Doorman) -> Iterator[Windows]:
    """The windows, closed in the end."""
    windows = Windows(doorman)
    yield windows
    for page in windows.pages.values():
        page.context.close()


def check_axe(page: Page, scheme: Scheme) -> None:
    """No violation by axe."""
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {RULES[scheme]})")
    faults = [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:4]) for rule in found["violations"]]
    assert not faults, f"{page.url} at {page.viewport_size}: {faults}"


def check_width(page: Page, width: int) -> None:
    """At this width nothing is to be scrolled sideways."""
    page.set_viewport_size({"width": width, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than a window of {width} px"


def fall_night(page: Page) -> None:
    """The same page in its other colours: they hang on a media query alone."""
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_page(windows: Windows, doorman: Doorman, activities: dict[str, str], person: str, path: str) -> None:
    page = windows.of(person)
    doorman.heard()  # after the page before: axe tries styles of its own, which the site's policy forbids
    page.goto(path.format(**activities))
    assert page.locator("h1").count() == 1
    for width in (320, 360, 1280):
        check_width(page, width)
    assert not doorman.heard()
    page.evaluate(AXE)
    check_axe(page, "light")
    fall_night(page)
    check_axe(page, "dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    check_axe(page, "light")
