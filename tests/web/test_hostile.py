"""Every form of the application against somebody who means harm: forged, sent again, and with scripts in all its fields.

The forms are those that stand on the pages, so a new one is tried without a line here. A real browser does the same in
`tests/browser/test_hostile.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from itertools import product
from urllib.parse import quote

import pytest

from tests.web import hostile
from tests.web.conftest import City
from tests.web.forms import Form, Page
from tests.web.test_access import methods, rules

WITHOUT_NUMBER = {
    "accounts.codes_written_down", "accounts.end", "accounts.end_others", "accounts.remove_app", "accounts.rename",
    "accounts.renew_codes", "accounts.repassword", "recovery.ask", "accounts_invite.enter", "accounts_invite.issue",
    "accounts_invite.unguard", "accounts_invite.end_sessions", "linking.link", "linking.unlink", "passkeys.add",
    "passkeys.enter", "passkeys.remove", "signin_real.enter", "signin_second.add", "signin_second.enter",
}  # fmt: skip
"""Forms of credentials, which keep no number of what they ask: a link, a code, an answer work once by themselves, and the
others say again what is so already."""
LEAST_SHOWN = 12


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The furnished town, once for all tests; its forms need their tokens."""
    yield from hostile.town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def found(city: City) -> hostile.Found:
    """Every form of the town."""
    return hostile.forms(city, hostile.walkers(city))


def posts(found: hostile.Found) -> list[tuple[str, hostile.Walker, Form]]:
    return [(kind[1], walker, form) for kind, (walker, form) in found.items() if kind[0] == "post"]


def test_forged_and_repeated_forms_write_nothing(city: City, found: hostile.Found) -> None:
    reached = {view for view, _, _ in posts(found)}
    known = {rule.endpoint for rule in rules(city) if "POST" in methods(rule)}
    assert known - reached == {"signin.leave"}, "every form stands on a page of the town, or it is not tried"
    forged(city, found)
    sent_again(city, found)


def forged(city: City, found: hostile.Found) -> None:
    """Without a token, with somebody else's, from another site: 400, and nothing is written."""
    stranger = Page("/sign-in", city.as_("stranger").get("/sign-in").text)
    theirs = next(form for form in stranger.forms() if form.method == "post")
    token = dict(theirs.sent())["csrf_token"]
    before = city.house.ledger.store.head()
    for view, walker, form in posts(found):
        assert "csrf_token" in dict(form.sent()), view
        for wrong in (None, "", "x", token):
            assert hostile.send(walker, form.with_("csrf_token", wrong)).status_code == 400, view
        for sent in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "", "Origin": "null"},
        ):
            assert hostile.send(walker, form, **sent).status_code == 400, view
    assert city.house.ledger.store.head() == before


def sent_again(city: City, found: hostile.Found) -> None:
    """The second time nothing is written, whatever the first time did."""
    numbered = {view for view, _, form in posts(found) if "command" in dict(form.sent())}
    assert {view for view, _, _ in posts(found)} - numbered - {"signin.leave"} == WITHOUT_NUMBER
    wrote: Counter[bool] = Counter()
    for walker, form in hostile.in_order(found):
        if form.method == "post" and "command" in dict(form.sent()):
            before = city.house.ledger.store.head()
            once = form.filled("再来一次")
            hostile.send(walker, once)
            head = city.house.ledger.store.head()
            wrote[head > before] += 1
            assert hostile.send(walker, once).status_code < 500, form.action
            assert city.house.ledger.store.head() == head, form.action
    assert wrote[True] >= 25, "most of them did something the first time"


def test_what_is_typed_is_text_wherever_it_is_shown(city: City, found: hostile.Found) -> None:
    for name, language in product(hostile.QUICK, hostile.SURROUNDINGS):
        for walker, form in hostile.in_order(found):
            for one in hostile.tries(form, name, language):
                answer = hostile.send(walker, one, **{"Accept-Language": language})
                assert answer.status_code < 500, (name, form.what)
                assert harmless(form.action, answer.mimetype, answer.text), (name, form.what)
                assert hostile.SIGN not in {cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}
    shown: set[str] = set()
    for walker in hostile.walkers(city, ("head", "volunteer", "reviewer")):  # the long walk in a browser is everybody's
        for path, answer, page in hostile.walk(walker, hostile.doors(city), 200):
            assert answer.status_code < 500, path
            assert harmless(path, answer.mimetype, answer.text), path
            if page and hostile.SIGN in page.text:
                shown.add(path.split("?")[0])
    assert len(shown) >= LEAST_SHOWN, f"what was typed is to be seen somewhere: {sorted(shown)}"


def harmless(path: str, kind: str | None, text: str) -> bool:
    """Whether nothing on this page came from whoever typed, but words."""
    assert hostile.COMPUTED not in text, f"{path} computed what was typed"
    if kind == "text/html":
        running = Page(path, text).running
        assert not running, f"{path}: {running}"
    return True


@pytest.mark.parametrize(
    "typed",
    [
        "<script>x</script>", "<img src=x onerror=x>", '<a href="javascript:x">', "<a href=' java\tscript:x'>",
        "<svg onload=x>", "<form action=https://evil.example>", '<iframe srcdoc="x">', "<style>*{}</style>",
        "<script src=//evil.example/x.js></script>", "<button formaction=javascript:x>", "<p style=x>",
        "<a href=data:text/html,x>", "<base href=https://evil.example/>",
    ],
)  # fmt: skip
def test_whoever_looks_at_pages_sees_what_could_run(typed: str) -> None:
    assert Page("/", f"<main>{typed}</main>").running
    assert not Page("/", f'<main>{escape(typed)}<a href="/people?q={quote(typed)}">何小满</a></main>').running
