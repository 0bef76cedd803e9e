"""A real browser among hostile contents: every form is filled with scripts, every page opened, and nothing may run.

The town and its forms are those of `tests/web/hostile.py`. A page in which something ran would set `window.zzran`, open a
dialog, ask another host, or be stopped by the policy and complain: each is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Error, Request, Response, TimeoutError

from tests.browser import serving
from tests.browser.conftest import Visit
from tests.web import hostile
from tests.web.conftest import City
from tests.web.forms import Form
from web.house import new_id

SEEN = ("/activities", "/activities/a1", "/people", "/people/volunteer", "/me/record", "/me/data", "/slots/a1.1/roster")
"""Pages of the short walk: lists, a file, what one typed about oneself, a roster."""
RUNNING = ("script", "image", "svg", "address", "attribute")
"""What is typed by hand; the rest is no script and is typed by the quick way."""
EXPECTED = (
    "404 (NOT FOUND)",
    "422 (UNPROCESSABLE",
    "409 (CONFLICT",
    "400 (BAD REQUEST",
    "429 (TOO MANY",
    "405 (METHOD",
    "413 (",
)
"""A form that is refused says so with its status, which the console repeats."""
FILL = """(text) => {
  const forms = [...document.forms].filter((one) => one.method === "post" && !one.action.endsWith("/sign-out"));
  for (const one of forms) for (const field of one.elements) {
    field.removeAttribute("maxlength"); field.removeAttribute("pattern");
    const typed = field.tagName === "TEXTAREA" || ["text", "search", "tel", "email", "url", "password"].includes(field.type);
    if (typed && field.type !== "hidden") { if (field.type === "email") field.type = "text"; field.value = text; }
    if (field.type === "checkbox") field.checked = true;
  }
}"""
SEND = """([action, fresh]) => {
  const path = (address) => new URL(address, location.href).pathname;
  for (const one of document.forms) {
    const button = [...one.elements].filter((each) => each.type === "submit")
      .find((each) => path(each.getAttribute("formaction") || one.action) === action);
    if (!button && path(one.action) !== action) continue;
    one.noValidate = true;
    const command = one.querySelector("[name=command]");
    if (command) command.value = fresh;
    one.requestSubmit(button);
    return true;
  }
  return false;
}"""


class Watch:
    """A browser window whose every sign of something running is kept."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.signs: list[str] = []
        self.broken: list[str] = []
        self.page = context.new_page()
        self.page.on("dialog", self.dismiss)
        self.page.on("pageerror", lambda error: self.signs.append(f"error {error}"))
        self.page.on("console", self.hear)
        self.page.on("request", self.asked)
        self.page.on("response", self.answered)
        self.origin = origin

    def dismiss(self, dialog: Dialog) -> None:
        """Something asked the person."""
        self.signs.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def asked(self, request: Request) -> None:
        """Something was fetched: only what is ours may be."""
        if not request.url.startswith((self.origin + "/", "data:image/")):
            self.signs.append(f"asked {request.url}")

    def answered(self, response: Response) -> None:
        """An answer came."""
        if response.status >= 500:
            self.broken.append(f"{response.status} {response.url}")

    def hear(self, said: ConsoleMessage) -> None:
        """A complaint: the policy's, when it had to stop something."""
        if said.type == "error" and not any(one in said.text for one in EXPECTED):
            self.signs.append(said.text)

    def ran(self) -> bool:
        """Whether a script of whoever typed has run in the page; asked again where the next page was just coming."""
        try:
            return bool(self.page.evaluate("window.zzran || 0"))
        except Error:
            self.page.wait_for_load_state()
            return bool(self.page.evaluate("window.zzran || 0"))

    def check(self, where: str) -> None:
        """Nothing ran, nothing broke."""
        assert not self.ran(), where
        assert not self.signs, (where, self.signs)
        assert not self.broken, (where, self.broken)


class Served:
    """The furnished town behind a real server, its forms, and windows of whoever is in it."""

    def __init__(self, city: City, browser: Browser, origin: str, people: tuple[str | None, ...]) -> None:
        self.city, self.browser, self.origin, self.people = city, browser, origin, people
        self.walkers = {walker.person: walker for walker in hostile.walkers(city, people)}
        self.found: hostile.Found = hostile.forms(city, self.walkers.values())
        self.windows: dict[tuple[str | None, str], Watch] = {}

    def window(self, person: str | None, language: str) -> Watch:
        """A window in which that person is signed in, in a browser of that language."""
        if (person, language) not in self.windows:
            context = self.browser.new_context(base_url=self.origin, locale=language)
            context.set_default_timeout(60_000)
            self.sign_in(context, self.walkers[person])
            self.windows[person, language] = Watch(context, self.origin)
        return self.windows[person, language]

    def sign_in(self, context: BrowserContext, walker: hostile.Walker) -> None:
        """Give the window the walker's session."""
        cookie = walker.browser.get_cookie("session")
        if cookie:
            context.add_cookies([{"name": "session", "value": cookie.value, "url": self.origin}])

    def anew(self) -> None:
        """Everybody signs in again: a form may have ended their sessions."""
        for watch in self.windows.values():
            watch.page.context.close()
        self.windows.clear()
        self.walkers = {walker.person: walker for walker in hostile.walkers(self.city, self.people)}


