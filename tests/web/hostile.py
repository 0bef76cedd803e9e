"""A town in which every form of the application stands on some page, and somebody who types scripts into all of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode, urlsplit

from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from domain.attendance import CheckIn, CheckOut
from domain.closing import CloseSlot
from domain.consents import GiveConsent
from domain.contacts import ChangeContact
from domain.duplicates import FlagDuplicate
from domain.forgetting import AskToBeForgotten
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.joining import OpenJoining
from domain.openings import ApproveOpening, AskToOpen, SealPerson
from domain.organisations import RegisterOrganisation, SuspendOrganisation
from domain.own_data import RestrictPerson
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity
from domain.purchases import AgreePurchase
from domain.receipts import RecordReceipt
from domain.roles import GrantRole
from domain.sign_up import SignUp
from ledger.place import Place
from tests.web.conftest import City, opened_city
from tests.web.forms import Form, Page
from tests.web.test_access import methods, path_of, rules
from web import accounts_codes as codes
from web import accounts_factors as factors
from web import accounts_links as links
from web import accounts_providers as providers
from web import accounts_sessions as sessions
from web.accounts_tables import passkey
from web.house import new_id
from web.id_tokens import Failed
from workers.drain import LANES, Desk, drain, follow
from workers.mail import Channel

PEOPLE = ("head", "owner", "colleague", "reviewer", "volunteer", "guest", "guarded", None)
"""Who walks: an administrator, two of the staff, a reviewer, a volunteer with every factor, somebody who has to set one up,
somebody whose code is asked for, nobody.
"""
LEAVING = ("/sign-out",)
"""Forms that end the walk."""
LAST = ("/forgetting", "/merge", "/seal", "/cancellation", "/closing", "/archiving", "/ending", "/removal", "/voiding")
"""Forms after which there is less to see are sent last."""
USUAL: dict[str, object] = {"month": "2026-11", "measure": "visits", "organisation": "centre"}
THINGS: tuple[dict[str, object], ...] = (
    {"activity_id": "a1", "slot_id": "a1.1", "person_id": "volunteer", "thing": "person:volunteer", "position": 3},
    {"activity_id": "past", "slot_id": "past.1", "person_id": "second", "thing": "slot:past.1", "position": 5},
    {"activity_id": "draft", "slot_id": "asked.1", "person_id": "minor", "thing": "activity:a1", "position": 9},
    {"activity_id": "asked", "slot_id": "draft.1", "person_id": "owner", "thing": "receipt:v1", "position": 40},
    {"person_id": "twin", "slot_id": "past.1"},
    {"person_id": "kept", "slot_id": "ready.1", "activity_id": "ready"},
    {"person_id": "sealed"},
    {"person_id": "leaving", "organisation": "shut"},
)
"""What stands for the parts of an address."""

SIGN = "zzq"
"""Stands in every payload, so that what was typed can be found again."""
RUNS = "window.zzran=1"
PAYLOADS = {
    "script": f"<script>{RUNS}</script>{SIGN}",
    "image": f"{SIGN}\"'><img src=x onerror={RUNS}>",
    "svg": f"{SIGN}</title></textarea><svg onload={RUNS}>",
    "address": f"javascript:{RUNS}//{SIGN}",
    "attribute": f"{SIGN}\" autofocus onfocus='{RUNS}' x=\"",
    "template": f"{{{{7*71917191}}}}${{7*71917191}}<%=7*71917191%>{SIGN}",
    "query": f"{SIGN}' OR '1'='1'; DROP TABLE people;--",
    "unseen": f"{SIGN}\u202e\u2066\u200b\u200d\ufeff\u0301{SIGN}",
    "nul": f"{SIGN}\0",
    "line": f"{SIGN}\r\nSet-Cookie: {SIGN}=1\r\n\r\n<b>",
    "formula": f"=cmd|'/C calc'!A0 {SIGN}",
    "face": f"👩‍👩‍👦🏳️‍🌈{SIGN}\U0001f600",
    "format": f"{SIGN}%s%n%(x)s{{0}}{{what}}",
    "long": SIGN + "长" * 10_000,
}
SURROUNDINGS = {"zh-CN": "何小满{}来", "en-GB": "Mary {} came"}
QUICK = ("script", "image", "template", "nul")
"""What is typed everywhere in the short walk; the long one types everything."""
COMPUTED = str(7 * 71917191)
"""So long that no random token holds it by chance."""


class Walker(NamedTuple):
    """Somebody with a browser."""

    person: str | None
    browser: FlaskClient


def furnish(city: City) -> City:
    """Something in every state that has a form."""
    city.app.config["PROPAGATE_EXCEPTIONS"] = False
    city.do(RegisterPerson("head", "管理员01", organisation="union"))
    city.do(GrantRole("head", "administrator", "union"))
    for person, name in {
        "twin": "何小满",
        "leaving": "霍晓禾",
        "kept": "云朵",
        "minor": "林小",
        "sealed": "石头",
    }.items():
        city.do(RegisterPerson(person, name, organisation="centre", over=None if person == "minor" else 18))
        city.do(GrantRole(person, "volunteer", "centre"))
    for person in ("guest", "guarded"):
        city.do(RegisterPerson(person, "半掩门", organisation="centre", over=18))
        city.do(GrantRole(person, "reviewer", "union"))
    city.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-11-20", place="东区", worker="owner"))
    city.do(RecordReceipt("v2", "recipient", "counselling", "centre", "2026-11-20", minutes=50, worker="owner"))
    for person in ("leaving", "reviewer"):  # one whom others see, one who walks about and could take it back
        city.do(AskToBeForgotten(person), actor=person)
    city.do(RestrictPerson("kept", "本人要求"), actor="kept")
    city.do(FlagDuplicate("twin", ("twin", "volunteer")))
    city.do(OpenJoining("centre"), actor="head")
    city.do(SealPerson("sealed"), actor="head", reason="未成年人司法")
    city.do(AskToOpen("sealed"), actor="owner", reason="核对")
    held(city)
    city.open_activity("a1", seats=4)
    city.do(ChangeContact("third", "third@example.org"), actor="third")
    for person in ("second", "third", "volunteer"):
        city.do(SignUp("a1.1", person), actor=person)
    city.open_activity("asked", days=5, approval="reviewed")
    city.do(SignUp("asked.1", "second"), actor="second")
    starts = city.now + timedelta(days=9)
    city.do(DraftActivity("draft", "还没发布", "centre"))
    city.do(AddSlot("draft", "draft.1", starts, starts + timedelta(hours=1), volunteer_seats=2, risk="一般"))
    vouch(city)
    city.do(GiveConsent("volunteer", "story"), actor="volunteer")
    for person in ("volunteer", "guarded"):
        city.open_account(person)
        city.accounts.change(person, totp=city.accounts.keys.seal(person, factors.new_secret()), totp_spent=0)
    key = {"id": "a2V5LTE", "person": "volunteer", "public_key": b"k", "sign_count": 0, "label": "手机", "added": 0}
    with city.accounts.write() as connection:
        connection.execute(insert(passkey).values(key))
    city.now += timedelta(days=2)
    desk: Desk = city.app.extensions["desk"]
    follow(desk)  # whom to remind is known by now, and that there is no server to send by
    for lane in LANES:
        drain(desk, lane)
    desk.channel = Channel("127.0.0.1", 9, "liandong@example.org", link="http://localhost")  # nobody is there
    city.do(ProposeHours("past.1", "second"))
    city.do(ConfirmHours("past.1", "second", 90), actor="colleague")
    city.do(RegisterOrganisation("shut", "东街服务站", "service_station", "centre"))
    city.do(SuspendOrganisation("shut"), reason="换届")
    city.do(AgreePurchase("centre", "union", city.now.date()), actor="head", organisation="union")
    city.do(AskToOpen("kept"), actor="head", reason="核对")
    city.do(ApproveOpening("kept", "head"), actor="owner")  # open for a day: what is restricted can be lifted
    with city.accounts.write() as connection:
        codes.renew(connection, city.accounts, "volunteer", city.now)  # not written down yet
    sessions.start(city.accounts, "volunteer", city.now, means="password", lasts=sessions.OWN)
    return city


def town(folder: Path) -> Iterator[City]:
    """The furnished town in a place of its own, whose forms need their tokens; closed afterwards."""
    for city in opened_city(Place(folder)):
        furnish(city).app.config["WTF_CSRF_ENABLED"] = True
        yield city


class Silent:
    """In the place of what speaks with providers: no request leaves the town, every one is cancelled there."""

    def metadata(self, issuer: str, at: int) -> NoReturn:
        """Raises Failed."""
        raise Failed("cancelled")

    discover = leave = metadata


def vouch(city: City) -> None:
    """The centre has a provider of its own, by which one of its people signs in."""
    city.app.extensions["providers"] = Silent()
    own = providers.Provider("centre", "https://id.example.org", "client", "secret", ())
    providers.save(city.accounts, own)
    with providers.linking(city.accounts, own, "subject", "volunteer", city.now):
        pass


def held(city: City) -> None:
    """Two activities that are over: one of which nothing is settled, one with hours at every stage."""
    for activity in ("past", "ready"):
        slot = city.open_activity(activity, days=1, seats=6)
        starts = city.now.replace(hour=9, minute=0) + timedelta(days=1)
        for person in ("second", "third", "volunteer"):
            if activity == "past":
                city.do(SignUp(slot, person), actor=person)
        if activity == "past":
            city.do(CheckIn(slot, "second", "self"), actor="second", at=starts)
            city.do(CheckOut(slot, "second", "self"), actor="second", at=starts + timedelta(minutes=90))
            city.do(CheckIn(slot, "third", "self"), actor="third", at=starts)
            city.do(CheckOut(slot, "third", "self"), actor="third", at=starts + timedelta(minutes=90))
    city.now += timedelta(days=2)
    city.do(CloseSlot("ready", "ready.1"))


def walkers(city: City, people: Iterable[str | None] = PEOPLE) -> Iterator[Walker]:
    """Everybody at their door."""
    for person in people:
        yield Walker(person, half(city, person) if person in ("guest", "guarded") else city.as_(person))


def half(city: City, person: str) -> FlaskClient:
    """The browser of somebody who gave the password and still owes the second factor."""
    browser = city.as_(person)
    token = sessions.start(city.accounts, person, city.now, means="password", lasts=sessions.HALF)
    with browser.session_transaction() as session:
        session["token"] = token
    return browser


def doors(city: City) -> list[str]:
    """Addresses to begin with: every page that the map knows, with everything that stands for its parts; two links."""
    found: dict[str, None] = {}
    for rule in rules(city):
        if "GET" in methods(rule) and rule.endpoint not in ("live.stream",):
            for things in THINGS if rule.arguments else ({},):
                found[path_of(city, rule, USUAL | things)] = None
    found["/people/volunteer/merge?other=twin"] = found["/deliveries?outcome=no_channel"] = None
    found["/enter/" + links.issue(city.accounts, "second", "invitation", city.now)] = None
    return list(found)


def walk(walker: Walker, starts: Iterable[str], most: int) -> Iterator[tuple[str, TestResponse, Page | None]]:
    """Every page that this person gets to from there by links; what is no page of text comes without one."""
    waiting, seen, alike = deque(starts), set[str](), Counter[str]()
    while waiting and len(seen) < most:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        alike[path.partition("?")[0]] += 1
        answer = walker.browser.get(path, buffered=True)
        is_page = answer.mimetype == "text/html" and answer.status_code != 303
        page = Page(path, answer.text) if is_page else None
        yield path, answer, page
        if page:
            waiting.extendleft(link for link in sorted(searches(page), reverse=True) if is_new(link, seen, alike))
            waiting.extend(link for link in sorted(page.links) if is_new(link, seen, alike))


def searches(page: Page) -> set[str]:
    """Where its searches lead when one looks for somebody."""
    found = (form.filled("禾") for form in page.forms() if form.method == "get")
    return {f"{urlsplit(form.action).path}?{urlencode(form.sent())}" for form in found}


def is_new(link: str, seen: set[str], alike: Counter[str]) -> bool:
    """Whether it leads to a page of ours of which not enough was seen: addresses that differ in a query are alike."""
    parts = urlsplit(link)
    if parts.netloc or parts.scheme or parts.path.startswith("/static/") or parts.path == "/live":
        return False
    return link not in seen and alike[parts.path] < 4


Kind = tuple[str, str, tuple[str, ...]]
Found = dict[Kind, tuple[Walker, Form]]


def forms(city: City, walkers: Iterable[Walker], most: int = 260) -> Found:
    """Every kind of form that somebody gets to see, by its method, its view and its fields; and who sees it first."""
    found: Found = {}
    starts = doors(city)
    for walker in walkers:
        for _, _, page in walk(walker, starts, most):
            for form in page.forms() if page else ():
                if form.action not in LEAVING:
                    kind = form.method, endpoint(city, form), form.what[2]
                    if kind not in found or (is_last(form) and found[kind][0] is walker):
                        found[kind] = walker, form
    return found


def in_order(found: Found) -> list[tuple[Walker, Form]]:
    """Those after which there is less to see come last."""
    return sorted(found.values(), key=lambda one: (is_last(one[1]), one[1].page))


def is_last(form: Form) -> bool:
    """Whether something is gone afterwards: then it is tried on what the walks come to last."""
    return any(word in form.action for word in LAST)


def endpoint(city: City, form: Form) -> str:
    """Which view a form goes to."""
    adapter = city.app.url_map.bind("localhost")
    return str(adapter.match(urlsplit(form.action).path, method=form.method.upper())[0])


def send(walker: Walker, form: Form, **headers: str) -> TestResponse:
    """Send it as a browser does."""
    path = urlsplit(form.action).path
    if form.method == "get":
        return walker.browser.get(path, query_string=form.sent(), buffered=True)
    data: dict[str, list[str]] = {}
    for name, value in form.sent():
        data.setdefault(name, []).append(value)
    sent = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost" + urlsplit(form.page).path} | headers
    return walker.browser.post(form.action, data=data, headers=sent, buffered=True)


def fresh(form: Form) -> Form:
    """The form as if its page had been opened anew: what it asks is asked for the first time."""
    return form.with_("command", new_id("c"))


def spoilt(form: Form, text: str) -> Form:
    """With this in every field, also in those that nobody types in: who attacks sends what they like."""
    kept = ("csrf_token", "typed_by", "command")
    return replace(form, fields=tuple(one if one.name in kept else replace(one, value=text) for one in form.fields))


def typed(name: str, language: str) -> str:
    """A payload among words of that language."""
    return SURROUNDINGS[language].format(PAYLOADS[name])


def tries(form: Form, name: str, language: str) -> list[Form]:
    """The form as somebody sends it who types this in every field; a picture also into those in which nobody types."""
    found = [fresh(form.filled(typed(name, language)))]
    return [*found, fresh(spoilt(form, PAYLOADS[name]))] if name == "image" else found
