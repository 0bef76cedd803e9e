"""Every cell of the table: each role, each page and field, each owner. The outcome follows from the table, and is frozen beside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from werkzeug.routing import Rule

from app import create_app
from domain.words import Role
from ledger.events import TOPICS
from ledger.place import Place
from tests.web.conftest import populate
from tests.web.rights_town import ROLES, SECRETS, WHOSE, Town, permitted
from tests.web.test_access import methods, path_of, rules
from web import accounts_providers as providers
from web import permissions
from web.accounts_providers import Provider

FROZEN = Path(__file__).parent / "permissions.txt"
COLUMNS: tuple[Role | None, ...] = (None, *ROLES)
OF_A_THING = {"activity_id", "slot_id", "person_id", "person", "contact", "thing", "position", "organisation"}
SKIPPED = {"signin.leave", "live.stream", "metrics.page"}
"""Ends the session; never ends by itself; is for machines and their token (its own tests)."""
OWN_ACCOUNT = {"linking.link", "linking.unlink", "sign_on.start", "sign_on.back"}
"""The organisation in the path is whose provider one signs in by, whatever one's roles."""
EXAMPLES = {"rosters.act": "no-show", "hours.settle": "voiding", "planning.move": "closing"}
OF_ENDPOINT = {"organisations.register": {"kind": "service_station"}}
"""What a form means by a name that others use too."""
IN_A_FORM = {
    "hours.advance",
    "planning.create",
    "enrolments.sign_up",
    "people.merge_now",
    "people.flag",
    "deliveries.retry",
}
"""Whose thing it is stands in the form: the page opens, but nothing is written for what is not one's own."""


