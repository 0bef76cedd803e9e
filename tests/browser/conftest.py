"""A real browser in front of a real server: the try-out's town on a Wednesday that does not pass, and whoever visits it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app import create_app
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.roles import GrantRole
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.events import Act, Command
from tests.browser.serving import served
from web import live
from web.house import House
from workers.tryout import stage

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
WIDTHS = {"phone": 360, "desktop": 1280}
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=ZONE)
PATIENCE = 20_000
"""How long a page is waited for, in milliseconds: long enough for a machine that does much beside this."""
expect.set_options(timeout=PATIENCE)
GUESTS = {"guest1": "林知夏", "guest2": "唐果", "guest3": "乔一禾", "guest4": "云朵"}
"""Volunteers of the centre who have no other plans, beside the people of the town."""


class Site:
    """The served town: its address, its clock, and what happens there behind the pages."""

    def __init__(self, url: str, house: House) -> None:
        self.url = url
        self.house = house
        self.now = NOW
        house.clock = lambda: self.now
        self._ids = count(1)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """For a while it is another time."""
        self.now = moment
        try:
            yield
        finally:
            self.now = NOW

    def do(self, command: Command, actor: str = "social-worker03") -> None:
        """Something happens at the centre, and the pages show it."""
        outcome = self.house.ledger.execute(command, Act(f"b{next(self._ids)}", actor, self.now, "centre"))
        self.house.follower.wait_for(outcome.position)

    def open_activity(self, title: str, starts: datetime, *people: str, seats: int = 2) -> str:
        """Publish an activity of the centre with one slot of three quarters; these sign up. The activity's id."""
        activity = f"own{next(self._ids)}"
        slot = f"{activity}.1"
        self.do(DraftActivity(activity, title, "centre", place="市工人文化宫 2 楼"))
        ends = starts + timedelta(minutes=45)
        self.do(AddSlot(activity, slot, starts, ends, volunteer_seats=seats, participant_seats=0, risk="一般"))
        self.do(PublishActivity(activity, (slot,)))
        for person in people:
            self.do(SignUp(slot, person, "volunteer"), person)
        return activity


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A try-out with its town and the guests, served for the whole run."""
    app = create_app(tmp_path_factory.mktemp("site"), is_tryout=True)
    house: House = app.extensions["liandong"]
    house.cast = stage(house.ledger, house.follower, now=NOW)
    stop = threading.Event()
    live.of(app).open(16, stop)
    with served(app, threads=32) as url:
        site = Site(url, house)
        for person, name in GUESTS.items():
            site.do(RegisterPerson(person, name, organisation="centre", over=18))
            site.do(GrantRole(person, "volunteer", "centre"))
        yield site
        stop.set()
    house.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()


class Doorman:
    """Opens windows in which somebody is signed in already; each person signs in once in a run."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self._passes: dict[str, Any] = {}
        self.complaints: list[str] = []

    def window(self, person: str | None, width: int, **options: Any) -> BrowserContext:
        """A window of this width in the local zone. What its console complains about is collected."""
        if person and person not in self._passes:
            self._passes[person] = self.sign_in(person)
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=self._passes[person] if person else None,
            base_url=self.site.url,
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context

    def sign_in(self, person: str) -> Any:
        """Pick somebody on the sign-in page; the cookies."""
        with self.window(None, WIDTHS["desktop"]) as context:
            page = context.new_page()
            page.goto("/sign-in")
            page.locator(f"button[name=person][value='{person}']").click()
            expect(page.locator(".who")).to_be_visible()
            return context.storage_state()

    def heard(self) -> list[str]:
        """What the consoles complained about since last asked. A page that is not there on purpose is no complaint."""
        heard, self.complaints = self.complaints, []
        return [said for said in heard if "404 (NOT FOUND)" not in said and "422 (UNPROCESSABLE" not in said]


@pytest.fixture(scope="session")
def doorman(browser: Browser, site: Site) -> Doorman:
    """Lets people in."""
    return Doorman(browser, site)


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """Once on a phone, once on a desk."""
    return WIDTHS[request.param]


class Visit(Protocol):
    """`visit("/activities", "volunteer01")`: open a page in a new window as somebody."""

    def __call__(self, path: str, person: str | None = None, **options: Any) -> Page: ...


@pytest.fixture
def visit(doorman: Doorman, width: int) -> Iterator[Visit]:
    """Opens windows of the test's width; afterwards no console may have complained."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, person: str | None = None, **options: Any) -> Page:
        contexts.append(doorman.window(person, width, **options))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not doorman.heard()
