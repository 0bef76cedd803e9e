"""The gate before sensitive files: a reason first, written down for the person and the auditor; sealed ones need a second one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.consents import RecordBirthYear
from domain.person_files import RegisterPerson
from domain.person_states import SensitiveRead
from domain.roles import GrantRole
from domain.sign_up import SignUp
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
