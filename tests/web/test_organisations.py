"""The tree of organisations on its pages: who sees which part, and what administrators do to it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from domain.organisations import RegisterOrganisation, Reparented, Resumed, Suspended
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.roles import EndRole, GrantRole
from ledger.events import RuleBroken
from projections import organisations
from projections.organisations import Organisation
from tests.web.conftest import NOW, World
from web.organisations import tree


@pytest.fixture
def head(world: World) -> World:
    """With an administrator of the union, and one of the centre alone."""
    for person, where in (("head", "union"), ("local", "centre")):
        world.do(RegisterPerson(person, f"管理员{person}", organisation=where))
        world.do(GrantRole(person, "administrator", where))
    return world


def find(world: World, key: str) -> Organisation:
    """One organisation as pages know it."""
    with world.house.views.read() as connection:
        found = organisations.find(connection, key)
    assert found
    return found


def register(browser: FlaskClient, above: str, **typed: str) -> str:
    """Fill in the form as it stands on the page; the id of what it made."""
    page = browser.get(f"/organisations/{above}").text
    command = re.search(r'name="command" value="(\w+)"', page)
    assert command
    form = {"command": command[1], "name": "西街服务站", "kind": "service_station"} | typed
    answer = browser.post(f"/organisations/{above}/registration", data=form)
    assert answer.status_code == 303, answer.text
    again = browser.post(f"/organisations/{above}/registration", data=form)
    assert again.headers["Location"] == answer.headers["Location"], "sent twice, made once"
    return str(answer.headers["Location"]).rsplit("/", 1)[1]


def test_each_stands_below_its_parent_side_branches_first() -> None:
    def one(key: str, kind: str, parent: str | None) -> Organisation:
        return Organisation(key, key, kind, parent, None, 0)

    found = [one("mill", "enterprise", "street"), one("street", "town_union", "city"), one("desk", "service_station", "street"),
             one("alone", "agency", "nowhere"), one("city", "city_union", None)]  # fmt: skip
    assert [(depth, each.id) for depth, each in tree(found)] == [
        (0, "alone"), (0, "city"), (1, "street"), (2, "desk"), (2, "mill"),
    ]  # fmt: skip


def test_everybody_in_office_sees_their_part_of_the_tree(head: World) -> None:
    assert "望海市工会社工服务中心" in head.as_("owner").get("/organisations").text
    assert "/organisations/union" not in head.as_("owner").get("/organisations").text
    assert head.as_("owner").get("/organisations/agency").status_code == 404
    assert head.as_("owner").get("/organisations/nowhere").status_code == 404
    assert head.as_("volunteer").get("/organisations").status_code == 404
    whole = head.as_("head").get("/organisations").text
    assert whole.index("/organisations/union") < whole.index("/organisations/centre")
    page = head.as_("head").get("/organisations/centre").text
    assert "社工03" in page
    assert "登记下级机构" in page
    assert "登记下级机构" not in head.as_("owner").get("/organisations/centre").text


def test_only_who_is_in_office_today_is_listed(head: World) -> None:
    head.do(EndRole("local", "administrator", "centre", (NOW.date()).replace(day=1)))
    page = head.as_("head").get("/organisations/centre").text
    assert "管理员local" not in page


def test_another_is_registered_below(head: World) -> None:
    browser = head.as_("local")
    key = register(browser, "centre", code="91440000-X")
    assert find(head, key) == Organisation(key, "西街服务站", "service_station", "centre", "91440000-X", 0)
    assert "西街服务站" in browser.get("/organisations/centre").text


def test_what_is_written_as_it_was_is_no_event(head: World) -> None:
    key = register(head.as_("local"), "centre", code="X-1")
    before = head.house.ledger.store.head()
    form = {"name": "西街服务站", "code": "X-1", "reason": "核对"}
    assert "没有改动" in head.as_("local").post(f"/organisations/{key}/name", data=form, follow_redirects=True).text
    assert head.house.ledger.store.head() == before


def test_those_below_stand_in_the_order_of_their_sound(head: World) -> None:
    names = ("张庄服务站", "李庄服务站", "王庄服务站")
    for number, name in enumerate(names):
        head.do(RegisterOrganisation(f"s{number}", name, "service_station", "centre"))
    for path in ("/organisations", "/organisations/centre"):
        page = head.as_("head").get(path).text
        assert [page.index(name) for name in (names[1], names[2], names[0])] == sorted(
            page.index(name) for name in names
        )


def test_what_is_wrong_is_said_and_what_was_typed_stays(head: World) -> None:
    browser = head.as_("local")
    form = {"name": "  ", "kind": "castle", "code": "有空 格"}
    answer = browser.post("/organisations/centre/registration", data=form)
    assert answer.status_code == 422
    for words in ("这一项要填", "请选择哪一种机构", "代码只写字母、数字和短横线", "有空 格"):
        assert words in answer.text
    again = browser.post("/organisations/centre/registration", data={"name": "望海市总工会", "kind": "agency"})
    assert again.status_code == 422
    assert "已经有机构叫" in again.text
    rung = browser.post("/organisations/centre/registration", data={"name": "某企业工会", "kind": "enterprise"})
    assert rung.status_code == 409
    assert "上下级不对" in rung.text


def test_it_is_moved_with_a_reason_by_whoever_administers_both_ends(head: World) -> None:
    browser = head.as_("head")
    key = register(browser, "centre")
    assert browser.post(f"/organisations/{key}/move", data={"parent": "union"}).status_code == 422
    assert browser.post(f"/organisations/{key}/move", data={"parent": "nowhere", "reason": "划归"}).status_code == 404
    assert browser.post("/organisations/centre/move", data={"parent": key, "reason": "划归"}).status_code == 409
    answer = browser.post(f"/organisations/{key}/move", data={"parent": "union", "reason": "划归市总"})
    assert answer.status_code == 303
    assert find(head, key).parent == "union"
    recorded = list(head.house.ledger.replay())[-1]
    assert (recorded.event, recorded.organisation, recorded.reason) == (Reparented(key, "union"), "centre", "划归市总")


def test_a_mistake_in_its_name_is_put_right_by_its_own_administrator(head: World) -> None:
    browser, place = head.as_("local"), "/organisations/centre/name"
    form = {"name": "望海市职工服务中心", "code": "X-1", "reason": "登记时写错了"}
    for wrong in ({"reason": ""}, {"name": " "}, {"name": "望海市总工会"}, {"code": "有空 格"}):
        answer = browser.post(place, data=form | wrong)
        assert answer.status_code == 422
        assert "1 处要改" in answer.text
        assert "有空 格" not in wrong.values() or "有空 格" in answer.text
    assert browser.post(place, data=form).status_code == 303
    assert (find(head, "centre").name, find(head, "centre").code) == ("望海市职工服务中心", "X-1")
    assert "名称“望海市职工服务中心”，代码 X-1" in browser.get("/history/organisation:centre").text
    assert browser.post(place, data=form | {"code": ""}).status_code == 303, "its own name is not taken"
    assert find(head, "centre").code is None
    assert head.as_("owner").post(place, data=form).status_code == 404
    assert browser.post("/organisations/union/name", data=form).status_code == 404


def test_what_only_those_above_can_do_is_said_where_there_are_any(head: World) -> None:
    words = "移动和停用由上一级的管理员来办"
    assert words in head.as_("local").get("/organisations/centre").text
    assert words not in head.as_("head").get("/organisations/union").text
    assert "先打开它的上级" in head.as_("head").get("/organisations").text
    assert "先打开它的上级" not in head.as_("owner").get("/organisations").text


@pytest.mark.parametrize("deed", ["move", "suspension", "resumption"])
def test_nobody_moves_or_suspends_their_own_out_of_the_hands_of_those_above(head: World, deed: str) -> None:
    answer = head.as_("local").post(f"/organisations/centre/{deed}", data={"parent": "centre", "reason": "想自己管"})
    assert answer.status_code == 409
    assert "上一级机构的管理员" in answer.text
    assert (
        head.as_("head").post(f"/organisations/union/{deed}", data={"parent": "centre", "reason": "x"}).status_code
        == 409
    )
    assert head.as_("owner").post(f"/organisations/centre/{deed}", data={"reason": "x"}).status_code == 404


def test_a_suspended_one_publishes_nothing_until_it_is_resumed(head: World) -> None:
    browser = head.as_("head")
    head.do(DraftActivity("new", "新活动", "centre"))
    head.do(
        AddSlot(
            "new",
            "new.1",
            NOW.replace(hour=10),
            NOW.replace(hour=11),
            volunteer_seats=1,
            participant_seats=0,
            risk="一般",
        )
    )
    assert browser.post("/organisations/centre/suspension", data={"reason": ""}).status_code == 422
    assert browser.post("/organisations/centre/suspension", data={"reason": "换届"}).status_code == 303
    assert "已停用" in browser.get("/organisations").text
    with pytest.raises(RuleBroken, match="停用"):
        head.do(PublishActivity("new", ("new.1",)))
    assert browser.post("/organisations/centre/resumption", data={"reason": "换届完了"}).status_code == 303
    events = [recorded.event for recorded in head.house.ledger.replay()]
    assert Suspended("centre") in events
    assert events[-1] == Resumed("centre")
    head.do(PublishActivity("new", ("new.1",)))


def test_where_it_can_go_leaves_out_its_own_branch_and_what_cannot_carry_it(head: World) -> None:
    head.do(RegisterOrganisation("street", "东街工会", "town_union", "union"))
    page = head.as_("head").get("/organisations/street").text
    assert "/organisations/street/suspension" in page
    assert "/organisations/street/move" not in page, "only the union above can carry it, and there it is"
    page = head.as_("head").get("/organisations/centre").text
    assert '<option value="street">' in page
    assert '<option value="union">' not in page


def test_an_administrator_of_an_empty_city_is_told_where_to_begin(head: World) -> None:
    assert "刚开始用的话，先在“人员”里给同事建档" in head.as_("head").get("/activities").text
    page = head.as_("owner").get("/activities").text
    assert "发起一个" in page
    assert "刚开始用的话" not in page