def form_of(endpoint: str, things: dict[str, Any]) -> dict[str, str]:
    """What is typed, so that the command is reached."""
    person, slot = things["person_id"], things["slot_id"]
    typed = {
        "reason": "有理由", "how": "当面", "sure": "1", "person": person, "side": "volunteer", "count": "3", "minutes": "30",
        "text": "不对", "organisation": things["organisation"], "title": "新活动", "name": "新名字", "skill": "理发",
        "born": "1990", "scope": "photo", "email": "x@example.org", "why": "原因", "e": f"{slot} {person} 60",
        "role": "volunteer", "seats": "5", "volunteer": "5", "kind": "plan", "open": "1", "other": "colleague",
        "kinds": "health",
        "parent": things["organisation"],
        "called": "新名字", "phone": "13900000000", "until": "2026-12-31", "day": "2026-11-20", "form": "phone_visit",
    }  # fmt: skip
    return typed | OF_ENDPOINT.get(endpoint, {})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town, in which nothing is written any more."""
    app = create_app(Place(tmp_path_factory.mktemp("town")), is_tryout=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    found = Town(app)
    populate(found)
    found.settle()
    for person in (f"{where}-{role}" for where in ("at", "above") for role in ROLES):
        found.open_account(person)
    for organisation in ("centre", "agency"):
        providers.save(found.accounts, Provider(organisation, "https://id.invalid", "client", "secret", ()))
    with pytest.MonkeyPatch.context() as patch:
        found.stop(patch)
        yield found
    found.accounts.close()
    found.house.close()


def routes(town: Town) -> list[tuple[str, Rule, str]]:
    """A name a line, rule and method, by endpoint."""
    found = [(one.endpoint, one, method) for one in rules(town) for method in methods(one)]
    return sorted((one for one in found if one[0] not in SKIPPED), key=lambda one: (one[0], one[2]))


def outcomes(town: Town, role: Role | None) -> dict[str, str]:
    """What every request comes to, one letter an owner; one letter in all where it is about no thing of anybody."""
    browsers = {whose: town.as_(town.who(role, whose)) for whose in WHOSE}
    found = {}
    for endpoint, rule, method in routes(town):
        is_of_somebody = endpoint not in OWN_ACCOUNT and (rule.arguments & OF_A_THING or endpoint in IN_A_FORM)
        letters = ""
        for whose in WHOSE if is_of_somebody else ("mine",):
            things = town.things(role, whose) | {"deed": EXAMPLES.get(endpoint, "voiding"), "step": "closing"}
            path = path_of(town, rule, things)
            query = "?state=proposed" if endpoint == "hours.advance" else ""
            form = form_of(endpoint, things) if method != "GET" else {}
            letters += town.opens(browsers[whose], path + query, method, form)
        found[f"{method} {endpoint}"] = letters
    return found


def fields(town: Town, role: Role | None) -> dict[str, str]:
    """What is shown: `s` of each field on the page of the person or of the hours, `-` where the page or the field is not."""
    pages = {"hours.objected.text": "/hours/{slot_id}/{person}", "": "/people/{person}"}
    found = {}
    for name, secret in SECRETS.items():
        letters = ""
        for whose in WHOSE:
            things = town.things(role, whose)
            answer = town.as_(town.who(role, whose)).get(pages.get(name, pages[""]).format(**things))
            mark = (
                f"138{sum(map(ord, str(things['person']))):08}"
                if name == "person.phone"
                else secret + str(things["person"])
            )
            letters += "s" if answer.status_code == 200 and mark in answer.text else "-"
        found[f"FIELD {name}"] = letters
    letters = ""
    for whose in WHOSE[1:]:
        path = f"/activities/draft-{'agency' if whose == 'other' else 'centre'}"
        letters += "s" if town.as_(town.who(role, whose)).get(path).status_code == 200 else "-"
    return found | {"FIELD activity.draft": letters, **grants(town, role), **stored(town, role)}


def grants(town: Town, role: Role | None) -> dict[str, str]:
    """Which roles they may give to somebody whom their organisation knows."""
    found = {}
    for given in get_args(Role):
        letters = ""
        for whose in WHOSE[1:]:
            things = town.things(role, whose)
            form = {"role": given, "organisation": str(things["organisation"])}
            letters += town.opens(town.as_(town.who(role, whose)), f"/people/{things['person']}/roles", "POST", form)
        found[f"FIELD role.{given}"] = letters
    return found


def stored(town: Town, role: Role | None) -> dict[str, str]:
    """The personal fields of events, as their pages show the record."""
    letters: dict[str, str] = {}
    for whose in WHOSE:
        browser, person = town.as_(town.who(role, whose)), str(town.things(role, whose)["person"])
        for topic, fields in town.told.items():
            event = town.event_of(person, topic)
            answer = browser.get(f"/events/{event.position}")
            for field in fields:
                secret = getattr(event.event, field)
                said = str(secret["text"] if isinstance(secret, dict) else secret)
                letters.setdefault(f"FIELD {topic}.{field}", "")
                letters[f"FIELD {topic}.{field}"] += "s" if answer.status_code == 200 and said in answer.text else "-"
    return letters


def test_every_personal_field_of_an_event_is_told_of_somebody(town: Town) -> None:
    """But for what protects a file as soon as it is told, which `test_sight.py` walks, and what the page of the hours shows."""
    told = {f"{topic}.{field}" for topic, fields in town.told.items() for field in fields}
    personal = {
        f"{cls.topic}.{name}" for cls in TOPICS.values() for name in cls.personal if "domain." in cls.__module__
    }
    assert personal - told - SECRETS.keys() == {"person.restricted.why", "person.sensitivity_marked.kinds"}


def frozen() -> dict[str, list[str]]:
    """The file: a line a request or field, a column a role."""
    lines = [line.split() for line in FROZEN.read_text().splitlines() if line and not line.startswith("#")]
    return {f"{words[0]} {words[1]}": words[2:] for words in lines}


@pytest.mark.parametrize("role", COLUMNS, ids=str)
def test_every_page_opens_to_whom_the_table_says_and_to_nobody_else(town: Town, role: Role | None) -> None:
    seen = outcomes(town, role)
    for request, letters in seen.items():
        endpoint = request.split()[1]
        owners = WHOSE if len(letters) > 1 else ("mine",)
        for whose, letter in zip(owners, letters, strict=True):
            if role is None and letter == "?":
                assert not permitted(endpoint, role, whose), request
                continue
            if endpoint in IN_A_FORM or len(letters) == 1:
                self_too = permissions.NAMED[endpoint].self_ and role is not None
                assert letter != "w" or permitted(endpoint, role, whose) or self_too, (request, whose, letter)
                continue
            assert (letter in "ow") == permitted(endpoint, role, whose), (request, whose, letter)
    compare(role, seen)


@pytest.mark.parametrize("role", COLUMNS, ids=str)
def test_every_field_shows_to_whom_the_table_says_and_to_nobody_else(town: Town, role: Role | None) -> None:
    seen = fields(town, role)
    for line, letters in seen.items():
        name = line.split()[1]
        for whose, letter in zip(WHOSE[-len(letters) :], letters, strict=True):
            if name.rpartition(".")[0] in TOPICS and whose == "own":
                continue  # the trail is read by office
            says = permitted(name, role, whose) and (
                not name.startswith("role.") or permitted("people.grant", role, whose)
            )
            assert (letter in "sw") == says, (name, whose, letter)
    compare(role, seen)


def compare(role: Role | None, seen: dict[str, str]) -> None:
    """With the frozen file; `FREEZE=1` writes the column anew, for a reviewer to read the difference."""
    column = COLUMNS.index(role)
    known = frozen() if FROZEN.exists() else {}
    if os.environ.get("FREEZE"):
        for line, letters in seen.items():
            row = known.setdefault(line, ["."] * len(COLUMNS))
            row[column] = letters
        rows = (f"{line:<40} {' '.join(f'{cell:<4}' for cell in row)}".rstrip() for line, row in sorted(known.items()))
        text = "".join(f"{line}\n" for line in rows)
        FROZEN.write_text(HEAD + text)
        return
    kind = {line.startswith("FIELD") for line in seen}
    assert {line: row[column] for line, row in known.items() if line.startswith("FIELD") in kind} == seen


HEAD = f"""# What comes of it: a line a request or field, a column a role, in it a letter an owner: {", ".join(WHOSE)}
# (of three letters the last three, of one none).
# ? asked to sign in  - not there  o the page answers  w a command would be carried out  s the field is shown
# Columns: nobody, {", ".join(ROLES)}
# Written by FREEZE=1 pytest tests/web/test_permissions.py; a changed right is a difference to be read here.
"""
