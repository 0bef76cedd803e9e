"""Whatever arrives, from whomever: a page or a sentence, never a breakdown. Every route, every form, absurd addresses and junk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from werkzeug.routing import AnyConverter, Rule

from domain.attendance import CorrectAttendance
from domain.hours_crediting import ProposeHours
from domain.planning import AddSlot, DraftActivity
from domain.receipts import RecordReceipt
from domain.sign_up import SignUp
from tests.web.conftest import World
from tests.web.test_access import methods, path_of, right, rules

GOOD: dict[str, object] = {
    "activity_id": "a1", "slot_id": "a1.1", "person_id": "volunteer", "person": "recipient", "contact": "v1",
    "thing": "person:volunteer", "month": "2026-11", "position": 3, "measure": "visits",
}  # fmt: skip
FOREIGN: dict[str, object] = GOOD | {
    "activity_id": "a9", "slot_id": "a9.1", "person_id": "stranger", "person": "stranger", "thing": "person:stranger",
}  # fmt: skip
ABSURD: tuple[dict[str, object], ...] = (
    {"month": "0001-01", "position": 0, "slot_id": "a1.1.1", "person_id": "\0", "thing": "person:" + "长" * 3000},
    {"month": "9999-12", "position": 2**63, "activity_id": "\u202e", "slot_id": "%", "person_id": "a:b", "thing": ":"},
    {"month": "0000-00", "activity_id": "x" * 5000, "slot_id": ".", "person_id": "__class__", "deed": "__init__"},
    {
        "month": "\uff12\uff10\uff12\uff16-11",
        "slot_id": "a1.1\n",
        "person_id": "volunteer ",
        "thing": "slot:a1.1/volunteer",
    },
)
HUGE, LONG = "9" * 30, "长" * 200 + "x" * 60_000
"""A number that no column holds; a text that is long for any field, of letters that an address need not write as nine signs."""
ASKED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("page", "as_of", "from", "to", "day", "month", "before", "after", "seats", "late", "state"),
        ("-1", HUGE, "0001-01-01", "2026-13", "٣"),
    ),
    (
        (
            "q",
            "organisation",
            "side",
            "worker",
            "place",
            "copy",
            "other",
            "objecting",
            "stage",
            "actor",
            "thing",
            "next",
        ),
        (LONG[:90], "%' {0}\0"),
    ),
    (("q", "other"), (LONG,)),
)
"""Parameters of addresses: those that turn pages and years, and those that look for something; and what they are given."""
CALLS = dict.fromkeys(("endpoint", "values", "self", "_scheme", "_external", "_method", "_anchor"), "x")
"""Names that mean something to the function that builds addresses."""
FIELDS = (
    "person", "side", "reason", "command", "day", "starts", "ends", "every", "volunteer_seats", "participant_seats",
    "over", "risk", "deadline", "first", "seats", "displaced", "affected", "e", "p", "how", "minutes", "count", "text",
    "checked_in", "checked_out", "name", "phone", "note", "role", "organisation", "since", "until", "skill", "scope",
    "other", "flag", "title", "form", "document", "skills", "approval", "mode", "next", "back", "person-1", "day-1",
    "minutes-1", "outcome-1", "form-1", "helper-1", "flag-1", "row-1", "place-1",
)  # fmt: skip
SOUND: dict[str, str] = {
    "person": "volunteer", "side": "volunteer", "reason": "因为", "day": "2026-11-20", "starts": "09:00", "ends": "11:00",
    "volunteer_seats": "2", "risk": "一般", "first": "2", "seats": "3", "how": "minutes", "minutes": "60", "count": "3",
    "text": "少记了", "name": "新来的", "role": "volunteer", "organisation": "centre", "skill": "急救", "scope": "story",
    "other": "third", "title": "义剪", "document": "plan", "person-1": "recipient", "day-1": "2026-11-20", "p": "volunteer",
    "outcome-1": "接通", "minutes-1": "5", "e": "a1.1 volunteer 60", "anyway": "1", "anyway-1": "1",
}  # fmt: skip
"""What most forms accept, so that junk in one field is not stopped by another one."""
DAYS = ("day", "day-1", "since", "until")
MOMENTS = ("deadline", "checked_in", "checked_out")
TEXTS = ("reason", "risk", "text", "name", "skill", "title", "note", "place-1", "note-1", "skills", "how", "phone")
IDS = ("person", "p", "other", "person-1", "helper-1", "flag-1", "row-1", "command", "affected", "displaced", "e")
SPOILT = (
    *(dict.fromkeys(DAYS, day) | {"since": day} for day in ("0001-01-01", "9999-12-31")),
    *(dict.fromkeys(MOMENTS, moment) for moment in ("0001-01-01T00:00", "9999-12-31T23:59")),
    *(dict.fromkeys(TEXTS, text) for text in ("\0", "{what} %s {0}", "\u202e👩‍👩‍👦")),
    *(dict.fromkeys(IDS, text) for text in ("a/b:c", "x", "\0", "·", "volunteer a b c")),
    {"e": f"a1.1 volunteer {HUGE[:90]}", "how": "minutes", "side": "participant", "role": "administrator"},
)
"""What stands in the place of sound values: it passes a form's first look, or comes from no form at all."""


