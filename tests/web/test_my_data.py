"""我的数据: everything to read and to take along, nobody else's; corrected, restricted, and asked to be destroyed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.consents import GiveConsent
from domain.contacts import ChangeContact
from domain.person_files import RegisterPerson
from domain.receipts import RecordReceipt
from domain.records import KeepRecord
from domain.roles import GrantRole
from domain.sign_up import SignUp
from projections import contacts, people
from tests.web.conftest import City, World
from tests.web.test_audit import text_of

ME, NAME, PHONE = "me", "温故", "13700001111"


@pytest.fixture
def town(world: World) -> World:
    """Somebody with a phone, an address, a place in a slot and a visit."""
    world.do(RegisterPerson(ME, NAME, phone=PHONE, organisation="centre", over=18, note="会手语"))
    world.do(ChangeContact(ME, "wen@example.org"), actor=ME)
    world.do(SignUp(world.open_activity(), ME, "volunteer"), actor=ME)
    world.do(RecordReceipt("v1", ME, "counselling", "centre", "2026-11-20", note="第一次来谈"))
    world.do(RecordReceipt("v2", "second", "phone_visit", "centre", "2026-11-20", note="别人的备注"))
    return world


def file(world: World) -> dict[str, Any]:
    answer = world.as_(ME).get("/me/data.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.text)
    return found


def stored(world: World) -> people.Person:
    with world.house.views.read() as connection:
        found = people.find(connection, ME)
    assert found is not None
    return found


def test_the_page_and_the_file_hold_everything_about_me(town: World) -> None:
    page, known = town.as_(ME).get("/me/data").text, file(town)
    for words in (NAME, PHONE, "wen@example.org", "会手语", "第一次来谈"):
        assert words in page, words
        assert words in json.dumps(known, ensure_ascii=False), words
    assert known["enrolments"][0]["slot"] == "a1.1"
    assert {"person.registered", "person.contact_changed", "enrolment.accepted"} <= {
        one["topic"] for one in known["history"]
    }


def test_so_does_how_i_sign_in(city: City) -> None:
    city.open_account("volunteer", "xiaoman@example.org")
    browser = city.as_("volunteer")
    assert "邮箱 xiaoman@example.org、通行密钥 0 个、登录着 1 处" in browser.get("/me/data").text
    account = json.loads(browser.get("/me/data.json").text)["account"]
    assert account["names"] == {"email": "xiaoman@example.org"}
    assert account["has_password"]
    assert [one["opened"] for one in account["sessions"]] == ["2026-11-22 09:00"]
    assert not any(secret in browser.get("/me/data.json").text for secret in ("argon2", "token"))


def test_neither_holds_anything_of_others(town: World) -> None:
    for text in (town.as_(ME).get("/me/data").text, json.dumps(file(town), ensure_ascii=False)):
        assert not any(words in text for words in ("别人的备注", "陆青禾"))


def test_a_correction_is_a_new_event_and_changes_every_page(town: World) -> None:
    form = {"name": "温古", "phone": "13700002222", "email": "", "command": "c1"}
    assert town.as_(ME).post("/me/data/correction", data=form).status_code == 303
    assert stored(town).name == "温古"
    assert "13700002222" in town.as_(ME).get("/me/data").text
    with town.house.views.read() as connection:
        contact = contacts.find(connection, town.house.ledger, ME)
        assert contact is not None
        assert contact.email is None
        assert [one.id for one in people.search(connection, "wengu")] == [ME]
    again = town.as_(ME).post("/me/data/correction", data=form | {"command": "c2"}, follow_redirects=True)
    assert "没有改动" in again.text


def test_a_name_that_changed_must_be_verified_anew(town: World) -> None:
    from domain.person_files import VerifyIdentity

    town.do(VerifyIdentity(ME, "身份证"))
    form = {"name": NAME, "phone": "13700002222", "email": "wen@example.org", "command": "c1"}
    town.as_(ME).post("/me/data/correction", data=form)
    assert stored(town).identity == "verified"
    town.as_(ME).post("/me/data/correction", data=form | {"name": "温古", "command": "c2"})
    assert stored(town).identity == "self_declared"


def test_mistakes_come_back_with_what_was_typed(town: World) -> None:
    answer = town.as_(ME).post("/me/data/correction", data={"name": "", "phone": "abc", "email": "wen@"})
    assert answer.status_code == 422
    assert all(words in answer.text for words in ("这一项要填。", "电话只写数字", 'value="abc"', 'value="wen@"'))
    assert "邮箱地址不对" in answer.text


def test_a_wrong_address_keeps_the_rest_of_the_form_from_being_done(town: World) -> None:
    answer = town.as_(ME).post("/me/data/correction", data={"name": "温古", "phone": PHONE, "email": "wen@"})
    assert answer.status_code == 422
    assert 'id="f-email-e"' in answer.text
    assert stored(town).name == NAME


def test_whoever_objects_is_found_no_more_and_leaves_no_house(town: World) -> None:
    town.do(GiveConsent(ME, "story"), actor=ME)
    owner = town.as_("owner")
    assert NAME in owner.get("/people?q=wengu").text
    assert town.as_(ME).post("/me/data/restriction", data={"why": "不想再被找到"}).status_code == 303
    assert NAME not in owner.get("/people?q=wengu").text
    assert NAME not in owner.get("/people").text
    assert PHONE not in owner.get("/slots/a1.1/roster.csv").text
    assert NAME not in owner.get("/slots/a1.1/roster.csv").text
    assert "温*" in owner.get("/slots/a1.1/roster.csv").text
    with town.house.views.read() as connection:
        assert not people.has_consented(connection, ME, "story")
    assert "限制使用" in owner.get(f"/people/{ME}").text
    assert NAME not in owner.get(f"/people/{ME}").text
    assert "不想再被找到" in town.as_(ME).get("/me/data").text


def test_whoever_objects_reads_who_asked_to_open_it_and_who_did(town: World) -> None:
    town.do(RegisterPerson("head", "管理员01", organisation="union"))
    town.do(GrantRole("head", "administrator", "union"))
    town.as_(ME).post("/me/data/restriction", data={"why": "不想再被找到"})
    town.as_("owner").post(f"/people/{ME}/reading", data={"reason": "看看为什么", "command": "c1"})
    assert "社工03申请查看温故的档案" in text_of(town.as_(ME).get("/me/data").text)
    assert not file(town)["read_by"]
    town.as_("head").post(f"/people/{ME}/openings/owner", data={"command": "c2"})
    (read,) = file(town)["read_by"]
    assert (read["reader"], read["what"], read["reason"]) == ("owner", "restricted", "看看为什么")
    page = text_of(town.as_(ME).get("/me/data").text)
    assert "管理员01批准社工03查看温故的档案" in page
    assert "谁看过我的敏感档案" in page


def test_one_asks_to_be_forgotten(town: World) -> None:
    assert town.as_(ME).post("/me/data/forgetting").status_code == 303
    assert stored(town).asked is not None
    assert "已经提出注销" in town.as_(ME).get("/me/data").text


def test_one_thinks_better_of_it(town: World) -> None:
    town.as_(ME).post("/me/data/forgetting")
    assert "撤回了" in town.as_(ME).post("/me/data/forgetting/withdrawal", follow_redirects=True).text
    assert stored(town).asked is None
    assert "已经提出注销" not in town.as_(ME).get("/me/data").text
    assert "撤回了注销个人资料的要求" in town.as_(ME).get("/me/data").text


def test_what_an_import_kept_about_me_alone_is_in_it(town: World) -> None:
    wish = {"recipient": f"person/{ME}", "items": ["一台助听器"]}
    shared = {"candidates": [f"person/{ME}", "person/second"], "items": ["一只书包"]}
    town.do(KeepRecord("wish-1", 1, "WishCollected", wish, about=(ME,)), source="import")
    town.do(KeepRecord("wish-2", 1, "WishCollected", shared, about=(ME, "second")), source="import")
    told = [one for one in file(town)["history"] if one["topic"] == "record.kept"]
    assert [one["fields"].get("data") for one in told] == [wish, None], "it may be somebody else's"
