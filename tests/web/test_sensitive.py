"""The gate before sensitive files: a reason first, written down for the person and the auditor; some need two persons."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from domain.consents import RecordBirthYear
from domain.openings import SealPerson
from domain.own_data import RestrictPerson
from domain.person_files import RegisterPerson
from domain.person_states import BY_TWO, SensitiveRead
from domain.roles import EndRole, GrantRole, RoleNotHeld
from domain.sensitive import MarkSensitive
from domain.sign_up import SignUp
from ledger.events import Command
from tests.web.conftest import World

FILE = "/people/volunteer"
WHY = {"reason": "回访前了解情况", "command": "c1"}


@pytest.fixture
def minor(world: World) -> World:
    """何小满 is fifteen; 管理员01 administers the town."""
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RecordBirthYear("volunteer", world.now.year - 15))
    return world


def test_a_minors_file_opens_for_an_hour_after_a_reason(minor: World) -> None:
    browser = minor.as_("owner")
    assert "敏感档案" in browser.get(FILE).text
    assert "何小满" not in browser.get(FILE).text
    assert browser.get(FILE + "/story").status_code == 302
    assert browser.post(FILE + "/reading", data={"command": "c0"}).status_code == 422
    assert browser.post(FILE + "/reading", data=WHY).status_code == 303
    assert "何小满" in browser.get(FILE).text
    assert "敏感档案" in minor.as_("colleague").get(FILE).text
    minor.now += timedelta(minutes=61)
    assert "敏感档案" in browser.get(FILE).text


def test_nobody_asks_the_person_themself(minor: World) -> None:
    assert "何小满" in minor.as_("volunteer").get(FILE).text


def test_whoever_cannot_open_it_is_told_who_can(minor: World) -> None:
    page = minor.as_("auditor").get(FILE).text
    assert "请找这个人所在机构的社工或管理员" in page
    assert 'href="/people"' not in page.partition("<main")[2]
    assert "请找这个人所在机构" not in minor.as_("owner").get(FILE).text


def test_the_person_and_the_auditor_see_who_read_it(minor: World) -> None:
    minor.as_("owner").post(FILE + "/reading", data=WHY)
    page = minor.as_("volunteer").get("/me/data").text
    assert "谁看过我的敏感档案" in page
    assert "社工03" in page
    head = minor.house.ledger.store.head()
    (event,) = minor.house.ledger.at([head])
    assert event.event == SensitiveRead("volunteer", "owner", "minor", 1)
    assert event.reason == WHY["reason"]
    assert "查看了" in minor.as_("auditor").get("/audit").text


SENSITIVE: dict[str, Callable[[int], Command]] = {
    "minor": lambda year: RecordBirthYear("volunteer", year - 15),
    "health": lambda year: MarkSensitive("volunteer", ("health",)),
    "hardship": lambda year: MarkSensitive("volunteer", ("hardship",)),
    "restricted": lambda year: RestrictPerson("volunteer", "请不要再用"),
    "sealed": lambda year: SealPerson("volunteer"),
}


@pytest.mark.parametrize("how", SENSITIVE)
def test_whoever_reads_says_why_and_the_person_and_the_auditor_read_that(world: World, how: str) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(SENSITIVE[how](world.now.year), actor="head", reason="受委托")
    owner = world.as_("owner")
    head = world.house.ledger.store.head()
    for blank in ({}, {"reason": ""}, {"reason": "  \u3000"}):
        assert owner.post(FILE + "/reading", data=blank | {"command": "c0"}).status_code == 422
    assert world.house.ledger.store.head() == head
    assert "何小满" not in owner.get(FILE).text
    assert owner.post(FILE + "/reading", data=WHY).status_code == 303
    if how in BY_TWO:
        assert "何小满" not in owner.get(FILE).text
        assert world.as_("head").post(FILE + "/openings/owner", data={"command": "c2"}).status_code == 303
    assert "何小满" in owner.get(FILE).text
    (event,) = world.house.ledger.at([world.house.ledger.store.head()])
    assert isinstance(event.event, SensitiveRead)
    assert (event.event.reader, event.event.what) == ("owner", how if how not in ("health", "hardship") else "marked")
    mine = world.as_("volunteer")
    for text in (mine.get("/me/data").text.partition("谁看过我的敏感档案")[2], mine.get("/me/data.json").text):
        assert "社工03" in text or '"owner"' in text
        assert WHY["reason"] in text
    trail = world.as_("auditor").get("/audit?topic=person.sensitive_read").text
    assert "查看了" in trail
    assert WHY["reason"] in world.as_("auditor").get("/audit?thing=person:volunteer").text


def test_a_sealed_file_is_found_by_nobody_and_opened_by_two(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(SignUp(world.open_activity(), "volunteer", "volunteer"), actor="volunteer")
    owner, head = world.as_("owner"), world.as_("head")
    assert owner.post(FILE + "/seal", data=WHY).status_code == 404
    assert head.post(FILE + "/seal", data=WHY).status_code == 303
    for address in ("/people?q=hexiaoman", "/people", FILE, "/slots/a1.1/roster.csv"):
        assert "何小满" not in owner.get(address).text, address
    assert owner.post(FILE + "/reading", data=WHY | {"command": "c2"}).status_code == 303
    assert "等另一个人批准" in owner.get(FILE).text
    assert owner.post(FILE + "/openings/owner").status_code == 404
    assert head.post(FILE + "/openings/owner", data={"command": "c3"}).status_code == 303
    assert "何小满" in owner.get(FILE).text
    assert "何小满" not in head.get(FILE).text
    world.now += timedelta(hours=25)
    assert "何小满" not in owner.get(FILE).text


def test_a_restricted_file_is_opened_and_freed_by_two(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RestrictPerson("volunteer", "不想再被找到"), actor="volunteer")
    owner, head, lift = world.as_("owner"), world.as_("head"), FILE + "/restriction/lifting"
    assert "申请查看" in owner.get(FILE).text
    assert owner.post(FILE + "/reading", data=WHY).status_code == 303
    assert "等另一个人批准" in owner.get(FILE).text
    assert owner.post(FILE + "/openings/owner").status_code == 404
    assert WHY["reason"] in head.get(FILE).text
    before = world.house.ledger.store.head()
    for browser in (owner, head):
        assert browser.post(lift, data={"reason": "谈过了", "command": "c2"}).headers["Location"] == FILE
    assert world.house.ledger.store.head() == before, "nobody lifts what a second person did not open to them"
    assert head.post(FILE + "/openings/owner", data={"command": "c3"}).status_code == 303
    assert "不想再被找到" in owner.get(FILE).text
    assert "不想再被找到" not in head.get(FILE).text
    assert owner.post(lift, data={"reason": "谈过了", "command": "c4"}).status_code == 303
    assert "何小满" in head.get(FILE).text


def test_who_may_answer_finds_what_is_asked_and_nobody_else_does(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RestrictPerson("volunteer", "请不要再用"), actor="volunteer")
    for asker in ("owner", "head"):
        world.as_(asker).post(FILE + "/reading", data=WHY)
    page = world.as_("head").get("/people").text.partition("等人批准的查看申请")[2]
    assert f'href="{FILE}"' in page
    assert "社工03：“" in page
    assert "管理员01：“" not in page, "nobody answers themselves"
    assert "何小满" not in page
    for other in ("owner", "colleague", "stranger"):
        assert "等人批准" not in world.as_(other).get("/people").text, other
    world.as_("head").post(FILE + "/openings/owner", data={"command": "c2"})
    assert "等人批准" not in world.as_("head").get("/people").text
    asked, opened = (world.as_(asker).get("/people").text.partition("你申请查看的")[2] for asker in ("head", "owner"))
    assert "等另一个人批准" in asked
    assert "批准了，可以看" in opened
    assert all(f'href="{FILE}"' in page for page in (asked, opened)), "no search finds the way there"


def test_what_was_opened_under_a_restriction_is_shut_by_a_seal(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RestrictPerson("volunteer", "请不要再用"), actor="volunteer")
    owner, head = world.as_("owner"), world.as_("head")
    owner.post(FILE + "/reading", data=WHY)
    head.post(FILE + "/openings/owner", data={"command": "c2"})
    assert "何小满" in owner.get(FILE).text
    assert head.post(FILE + "/seal", data=WHY | {"command": "c3"}).status_code == 303
    assert "何小满" not in owner.get(FILE).text


def test_what_one_person_opened_is_shut_by_a_restriction(minor: World) -> None:
    owner = minor.as_("owner")
    owner.post(FILE + "/reading", data=WHY)
    assert "何小满" in owner.get(FILE).text
    minor.do(RestrictPerson("volunteer", "请不要再用"), actor="volunteer")
    assert "何小满" not in owner.get(FILE).text
    assert "限制使用" in owner.get(FILE).text


@pytest.mark.parametrize("how", ["minor", "restricted", "sealed"])
def test_nothing_is_written_into_a_file_that_is_not_open(world: World, how: str) -> None:
    """A new address for letters would let in whoever reads them: one person's way round two."""
    world.do(SENSITIVE[how](world.now.year), reason="受委托")
    owner, before = world.as_("owner"), world.house.ledger.store.head()
    for act, data in {
        "contact": {"email": "mine@example.org", "language": "zh"}, "verification": {"how": "当面"},
        "birth-year": {"born": "1990"}, "restriction": {"why": "x"}, "roles": {"role": "volunteer", "organisation": "centre"},
    }.items():  # fmt: skip
        answer = owner.post(f"{FILE}/{act}", data=data | {"command": f"c-{act}"})
        assert (answer.status_code, answer.headers["Location"]) == (303, FILE), act
    assert world.house.ledger.store.head() == before


