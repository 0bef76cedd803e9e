"""A real browser in front of a real server: the try-out's world, at phone and desktop width, with axe beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress.server import create_server

from app import create_app
from workers.tryout import stage

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
WIDTHS = {"phone": 360, "desktop": 1280}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a try-out with its town, served for the whole run."""
    app = create_app(tmp_path_factory.mktemp("site"), is_tryout=True)
    house = app.extensions["liandong"]
    house.cast = stage(house.ledger, house.follower)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A window of phone or desktop width, in the local zone."""
    context = browser.new_context(
        viewport={"width": WIDTHS[request.param], "height": 800}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(context: BrowserContext, site: str) -> Iterator[Visit]:
    """`visit("/activities", person="volunteer01")` signs in as somebody and opens a page; what the console says is checked."""
    complaints: list[str] = []

    def open_page(path: str, person: str | None = None) -> Page:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        if person:
            page.goto(f"{site}/sign-in")
            page.locator(f"button[name=person][value='{person}']").click()
        page.goto(site + path)
        return page

    yield open_page
    assert not [said for said in complaints if "Content Security Policy" in said or "Uncaught" in said], complaints


def is_accessible(page: Page) -> None:
    """No violation by axe, and nothing to scroll sideways."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert not [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the window"
