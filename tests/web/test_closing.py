"""Closing a slot: exceptions first, then all the rest at once, then the slot itself."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.attendance import CheckIn, CheckOut
from domain.closing import ConfirmHeadcount
from domain.hours_corrections import VoidHours
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.follow import view_differences
from projections import activities, enrolments, hours
from tests.web.conftest import World

pytestmark = pytest.mark.either_engine

SLOT = "a1.1"
STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
PEOPLE = ("volunteer", "second", "third", "fourth")


@pytest.fixture
def after(world: World) -> World:
    """Two came and left, one never left, one never came; it is an hour after the end."""
    world.do(RegisterPerson("fourth", "方远山", organisation="centre"))
    world.open_activity(seats=4)
    for person in PEOPLE:
        world.do(SignUp(SLOT, person), actor=person)
    for person in PEOPLE[:3]:
        world.do(CheckIn(SLOT, person, "qr"), actor=person, at=STARTS + timedelta(minutes=2))
    for person in PEOPLE[:2]:
        world.do(CheckOut(SLOT, person, "qr"), actor=person, at=STARTS + timedelta(minutes=92))
    world.now = STARTS + timedelta(hours=3)
    return world


def post(world: World, part: str, who: str = "owner", **fields: Any) -> Any:
    path = f"/slots/{SLOT}/closing{part}"
    return world.as_(who).post(path, data={"command": "c1"} | fields)


def entries(world: World) -> dict[str, tuple[int, str, str]]:
    with world.house.views.read() as connection:
        found = hours.in_slot(connection, SLOT)
    return {person: (entry.minutes, entry.grade, entry.state) for person, entry in found.items()}


def state(world: World, person: str) -> str:
    with world.house.views.read() as connection:
        return next(seat.state for seat in enrolments.of_slot(connection, SLOT) if seat.person == person)


@pytest.mark.parametrize("part", ["", "/exceptions", "/proposals"])
@pytest.mark.parametrize("who", ["stranger", "auditor", "volunteer"])
def test_nobody_else_closes(after: World, who: str, part: str) -> None:
    head = after.house.ledger.store.head()
    assert post(after, part, who, p="third", how="slot").status_code == 404
    assert after.house.ledger.store.head() == head


def test_exceptions_stand_before_the_rest(after: World) -> None:
    text = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "2 件，其余 2 人没有问题" in text
    assert text.index("韦一禾") < text.index("其余 2 人</h2>") < text.index("陆青禾")
    assert "按时段，118 分钟" in text
    assert "没有签到的 1 人" in text


def test_all_the_rest_is_proposed_at_once_and_a_double_click_counts_once(after: World) -> None:
    for _ in range(2):
        assert post(after, "/proposals", p=["volunteer", "second"]).status_code == 303
        head = after.house.ledger.store.head()
    assert after.house.ledger.store.head() == head
    assert entries(after) == {"volunteer": (90, "A", "proposed"), "second": (90, "A", "proposed")}
    text = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "都提交了" in text
    assert "2 人已提交" in text


def test_nothing_ticked_says_so(after: World) -> None:
    answer = post(after, "/proposals")
    assert answer.status_code == 422
    assert "一个人都没有选" in answer.text


def test_who_cannot_be_proposed_is_named_and_the_others_stand(after: World) -> None:
    answer = post(after, "/proposals", p=["volunteer", "fourth"])
    assert answer.status_code == 422
    assert "方远山" in answer.text
    assert "没有这个人作为志愿者到场的记录" in answer.text
    assert list(entries(after)) == ["volunteer"]


def test_eight_hours_are_judged_by_the_day_and_not_by_the_slot(after: World) -> None:
    starts = STARTS + timedelta(hours=4)
    after.do(DraftActivity("a2", "夜市便民服务", "centre"))
    after.do(AddSlot("a2", "a2.1", starts, starts + timedelta(hours=7), volunteer_seats=4, risk="一般"))
    after.do(PublishActivity("a2", ("a2.1",)))
    after.do(SignUp("a2.1", "volunteer"))
    after.do(CheckIn("a2.1", "volunteer", "qr"), at=starts)
    after.do(CheckOut("a2.1", "volunteer", "qr"), at=starts + timedelta(hours=7))
    after.do(ProposeHours("a2.1", "volunteer"), at=starts + timedelta(hours=7))
    after.now = starts + timedelta(hours=8)
    page = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "共 90 分钟，同一天在别的时段还有 420 分钟，合计超过 8 小时" in page
    unexplained = post(after, "/exceptions", p="volunteer", how="measured")
    assert unexplained.status_code == 422
    assert "请写明原因" in unexplained.text
    assert post(after, "/exceptions", p="volunteer", how="limit").status_code == 303
    assert entries(after) == {"volunteer": (60, "A", "proposed")}
    after.do(VoidHours(SLOT, "volunteer"), reason="重报")
    assert (
        post(after, "/exceptions", p="volunteer", how="measured", reason="从早到晚都在", command="c2").status_code
        == 303
    )
    assert entries(after) == {"volunteer": (90, "A", "proposed")}


def test_who_still_waits_for_an_answer_is_named_and_answered_with_a_reason(after: World) -> None:
    after.do(RegisterPerson("fifth", "韦小满", organisation="centre"))
    after.do(SignUp(SLOT, "fifth"), at=STARTS - timedelta(days=1))
    page = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "还没有答复的 1 人" in page
    assert "韦小满" in page
    early = post(after, "")
    assert early.status_code == 409
    assert "0 人待审核，1 人候补" in early.text
    assert "韦小满" in early.text
    silent = post(after, "/exceptions", p="fifth", how="declined")
    assert (silent.status_code, state(after, "fifth")) == (422, "waiting")
    assert "请写明原因" in silent.text
    assert post(after, "/exceptions", p="fifth", how="declined", reason="没有排上，下次优先").status_code == 303
    assert state(after, "fifth") == "unseated"
    assert "未排上" in after.as_("fifth").get("/me/record").text
    owner, position = after.as_("owner"), after.house.ledger.store.head()
    assert "未排上" in owner.get(f"/slots/{SLOT}/roster?state=left").text
    record = owner.get(f"/events/{position}").text
    assert "没有排上" in record
    assert "退出了" not in record
    assert "还没有答复的" not in after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert post(after, "/exceptions", p="second", how="declined", reason="没有排上", command="c2").status_code == 422


def test_a_request_is_declined_with_a_reason(world: World) -> None:
    world.open_activity(approval="reviewed")
    world.do(SignUp(SLOT, "second"), actor="second")
    world.now = STARTS + timedelta(hours=3)
    assert "请写明原因" in post(world, "/exceptions", p="second", how="declined").text
    assert state(world, "second") == "requested"
    assert post(world, "/exceptions", p="second", how="declined", reason="来不及审核").status_code == 303
    assert state(world, "second") == "rejected"
    assert "未通过" in world.as_("second").get("/me/record").text
    assert "没有席位的报名" not in world.as_("third").get("/me/record").text


def test_no_check_out_is_settled_by_the_slot_or_by_hand(after: World) -> None:
    missing = post(after, "/exceptions", p="third", how="minutes")
    assert missing.status_code == 422
    assert "请填写分钟数" in missing.text
    bad = post(after, "/exceptions", p="third", how="minutes", minutes="很久", reason="她说的")
    assert bad.status_code == 422
    assert "她说的" in bad.text
    assert "请填写整数" in bad.text
    too_long = post(after, "/exceptions", p="third", how="minutes", minutes="200")
    assert too_long.status_code == 422
    assert "超过了时段的 120 分钟" in too_long.text
    assert 'value="200"' in too_long.text
    assert post(after, "/exceptions", p="third", how="slot").status_code == 303
    assert entries(after) == {"third": (118, "B", "proposed")}


def test_who_never_came_is_absent_or_came_after_all_or_had_said_so(after: World) -> None:
    unexplained = post(after, "/exceptions", p="fourth", how="came")
    assert unexplained.status_code == 422
    assert 'value="came" checked' in unexplained.text
    assert 'value="absent" checked' not in unexplained.text
    assert 'value="fourth" checked' in unexplained.text
    assert post(after, "/exceptions", how="absent").status_code == 422
    assert post(after, "/exceptions", p="fourth").status_code == 422
    assert post(after, "/exceptions", p="fourth", how="absent").status_code == 303
    assert state(after, "fourth") == "no_show"


def test_who_came_after_all_is_entered_late(after: World) -> None:
    assert post(after, "/exceptions", p="fourth", how="came", reason="签到表在纸上").status_code == 303
    assert post(after, "/proposals", p="fourth").status_code == 303
    assert entries(after)["fourth"] == (120, "C", "proposed")


def test_who_had_said_so_leaves_the_list(after: World) -> None:
    assert post(after, "/exceptions", p="fourth", how="told", reason="前一天打过电话").status_code == 303
    assert state(after, "fourth") == "withdrawn"


def test_more_than_eight_hours_are_cut_or_explained(world: World) -> None:
    world.do(RegisterPerson("fourth", "莫雨田", organisation="centre"))
    start = datetime(2026, 11, 25, 7, 40, tzinfo=ZONE)
    world.open_activity(seats=4)
    world.open_activity("a2")
    world.do(AddSlot("a2", "a2.2", start, start + timedelta(hours=9), 3, 0, risk="一般"))
    for person in ("volunteer", "fourth"):
        world.do(SignUp("a2.2", person), actor=person)
        world.do(CheckIn("a2.2", person, "qr"), actor=person, at=start)
        world.do(CheckOut("a2.2", person, "qr"), actor=person, at=start + timedelta(minutes=525))
    world.now = start + timedelta(hours=10)
    text = world.as_("owner").get("/slots/a2.2/closing").text
    assert "共 525 分钟，超过 8 小时" in text
    client = world.as_("owner")
    path = "/slots/a2.2/closing/exceptions"
    assert client.post(path, data={"p": "volunteer", "how": "limit"}).status_code == 303
    assert client.post(path, data={"p": "fourth", "how": "measured"}).status_code == 422
    assert client.post(path, data={"p": "fourth", "how": "measured", "reason": "中午没有休息"}).status_code == 303
    with world.house.views.read() as connection:
        found = hours.in_slot(connection, "a2.2")
    assert {person: entry.minutes for person, entry in found.items()} == {"volunteer": 480, "fourth": 525}


def test_who_is_not_settled_is_named_before_the_slot_closes(after: World) -> None:
    head = after.house.ledger.store.head()
    asked = post(after, "")
    assert (asked.status_code, after.house.ledger.store.head()) == (409, head)
    assert "韦一禾没有签退；方远山没有签到" in asked.text
    assert "就这样结束" in asked.text


def test_after_closing_the_steps_move_on_and_opening_again_is_offered(after: World) -> None:
    post(after, "/exceptions", p="third", how="slot")
    post(after, "/proposals", p=["volunteer", "second"], command="c2")
    assert post(after, "", anyway="1", command="c3").status_code == 303
    page = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "先看例外" not in page
    assert "处理例外 1" not in page
    assert "方远山：结束时没有记来没来" in page
    assert re.search(r'aria-current="step"[^§]{0,80}第二人确认', page)
    assert re.search(r'<details class="fold" id="reopen" open>', page)
    assert "五有是计划、方案、总结、台账、记录" in page


def test_the_slot_closes_once_and_opens_again_with_a_reason(after: World) -> None:
    assert post(after, "", anyway="1").status_code == 303
    again = after.as_("owner").post(f"/slots/{SLOT}/closing", data={"command": "c9", "anyway": "1"})
    assert again.status_code == 409
    with after.house.views.read() as connection:
        found = activities.find_slot(connection, SLOT)
    assert found is not None
    assert found.state == "closed"
    assert "补五有，结束活动" in after.as_("owner").get(f"/slots/{SLOT}/closing").text
    path = f"/slots/{SLOT}/reopening"
    assert after.as_("owner").post(path, data={}).status_code == 422
    assert after.as_("owner").post(path, data={"reason": "漏了一个人"}).status_code == 303


def test_a_wrong_headcount_comes_back_to_the_closing_page(after: World) -> None:
    path, wrong = f"/slots/{SLOT}/headcounts", {"side": "participant", "back": "closing"}
    page = after.as_("owner").post(path, data=wrong | {"count": "三"})
    assert page.status_code == 422
    assert "<h1>结束时段：" in page.text
    assert 'value="三"' in page.text
    after.do(ConfirmHeadcount("a1", SLOT, "participant", 5))
    page = after.as_("owner").post(path, data=wrong | {"count": "7"})
    assert page.status_code == 422
    assert "<h1>结束时段：" in page.text
    assert "人数没有记下" in page.text


def test_where_nothing_is_left_to_do_the_page_says_only_that(after: World) -> None:
    assert "2 件，其余 2 人没有问题" in after.as_("owner").get(f"/slots/{SLOT}/closing").text
    post(after, "/proposals", p=["volunteer", "second"])
    assert "时长在等另一位同事确认" in after.as_("owner").get(f"/slots/{SLOT}/closing").text
    for person in ("volunteer", "second"):
        after.do(ConfirmHours(SLOT, person, 90), actor="colleague")
    page = after.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "在等另一位同事" not in page
    assert "其余 0 人没有问题" not in page


def test_before_the_end_there_is_nothing_to_close(world: World) -> None:
    slot = world.open_activity()
    world.do(SignUp(slot, "volunteer"), actor="volunteer")
    assert "处理例外 1" not in world.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert "时段还没有结束" in world.as_("owner").get(f"/slots/{SLOT}/closing").text
    assert post(world, "").status_code == 409


def test_rebuilt_is_live(after: World) -> None:
    post(after, "/proposals", p=["volunteer", "second"])
    assert {"enrolment", "hours", "hours_line", "hours_tally", "person_tally"}.isdisjoint(
        view_differences(after.house.follower)
    )