@pytest.fixture
def sealed(minor: World) -> World:
    """何小满's file is sealed, and 社工03 asks to read it."""
    minor.do(SignUp(minor.open_activity(), "volunteer", "volunteer"), actor="volunteer")
    minor.as_("head").post(FILE + "/seal", data=WHY)
    minor.as_("owner").post(FILE + "/reading", data=WHY | {"command": "c2"})
    return minor


def test_who_is_refused_reads_why_and_asks_again(sealed: World) -> None:
    owner, head = sealed.as_("owner"), sealed.as_("head")
    assert "社工03" in head.get(FILE).text
    answer = head.post(FILE + "/openings/owner/refusal", data={"command": "c3", "reason": "长" * 2000})
    assert answer.status_code == 422
    assert answer.text.count('class="form-error"') == 1
    assert 'id="refusal-1-e"' in answer.text, "the mistake stands where it was made"
    assert '<details class="fold" open>' in answer.text
    assert "长" * 2000 in answer.text, "nothing typed is lost"
    answer = head.post(FILE + "/openings/owner/refusal", data={"command": "c3", "reason": "不是你的案子"})
    assert answer.status_code == 303
    assert "社工03" not in head.get(FILE).text
    page = owner.get(FILE).text
    assert "上一次申请没有批准" in page
    assert "不是你的案子" in page
    assert head.post(FILE + "/openings/owner", data={"command": "c4"}).status_code == 409
    assert owner.post(FILE + "/reading", data=WHY | {"command": "c5"}).status_code == 303
    assert "等另一个人批准" in owner.get(FILE).text
    assert "不批准查看档案" in sealed.as_("auditor").get("/audit").text


