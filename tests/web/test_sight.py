"""What a viewer sees of a person: decided in one place, and kept on every page, list, file and event of the whole cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain

import pytest

from domain.consents import RecordBirthYear
from domain.duplicates import FlagDuplicate
from domain.openings import SealPerson
from domain.own_data import RestrictPerson
from domain.person_files import RegisterPerson
from domain.person_states import BY_TWO
from domain.receipts import RecordReceipt
from domain.records import KeepRecord
from domain.roles import GrantRole
from domain.sensitive import MarkSensitive
from domain.sign_up import SignUp
from ledger.events import Command
from projections.protection import Protected
from tests.web.conftest import World
from tests.web.test_access import methods, path_of, rules
from web.sight import Sight, decide

WHO, NAME, PHONE = "guarded", "霍晓禾", "13912345678"
NOTE, OUTCOME, WISH, KEPT = "膝盖不好", "睡不着", "下周再打", "一副护膝"
SAID = "他的主管替他说的"
"""Why somebody decided about them: of the young for whoever signs their hours, of others for those to whom the file is open."""
DETAILS = (PHONE, NOTE, OUTCOME, WISH, KEPT)
YEAR = 2026
PROTECTIONS: dict[str, Callable[[int], Command]] = {
    "sealed": lambda year: SealPerson(WHO),
    "restricted": lambda year: RestrictPerson(WHO, "请不要再用"),
    "marked": lambda year: MarkSensitive(WHO, ("health",)),
    "minor": lambda year: RecordBirthYear(WHO, year - 15),
}


@pytest.fixture
def engine() -> str:
    """What is shown is the same on either engine."""
    return "sqlite"


@pytest.fixture
def town(world: World) -> World:
    """Somebody who served, was visited, may be somebody else, and has a place in a slot to come."""
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RegisterPerson(WHO, NAME, phone=PHONE, organisation="centre", over=14, note=NOTE))
    world.do(GrantRole(WHO, "volunteer", "centre"))
    world.help_out(WHO, "a1")
    visit = RecordReceipt("v1", WHO, "phone_visit", "centre", "2026-11-22", outcome=OUTCOME, next_step=WISH, note=NOTE)
    world.do(visit, actor="second")
    world.do(SignUp(world.open_activity("a2"), WHO, "volunteer"), reason=SAID)
    world.do(FlagDuplicate(WHO, (WHO, "third")))
    world.do(KeepRecord("wish-1", 1, "WishCollected", {"items": [KEPT]}, about=(WHO,)))
    return world


def everywhere(world: World) -> Iterator[str]:
    """Every address that can be opened, with everything that is there filled in, and the ways to look for somebody."""
    things: dict[str, object] = {
        "activity_id": "a1", "slot_id": "a1.1", "slot": "a1.1", "activity": "a1", "person_id": WHO, "person": WHO,
        "contact": "v1", "thing": f"person:{WHO}", "month": "2026-11", "measure": "persons_visited", "position": 1,
    }  # fmt: skip
    for rule in rules(world):
        if "GET" in methods(rule) and not rule.endpoint.startswith(("styleguide", "live", "signin")):
            yield path_of(world, rule, things)
    first = world.house.ledger.stream(f"person:{WHO}")[0].position
    yield from (f"/events/{position}" for position in range(first, world.house.ledger.store.head() + 1))
    yield from (f"/history/{kind}:a1.1/{WHO}" for kind in ("enrolment", "hours"))
    yield from (f"/{page}{word}" for page in ("people?q=", "people/options?q=", "audit?thing=") for word in (NAME, WHO))
    yield from (f"/audit?actor={NAME}", f"/audit/export.csv?thing=person:{WHO}", "/audit?page=2")
    yield from (
        f"/slots/a1.1/roster?q={NAME}",
        "/slots/a1.1/roster?as_of=40",
        "/slots/a2.1/roster",
        "/hours?state=proposed",
    )
    yield from (
        f"/slots/a2.1/roster/{WHO}",
        "/months/2026-11/figures/volunteer_minutes",
        f"/people/third/merge?other={WHO}",
    )


def shown(world: World, viewer: str, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Where a viewer finds any of the words."""
    browser = world.as_(viewer)
    pages = ((address, browser.get(address, follow_redirects=True).text) for address in everywhere(world))
    typed = {"q": "", "command": "c" + "1" * 16, "side": "volunteer", "reason": "x"}
    forms = (
        ("/visits", {"person-1": WHO, "form-1": "phone_visit", "day-1": "坏"}),
        ("/visits/counselling", typed | {"person": WHO, "day": "坏"}),
        ("/slots/a2.1/roster", typed | {"person": WHO, "side": "坏"}),
        ("/people", typed | {"name": NAME, "over": "坏"}),
        ("/people/third/merge", typed | {"other": WHO, "reason": ""}),
        (f"/people/{WHO}/merge", typed | {"other": "third", "reason": ""}),
    )
    answers = ((f"POST {path}", browser.post(path, data=data).text) for path, data in forms)
    return [(address, word) for address, text in chain(pages, answers) for word in words if word in untyped(text)]


def untyped(text: str) -> str:
    """A page without what the viewer typed themselves: it stands in their form again."""
    return text.replace(f'value="{NAME}"', "").replace(f"“{NAME}”", "")


@pytest.mark.parametrize("how", PROTECTIONS)
def test_what_is_protected_is_shown_nowhere_to_anybody_who_did_not_open_it(town: World, how: str) -> None:
    every = (NAME, *DETAILS, SAID)
    assert {word for _, word in shown(town, "owner", every)} == {*every}, "it can be found before"
    town.do(PROTECTIONS[how](town.now.year), actor=WHO if how == "restricted" else "head", reason="受委托")
    said = () if how == "minor" else (SAID,)
    for viewer in ("owner", "head"):
        assert shown(town, viewer, every if how == "sealed" else (*DETAILS, *said)) == [], viewer
    for viewer in ("stranger", "auditor", "third") if how == "sealed" else ("auditor",):
        assert shown(town, viewer, every if how == "sealed" else (NAME, *DETAILS, *said)) == [], viewer


