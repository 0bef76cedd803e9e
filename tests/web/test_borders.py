"""What comes from outside and what goes out: hosts, other sites, sizes, methods, ways back, headers, cookies, caches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from ledger.place import Place
from tests.web.conftest import PASSWORD, City, World, opened_city
from web import accounts_providers as providers
from web import borders

ROOT = Path(__file__).parents[2]
ELSEWHERE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "\t//evil.example", " //evil.example", "/\x0b\\evil.example", "//[", "http://[", "//ex\u2100mple", "https:evil.example",
    "https:///evil.example", "javascript:alert(1)", "data:text/html,x", "/\r\nSet-Cookie: a=b", "\uff0f\uff0fevil.example",
    "/\u2028/evil.example", "/\u202e/evil", "%2F%2Fevil.example", "evil.example", "",
)  # fmt: skip
LOCAL = ("/people?q=hx", "/", "/activities/a1#s-a1.1", "/a//evil.example", "/.//evil.example", "/?next=//evil.example")
PROMISED = {
    "Content-Security-Policy", "Permissions-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
}  # fmt: skip


@pytest.fixture
def engine() -> str:
    """None of this touches the database."""
    return "sqlite"


@pytest.fixture
def guarded(world: World) -> World:
    """The house with forms that need their token, as it is outside of tests."""
    world.app.config["WTF_CSRF_ENABLED"] = True
    return world


@pytest.fixture
def secure(city_place: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """The real thing behind https, with its public name."""
    place = city_place("sqlite")
    monkeypatch.setenv("HTTPS", "1")
    monkeypatch.setenv("PUBLIC_URL", "https://liandong.example.org")
    monkeypatch.setenv("ALLOWED_HOSTS", "10.0.0.5, .intern.example.org")
    yield from opened_city(place)


def token(browser: FlaskClient, path: str = "/people/new") -> str:
    found = re.search('name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


# --- other sites


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "null"},
        {"Origin": "localhost"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_its_token(guarded: World, sent: dict[str, str]) -> None:
    browser = guarded.as_("owner")
    form = {"csrf_token": token(browser), "name": "唐果", "over": "18"}
    before = guarded.house.ledger.store.head()
    answer = browser.post("/people", data=form, headers=sent)
    assert answer.status_code == 400
    assert "不是从本站打开的" in answer.text
    assert guarded.house.ledger.store.head() == before


@pytest.mark.parametrize(
    "sent",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}, {}],
)
def test_our_own_forms_are_taken(guarded: World, sent: dict[str, str]) -> None:
    browser = guarded.as_("owner")
    form = {"csrf_token": token(browser), "name": "唐果", "over": "18"}
    assert browser.post("/people", data=form, headers=sent).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_signed_in_because_another_site_led_there(city: City, site: str) -> None:
    own = providers.Provider("centre", "https://id.example.org", "client", "secret", ())
    providers.save(city.accounts, own)
    answer = city.as_(None).get("/sign-in/provider/centre?next=/people", headers={"Sec-Fetch-Site": site})
    assert answer.headers["Location"] == "/sign-in?next=/people"
    with city.as_(None).session_transaction() as session:
        assert "sign_on" not in session


def test_whoever_comes_by_a_link_is_let_in(world: World) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    assert world.as_("owner").get("/people", headers=sent).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_needs_the_token(guarded: World, method: str) -> None:
    guarded.app.view_functions["health.alive"] = probe  # a page that is open to everybody
    guarded.app.add_url_rule("/probe", "health.alive", methods=[method])
    browser = guarded.as_("owner")
    assert browser.open("/probe", method=method).status_code == 400
    assert browser.open("/probe", method=method, headers={"X-CSRFToken": "x"}).status_code == 400
    assert browser.open("/probe", method=method, headers={"X-CSRFToken": token(browser)}).status_code == 200


def probe() -> str:
    return "done"


def test_the_token_of_somebody_else_is_none(guarded: World) -> None:
    theirs = token(guarded.as_("colleague"))
    assert guarded.as_("owner").post("/people", data={"csrf_token": theirs, "name": "唐果"}).status_code == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "BREW"])
def test_methods_that_no_page_has_are_refused(world: World, method: str) -> None:
    for path in ("/", "/people", "/sign-in"):
        answer = world.as_("owner").open(path, method=method, headers={"X-Secret": "s3cret"})
        assert answer.status_code == 405
        assert "s3cret" not in answer.text


def test_no_header_or_field_changes_the_method(world: World) -> None:
    slot = world.open_activity()
    before = world.house.ledger.store.head()
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    answer = world.as_("volunteer").get(
        f"/slots/{slot}/enrolments?_method=POST&side=volunteer", headers=dict.fromkeys(names, "POST")
    )
    assert answer.status_code == 405
    assert world.house.ledger.store.head() == before


# --- hosts and proxies


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("liandong.example.org", 200),
        ("liandong.example.org:443", 200),
        ("10.0.0.5:8000", 200),
        ("a.intern.example.org", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("liandong.example.org.evil.example", 400),
        ("evil.example#liandong.example.org", 400),
        ("liandong.example.org@evil.example", 400),
        ("intern.example.org\u3002evil", 400),
    ],
)
def test_only_our_own_names_are_answered(secure: City, host: str, status: int) -> None:
    answer = secure.app.test_client().get("/sign-in", headers={"Host": host.encode().decode("latin-1")})
    assert answer.status_code == status
    assert status == 200 or "evil" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_without_a_public_name_any_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    assert borders.hosts() is None
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example ,")
    assert borders.hosts() == ["a.example", *borders.LOOPBACK]


def test_what_a_visitor_says_of_proxies_is_believed_only_where_there_is_one(secure: City) -> None:
    said = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"}
    secure.open_account("volunteer")
    page = secure.app.test_client().get("/activities", headers=said)
    assert "evil.example" not in page.text + str(page.headers)
    guesses = [
        secure.app.test_client().post(
            "/sign-in",
            data={"name": "user-volunteer", "password": "guess guess"},
            headers=said | {"X-Forwarded-For": f"198.51.100.{number}"},
        )
        for number in range(11)
    ]
    assert [answer.status_code for answer in guesses] == [422] * 10 + [429], "all of them from one place"


# --- sizes


def parts(*values: str) -> bytes:
    """A form as browsers send it in parts."""
    part = '--limit\r\nContent-Disposition: form-data; name="name"\r\n\r\n{}\r\n'
    return "".join([*(part.format(value) for value in values), "--limit--\r\n"]).encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (("name=" + "x" * borders.MEBIBYTE).encode(), "application/x-www-form-urlencoded"),
        (b"x" * (borders.MEBIBYTE + 1), "application/octet-stream"),
        (parts(*"x" * 1001), "multipart/form-data; boundary=limit"),
        (parts("x" * (borders.MEBIBYTE // 2 + 1)), "multipart/form-data; boundary=limit"),
    ],
    ids=["text", "bytes", "parts", "text in parts"],
)
def test_whatever_is_too_much_is_refused_in_a_sentence(guarded: World, body: bytes, kind: str) -> None:
    before = guarded.house.ledger.store.head()
    answer = guarded.as_("owner").post("/people", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "一次送来的太多了" in answer.text
    assert guarded.house.ledger.store.head() == before


# --- ways back


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_elsewhere(world: World, wanted: str) -> None:
    world.house.cast = {"owner": ""}
    page = world.as_(None).get("/sign-in", query_string={"next": wanted})
    assert page.status_code == 200
    assert "evil" not in page.text
    answer = world.as_(None).post("/sign-in", data={"person": "owner", "next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "a" not in {cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}


@pytest.mark.parametrize("wanted", LOCAL)
def test_whoever_wanted_a_page_of_ours_gets_there(world: World, wanted: str) -> None:
    answer = world.as_(None).post("/sign-in", data={"person": "owner", "next": wanted})
    assert answer.headers["Location"] == wanted


def test_addresses_with_two_slashes_stay_here(world: World) -> None:
    for path in ("//evil.example/people", "///evil.example", "/people//..//..//evil.example"):
        answer = world.as_(None).get(path)
        assert answer.status_code in (303, 308, 404)
        assert re.match(r"/(?!/)|http://localhost/|$", answer.headers.get("Location", "")), path


@pytest.mark.parametrize("came_from", ["http://[", "//ex\u2100mple", "http://localhost//evil.example", "x" * 5000])
def test_a_referrer_that_makes_no_sense_breaks_nothing(guarded: World, came_from: str) -> None:
    sent = {"Referer": came_from.encode().decode("latin-1")}
    answer = guarded.as_(None).post("/people", headers=sent)
    assert answer.status_code == 400
    assert "要先登录" in answer.text


# --- what every answer carries


def every_kind(app: Flask) -> list[TestResponse]:
    """A page, what is not there, what is refused, a file, a redirect, data, and a page that breaks."""
    browser = app.test_client()

    def broken() -> str:
        raise RuntimeError("SELECT secret FROM /srv/place where key = s3cret")

    app.view_functions["health.ready"] = broken  # a page that is open to everybody
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    paths = (
        "/sign-in",
        "/nowhere",
        "/sign-out",
        "/static/app.js",
        "/people",
        "/health",
        "/ready",
        "/live/now?topic=x",
    )
    return [browser.get(path, buffered=True) for path in paths]


def test_every_answer_carries_the_headers(world: World) -> None:
    answers = every_kind(world.app)
    assert [answer.status_code for answer in answers] == [200, 404, 405, 200, 303, 200, 500, 404]
    for answer in answers:
        assert set(answer.headers.keys()) >= PROMISED, answer.request.path
        assert "Strict-Transport-Security" not in answer.headers
        assert len(answer.headers.getlist("Content-Security-Policy")) == 1


def test_behind_https_every_answer_says_to_stay_there(secure: City) -> None:
    for answer in every_kind(secure.app):
        told = re.fullmatch(r"max-age=(\d+); includeSubDomains", answer.headers["Strict-Transport-Security"])
        assert told
        assert int(told[1]) >= 365 * 86_400


def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours() -> None:
    policy = dict(part.split(" ", 1) for part in borders.POLICY)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not re.search("unsafe|http|\\*|nonce", borders.HEADERS["Content-Security-Policy"])


def test_a_page_that_breaks_tells_nothing(world: World) -> None:
    answer = every_kind(world.app)[-2]
    assert answer.status_code == 500
    for word in ("SELECT", "s3cret", "/srv", "RuntimeError", "Traceback", ".py", "werkzeug", "sqlite", "Werkzeug"):
        assert word not in answer.text + str(answer.headers), word


def test_a_house_that_cannot_be_opened_has_the_headers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://nobody@127.0.0.1:1/x")
    answer = create_app(is_tryout=False).test_client().get("/")
    assert answer.status_code == 503
    assert set(answer.headers.keys()) >= PROMISED


def test_pages_with_somebody_in_them_are_kept_nowhere(secure: City) -> None:
    browser = secure.as_("owner")
    for path in ("/people", "/me/record", "/account", "/nowhere", "/sign-out", "/visits", "/people/owner"):
        assert browser.get(path, base_url="https://localhost").headers["Cache-Control"] == "no-store", path
    for path in ("/enter/x", "/sign-in/code"):
        assert secure.as_(None).get(path, base_url="https://localhost").headers["Cache-Control"] == "no-store", path


# --- cookies and sessions


def test_what_a_stranger_typed_is_kept_nowhere_either(city: City) -> None:
    typed = {"name": "13800000000", "password": "guess guess", "called": "何小满", "phone": "13800000000"}
    for path in ("/sign-in", "/sign-in/forgotten", "/join", "/sign-in/passkey"):
        answer = city.as_(None).post(path, data=typed)
        assert answer.status_code in (409, 422), path
        assert answer.headers.getlist("Cache-Control") == ["no-store"], path


def test_behind_https_cookies_belong_to_this_host_alone(secure: City) -> None:
    secure.open_account("volunteer", "小满")
    browser = secure.app.test_client()
    sent = {"name": "小满", "password": PASSWORD}
    answer = browser.post("/sign-in", data=sent, base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-session", "__Host-device"}
    for cookie in cookies:
        assert all(word in cookie for word in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax")), cookie
        assert "Domain" not in cookie
        assert len(cookie) < 4096


def test_signing_out_empties_the_cache(secure: City) -> None:
    answer = secure.as_("owner").post("/sign-out", base_url="https://localhost")
    assert answer.headers["Clear-Site-Data"] == '"cache"'


def test_the_colours_are_chosen_by_a_cookie_that_holds_nothing_else(world: World) -> None:
    for name, value, drawn in (
        ("__Host-theme", "dark", "dark"),
        ("theme", "light", "light"),
        ("theme", "><script>", "auto"),
    ):
        browser = world.as_(None)
        browser.set_cookie(name, value)
        assert f'data-bs-theme="{drawn}"' in browser.get("/sign-in").text


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing(city: City) -> None:
    city.open_account("volunteer", "小满")
    planted = city.app.test_client()
    planted.get("/sign-in")
    with planted.session_transaction() as session:
        session["csrf_token"], session["token"] = "planted", "planted"
    victim = city.app.test_client()
    before = planted.get_cookie("session")
    assert before
    victim.set_cookie("session", before.value)
    assert victim.post("/sign-in", data={"name": "小满", "password": PASSWORD}).status_code == 303
    with victim.session_transaction() as session:
        assert session["token"] != "planted"
        assert session.get("csrf_token") != "planted"
    assert planted.get("/account").status_code == 303, "who planted it is still nobody"


def test_a_cookie_that_was_changed_is_nobodys(city: City) -> None:
    browser = city.as_("owner")
    cookie = browser.get_cookie("session")
    assert cookie
    for value in (cookie.value[:-2] + "xx", cookie.value.swapcase(), "", "x" * 4000, "e30.x.y"):
        browser.set_cookie("session", value)
        assert browser.get("/account").status_code == 303


# --- what pages and answers are


def test_every_answer_says_what_it_is(world: World) -> None:
    world.open_activity()
    browser = world.as_("owner")
    kinds = {
        "/people": "text/html; charset=utf-8",
        "/nowhere": "text/html; charset=utf-8",
        "/static/app.js": "text/javascript; charset=utf-8",
        "/static/tokens.css": "text/css; charset=utf-8",
        "/health": "application/json",
        "/me/data.json": "application/json",
        "/slots/a1.1/roster.csv": "text/csv; charset=utf-8",
        "/audit/export.csv": "text/csv; charset=utf-8",
    }
    for path, kind in kinds.items():
        assert browser.get(path, buffered=True).headers["Content-Type"] == kind, path


def test_downloads_are_named_by_us(world: World) -> None:
    world.open_activity()
    browser = world.as_("owner")
    for path in (
        "/slots/a1.1/roster.csv",
        "/audit/export.csv?thing=%0d%0aX:1&name=evil.exe",
        "/me/data.json?name=evil.exe",
    ):
        told = browser.get(path, buffered=True).headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="?[a-z0-9.-]+\.(csv|json)"?', told), told


@pytest.mark.parametrize(
    "path", ["/static/", "/static", "/static/vendor/", "/static/../shell.py", "/static/%2e%2e/shell.py"]
)
def test_no_folder_is_listed(world: World, path: str) -> None:
    assert world.as_("owner").get(path, buffered=True).status_code in (301, 308, 404)


def templates() -> str:
    """All pages as they are written."""
    return "\n".join(path.read_text() for path in (ROOT / "web" / "templates").rglob("*.html"))


def test_no_form_takes_a_file() -> None:
    assert not re.search(r'type="file"|multipart/form-data', templates())
    reads = re.compile(r"request\.files[\[.]|FileStorage")
    assert [path.name for path in (ROOT / "web").glob("*.py") if reads.search(path.read_text())] == []


def test_passwords_are_masked_and_may_be_pasted(city: City) -> None:
    city.open_account("volunteer")
    browser = city.as_("volunteer")
    fields = [
        field
        for path in ("/account", "/sign-in", "/join")
        for field in re.findall("<input[^>]*>", browser.get(path).text)
    ]
    secret = [field for field in fields if re.search('name="(password|current)"', field)]
    assert len(secret) >= 4
    for field in secret:
        assert 'type="password"' in field
        assert re.search('autocomplete="(current|new)-password"', field)
        assert "onpaste" not in field


@pytest.mark.parametrize(
    "password", ["  空格在 两头 也算  ", "x" * 30 + "青" * 226, "长" * 31 + " 三只白鹭 " + "短" * 30]
)
def test_a_password_is_taken_as_it_was_typed(city: City, password: str) -> None:
    city.open_account("volunteer", "小满", password)
    for typed, status in ((password.strip() + "x", 422), (password[:72], 422), (password, 303)):
        if typed != password or status == 303:
            sent = {"name": "小满", "password": typed}
            assert city.as_(None).post("/sign-in", data=sent, buffered=True).status_code == status
    if password.strip() != password:
        assert (
            city.as_(None)
            .post("/sign-in", data={"name": "小满", "password": password.strip()}, buffered=True)
            .status_code
            == 422
        )


def test_every_page_has_a_way_out(city: City) -> None:
    city.open_activity()
    browser = city.as_("owner")
    for path in (
        "/activities",
        "/activities/a1",
        "/people",
        "/people/owner",
        "/account",
        "/nowhere",
        "/hours",
        "/visits",
    ):
        assert 'action="/sign-out"' in browser.get(path).text, path