def test_who_asked_may_take_it_back(sealed: World) -> None:
    owner, head = sealed.as_("owner"), sealed.as_("head")
    assert sealed.as_("colleague").post(FILE + "/openings/withdrawal", data={"command": "c3"}).status_code == 409
    assert owner.post(FILE + "/openings/withdrawal", data={"command": "c3"}).status_code == 303
    assert "社工03" not in head.get(FILE).text
    assert head.post(FILE + "/openings/owner", data={"command": "c4"}).status_code == 409


def test_what_nobody_answers_lapses(sealed: World) -> None:
    head = sealed.as_("head")
    sealed.now += timedelta(days=7)
    assert "社工03" not in head.get(FILE).text
    assert head.post(FILE + "/openings/owner", data={"command": "c3"}).status_code == 409
    assert "等另一个人批准" not in sealed.as_("owner").get(FILE).text


def test_whose_office_ended_is_not_let_in(sealed: World) -> None:
    head = sealed.as_("head")
    for role in ("social_worker", "organiser"):
        with suppress(RoleNotHeld):
            sealed.do(EndRole("owner", role, "centre", sealed.now.date() - timedelta(days=1)))
    assert "已经没有能看它的角色" in head.post(FILE + "/openings/owner", data={"command": "c3"}).text
    assert sealed.as_("owner").get(FILE).status_code == 404


def test_nobody_breaks_a_seal_alone(sealed: World) -> None:
    sealed.do(RegisterPerson("head2", "管理员02", organisation="union"))
    sealed.do(GrantRole("head2", "administrator", "union"))
    head, other = sealed.as_("head"), sealed.as_("head2")
    assert "解封、解除限制都要两个人" in head.post(FILE + "/seal", data=WHY | {"command": "c3"}).text
    assert head.post(FILE + "/reading", data=WHY | {"command": "c4"}).status_code == 303
    assert "批准 管理员01" not in head.get(FILE).text
    assert head.post(FILE + "/openings/head", data={"command": "c5"}).status_code == 409
    assert other.post(FILE + "/openings/head", data={"command": "c6"}).status_code == 303
    assert "为什么解封" in head.get(FILE).text
    assert "解封、解除限制都要两个人" in other.post(FILE + "/seal", data=WHY | {"command": "c7"}).text
    assert head.post(FILE + "/seal", data=WHY | {"command": "c8"}).status_code == 303
    assert "敏感档案" in head.get(FILE).text, "still a minor's"
    assert head.post(FILE + "/seal", data=WHY | {"command": "c9"}).status_code == 303
    assert "已封存" in head.get(FILE).text, "what was opened before is not open under the new seal"