@pytest.mark.parametrize("how", PROTECTIONS)
def test_who_wrote_a_note_reads_it_on_unless_two_persons_open_the_file(town: World, how: str) -> None:
    own = "我自己写的那句"
    town.do(RecordReceipt("v2", WHO, "phone_visit", "centre", "2026-11-22", outcome=own, worker="owner"))
    town.do(PROTECTIONS[how](town.now.year), actor=WHO if how == "restricted" else "head", reason="受委托")
    assert (own in town.as_("owner").get("/visits").text) is (how not in BY_TWO)
    assert OUTCOME not in town.as_("owner").get("/visits").text


def test_whoever_opened_a_file_sees_what_it_holds_for_as_long(town: World) -> None:
    town.do(PROTECTIONS["marked"](town.now.year), actor="head")
    owner = town.as_("owner")
    assert "写明理由" in owner.get(f"/people/{WHO}").text
    assert owner.post(f"/people/{WHO}/reading", data={"reason": "回访", "command": "c1"}).status_code == 303
    assert PHONE in owner.get(f"/slots/a1.1/roster/{WHO}").text
    assert OUTCOME in owner.get("/visits").text
    assert SAID in owner.get("/audit").text
    assert SAID not in town.as_("auditor").get("/audit").text
    assert "健康" in owner.get(f"/people/{WHO}").text
    assert PHONE not in town.as_("colleague").get(f"/slots/a1.1/roster/{WHO}").text
    town.now += timedelta(minutes=61)
    assert PHONE not in owner.get(f"/slots/a1.1/roster/{WHO}").text
    read = town.as_(WHO).get("/me/data").text
    assert "谁看过我的敏感档案" in read
    assert "健康" in read


def test_who_looks_after_people_marks_a_file_and_nobody_their_own(town: World) -> None:
    town.do(RegisterPerson("runner", "组织者01", organisation="centre"))
    town.do(GrantRole("runner", "organiser", "centre"))
    marks = {"kinds": ["health", "hardship"], "command": "c7"}
    for viewer in ("runner", "stranger", "auditor", "second", WHO):
        assert town.as_(viewer).post(f"/people/{WHO}/marks", data=marks).status_code == 404, viewer
    owner = town.as_("owner")
    assert owner.post(f"/people/{WHO}/marks", data=marks | {"kinds": "wealth"}).status_code == 422
    assert owner.post(f"/people/{WHO}/marks", data=marks).status_code == 303
    assert owner.post(f"/people/{WHO}/marks", data={"command": "c8"}).headers["Location"] == f"/people/{WHO}"
    assert "标为敏感" in owner.get(f"/people/{WHO}").text
    owner.post(f"/people/{WHO}/reading", data={"reason": "回访", "command": "c9"})
    assert owner.post(f"/people/{WHO}/marks", data={"command": "c10"}).status_code == 409
    assert owner.post(f"/people/{WHO}/marks", data={"command": "c11", "reason": "误标"}).status_code == 303
    assert PHONE in town.as_("colleague").get(f"/people/{WHO}").text


def file(**changes: object) -> Protected:
    return Protected(**{"id": "p", "root": "p", "name": "霍晓禾", "state": "", "born": 0, "marks": "", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "circumstances", "seen"),
    [
        ({}, {}, Sight("霍*", "masked", False)),
        ({}, {"serves": True}, Sight(NAME, "full", True)),
        ({}, {"in_office": True}, Sight(NAME, "full", False)),
        ({"born": YEAR - 18}, {"serves": True}, Sight(NAME, "full", False, "minor")),
        ({"born": YEAR - 19}, {"serves": True}, Sight(NAME, "full", True)),
        ({"born": YEAR - 15, "marks": "health"}, {"serves": True}, Sight(NAME, "full", False, "marked")),
        ({"marks": "health"}, {"serves": True, "opened": ["minor"]}, Sight(NAME, "full", True)),
        ({"marks": "health"}, {"opened": ["marked"]}, Sight("霍*", "masked", False)),
        ({"state": "restricted"}, {"serves": True}, Sight(NAME, "full", False, "restricted")),
        ({"state": "restricted"}, {"serves": True, "opened": ["minor"]}, Sight(NAME, "full", False, "restricted")),
        ({"state": "restricted"}, {"serves": True, "opened": ["restricted"]}, Sight(NAME, "full", True)),
        ({"state": "sealed"}, {"serves": True, "opened": ["restricted"]}, Sight("（封存）", "hidden", False, "sealed")),
        ({"state": "sealed"}, {"serves": True, "in_office": True}, Sight("（封存）", "hidden", False, "sealed")),
        ({"state": "sealed"}, {"serves": True, "opened": ["minor"]}, Sight("（封存）", "hidden", False, "sealed")),
        ({"state": "sealed"}, {"serves": True, "opened": ["sealed"]}, Sight(NAME, "full", True)),
        ({"state": "sealed"}, {"is_own": True}, Sight(NAME, "full", True)),
        ({"state": "forgotten"}, {"is_own": True, "serves": True}, Sight("已注销", "erased", False)),
    ],
)
def test_the_table_of_what_is_seen(known: dict[str, object], circumstances: dict[str, object], seen: Sight) -> None:
    nobody: dict[str, object] = {"is_own": False, "serves": False, "in_office": False, "opened": ()}
    assert decide(file(**known), YEAR, **nobody | circumstances) == seen  # type: ignore[arg-type]