@pytest.fixture
def town(world: World) -> World:
    """An activity of the centre with hours and contacts, and one of the agency."""
    slot = world.open_activity()
    foreign = AddSlot("a9", "a9.1", world.now, world.now + timedelta(hours=2), volunteer_seats=2, risk="一般")
    for command in (DraftActivity("a9", "青禾读书会", "agency"), foreign):
        world.do(command, actor="stranger", organisation="agency")
    world.do(SignUp(slot, "volunteer"))
    starts = (world.now + timedelta(days=3)).replace(hour=9)
    world.now += timedelta(days=4)
    world.do(CorrectAttendance(slot, "volunteer", starts, starts + timedelta(hours=1)), reason="补录")
    world.do(ProposeHours(slot, "volunteer"))
    world.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-11-20", place="东区", worker="owner"))
    world.do(RecordReceipt("v2", "recipient", "counselling", "centre", "2026-11-20", minutes=50, worker="owner"))
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    return world


def paths(town: World, rule: Rule, *choices: dict[str, object]) -> Iterator[str]:
    """The rule's addresses with these things in them."""
    for things in choices if rule.arguments else ({},):
        yield path_of(town, rule, {name: fitting(rule, name, value) for name, value in things.items()})


def fitting(rule: Rule, name: str, value: object) -> object:
    """The value, or one that the address can be built from."""
    converter = rule._converters.get(name)
    return min(converter.items) if isinstance(converter, AnyConverter) else value


def opening(town: World, method: str) -> list[Rule]:
    """Every rule that takes this method and does not change who is signed in."""
    left = ("signin.leave", "signin_tryout.pick")
    return [rule for rule in rules(town) if method in methods(rule) and rule.endpoint not in left]


def on_both(*roles: str | None) -> list[tuple[str, str | None]]:
    """All of them on one engine, the first on the other: what a database is asked differs by page, not by who looks."""
    return [*(("sqlite", role) for role in roles), ("postgresql", roles[0])]


@pytest.mark.parametrize(("engine", "role"), on_both("owner", "stranger", "reviewer", "volunteer", None))
def test_every_address_gives_a_page_or_a_sentence(town: World, role: str | None) -> None:
    browser = town.as_(role)
    things = (GOOD, FOREIGN, *(GOOD | absurd for absurd in ABSURD)) if role == "owner" else (FOREIGN, GOOD | ABSURD[1])
    for rule in opening(town, "GET"):
        for path in paths(town, rule, *things):
            assert browser.get(path, buffered=True).status_code < 500, path[:200]


def test_every_query_gives_a_page_or_a_sentence(town: World) -> None:
    browser = town.as_("owner")
    queries = (CALLS, *(dict.fromkeys(names, junk) for names, given in ASKED for junk in given))
    for rule in opening(town, "GET"):
        path = path_of(town, rule, GOOD)
        for query in queries:
            status = browser.get(path, query_string=query, buffered=True).status_code
            assert status < 500, (path, str(query)[:200])


@pytest.mark.parametrize(("engine", "role"), on_both("owner", "volunteer"))
def test_every_form_takes_whatever_is_sent(town: World, role: str) -> None:
    browser = town.as_(role)
    forms = (
        {},
        *(dict.fromkeys(FIELDS, junk) for junk in (HUGE, "\0", LONG[:2000])),
        *(SOUND | one for one in SPOILT),
        SOUND,
    )
    for rule in opening(town, "POST"):
        if role != "owner" and not right(rule).self_ and not right(rule).anybody:
            continue
        path = path_of(town, rule, GOOD)
        for form in forms:
            status = browser.post(path, data=form, query_string=CALLS if form is SOUND else {}).status_code
            assert status < 500, (path, {name: text[:30] for name, text in form.items() if SOUND.get(name) != text})