@pytest.fixture
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Served]:
    """The town, served."""
    for city in hostile.town(tmp_path_factory.mktemp("hostile")):
        with serving.served(city.app, threads=8) as url:
            served = Served(city, browser, url, request.param)
            yield served
            for watch in served.windows.values():
                watch.page.context.close()


def stuff(served: Served, names: tuple[str, ...], language: str) -> None:
    """Type these into every form, by the quick way."""
    for name in names:
        for walker, form in hostile.in_order(served.found):
            for one in hostile.tries(form, name, language):
                hostile.send(walker, one)


def look(served: Served, person: str | None, path: str, language: str) -> bool:
    """Open a page and touch what moves on it; whether something that was typed is to be read there."""
    watch = served.window(person, language)
    watch.page.goto(path)
    watch.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    watch.check(f"{person} at {path}")
    return hostile.SIGN in watch.page.inner_text("body") or hostile.SIGN in watch.page.evaluate(
        "[...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' ')"
    )


@pytest.mark.browser
@pytest.mark.parametrize("served", [("head", "volunteer")], indirect=True, ids=["two"])
def test_pages_with_hostile_contents_run_nothing(served: Served) -> None:
    stuff(served, hostile.QUICK, "zh-CN")
    served.anew()
    shown = {path for path in SEEN for person in ("head", "volunteer") if look(served, person, path, "en-GB")}
    assert len(shown) >= 4, shown
    reflected = f"/people?q={hostile.PAYLOADS['image']}"
    assert look(served, "head", reflected, "zh-CN")


@pytest.mark.browser
def test_a_browser_keeps_nothing_but_the_colours(visit: Visit) -> None:
    page = visit("/people", "social-worker03")
    for path in ("/activities", "/people/volunteer01", "/me/data", "/visits"):
        page.goto(path)
    page.locator("#theme").click()
    kept = "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie.split('=')[0]]"
    assert page.evaluate(kept) == [["theme"], [], "theme"]
    assert page.evaluate("(async () => (await indexedDB.databases()).length)()") == 0


everybody = pytest.mark.parametrize("served", [hostile.PEOPLE], indirect=True, ids=["everybody"])


@pytest.mark.browser
@pytest.mark.long
@everybody
def test_every_form_is_filled_by_hand_with_what_runs(served: Served) -> None:
    languages = cycle(hostile.SURROUNDINGS)
    posted = [(walker, form) for walker, form in hostile.in_order(served.found) if form.method == "post"]
    sent = [
        [by_hand(served, walker.person, form, name, next(languages)) for name in RUNNING] for walker, form in posted
    ]
    gone = [form.what for (_, form), tries in zip(posted, sent, strict=True) if not any(tries)]
    assert len(gone) <= len(posted) * 0.2, f"hardly a form is gone before its turn: {gone}"


@pytest.mark.browser
@pytest.mark.long
@everybody
def test_every_page_is_opened_by_everybody_after_everything_was_typed(served: Served) -> None:
    for language in hostile.SURROUNDINGS:
        stuff(served, tuple(hostile.PAYLOADS), language)
    served.anew()
    shown: set[str] = set()
    for person, language in zip(hostile.PEOPLE, cycle(hostile.SURROUNDINGS)):
        pages = [
            path for path, _, page in hostile.walk(served.walkers[person], hostile.doors(served.city), 160) if page
        ]
        shown |= {path.split("?")[0] for path in pages if look(served, person, path, language)}
    assert len(shown) >= 20, shown


def by_hand(served: Served, person: str | None, form: Form, name: str, language: str) -> bool:
    """Open the form's page, type this everywhere and send it; False where the form is not there any more."""
    watch = served.window(person, language)
    watch.page.goto(form.page)
    watch.page.evaluate(FILL, hostile.typed(name, language))
    watch.check(f"filled {form.page}")
    try:
        with watch.page.expect_response(lambda one: one.request.method == "POST", timeout=5_000) as told:
            if not watch.page.evaluate(SEND, [urlsplit(form.action).path, new_id("c")]):
                return False
    except TimeoutError:  # a script of ours asks for a passkey first
        return False
    assert told.value.status < 500, form.what
    watch.page.wait_for_load_state()
    watch.check(f"sent {form.action}")
    return True
