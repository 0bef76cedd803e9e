"""Finding activities: the list, the month and one activity, as everybody of the cast sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.attendance import CheckIn
from domain.closing import CancelActivity, CloseSlot, ConfirmHeadcount
from domain.person_files import RecordQualification
from domain.planning import AddSlot, DraftActivity
from domain.resizing import CancelSlot
from domain.sign_up import SignUp
from tests.web.conftest import World


def text(world: World, person: str | None, url: str, status: int = 200) -> str:
    answer = world.as_(person).get(url)
    assert answer.status_code == status, url
    return answer.get_data(as_text=True)


def add_slot(world: World, activity: str, number: int, *, days: int = 3, hour: int = 14, **more: Any) -> str:
    """A further slot of two hours."""
    slot = f"{activity}.{number}"
    starts = (world.now + timedelta(days=days)).replace(hour=hour, minute=0)
    wanted: dict[str, Any] = {"volunteer_seats": 2, "participant_seats": 10, "risk": "一般"} | more
    world.do(AddSlot(activity, slot, starts, starts + timedelta(hours=2), **wanted))
    return slot


@pytest.mark.parametrize("person", [None, "volunteer", "recipient", "owner", "stranger", "auditor"])
def test_everybody_reads_what_is_published(world: World, person: str | None) -> None:
    world.open_activity()
    for url in ("/activities", "/activities/month/2026-11?day=2026-11-25", "/activities/a1"):
        page = text(world, person, url)
        assert "爱心义剪进厂区" in page, url
        assert "还剩 <b>2</b> 席" in page, url
        assert page.count("<h1") == 1


def test_a_draft_is_there_for_its_organisation_and_its_reviewers_alone(world: World) -> None:
    world.do(DraftActivity("a1", "还没想好的活动", "centre"))
    add_slot(world, "a1", 1)
    for person in ("owner", "colleague", "auditor"):
        assert "还是草稿" in text(world, person, "/activities/a1")
    for outsider in (None, "volunteer", "stranger"):
        text(world, outsider, "/activities/a1", 404)
        assert "还没想好的活动" not in text(world, outsider, "/activities")
        assert "还没想好的活动" not in text(world, outsider, "/activities/month/2026-11")
    assert "还没想好的活动" in text(world, "colleague", "/activities")
    assert "去编辑和发布" in text(world, "owner", "/activities/a1")
    assert "去编辑和发布" not in text(world, "auditor", "/activities/a1")


def test_the_auditor_reads_and_has_no_button_of_the_organiser(world: World) -> None:
    world.open_activity()
    page = text(world, "auditor", "/activities/a1")
    assert "/history/activity:a1" in page
    assert "/slots/a1.1/roster" not in page
    assert "五有" not in page
    mine = text(world, "owner", "/activities/a1")
    assert "/slots/a1.1/roster" in mine
    assert "/slots/a1.1/closing" in mine
    assert "五有" in mine
    assert "/activities/a1/edit" in mine
    assert "/activities/a1/edit" not in text(world, "stranger", "/activities/a1")


def test_the_way_to_the_history_stands_only_where_it_may_be_read(world: World) -> None:
    world.open_activity()
    for person, is_there in (("owner", True), ("auditor", True), ("stranger", False), ("volunteer", False)):
        browser = world.as_(person)
        assert ("/history/activity:a1" in browser.get("/activities/a1").text) == is_there
        assert (browser.get("/history/activity:a1").status_code == 200) == is_there


def test_a_week_begins_where_it_is_asked_for_and_goes_on(world: World) -> None:
    world.open_activity(days=9)
    page = text(world, None, "/activities")
    assert "这 7 天没有活动" in page
    assert "下一场在 12月1日" in page
    page = text(world, None, "/activities?from=2026-11-29")
    assert "爱心义剪进厂区" in page
    assert "前 7 天" in page


@pytest.mark.parametrize("url", ["/activities", "/activities/month/2026-11"])
def test_wrong_filters_come_back_with_a_sentence_and_what_was_typed(world: World, url: str) -> None:
    world.open_activity()
    page = text(world, "volunteer", url + "?from=yesterday&side=both&narrow=cheap", 422)
    assert "请填写日期" in page
    assert "请从列出的里面选一个" in page
    for day in ("0001-01-01", "9999-12-31"):
        assert "日期要在 1990 年到 2100 年之间" in text(world, "volunteer", f"{url}?from={day}", 422)
    for day in ("1990-01-01", "2100-12-31"):
        text(world, "volunteer", f"{url}?from={day}")
    page = text(world, "volunteer", "/activities?q=" + "长" * 41, 422)
    assert "最多 40 个字" in page
    assert "长" * 41 in page


def test_the_search_reads_title_and_place_as_they_are_written(world: World) -> None:
    world.open_activity()
    world.open_activity("a2", title="100% 心理沙龙")
    assert "爱心义剪" not in text(world, None, "/activities?q=100%25")
    assert "100% 心理沙龙" not in text(world, None, "/activities?q=义剪")
    assert "100% 心理沙龙" in text(world, None, "/activities?q=城东工业园")
    assert "没有找到" in text(world, None, "/activities?q=_")
    assert "爱心义剪" in text(world, None, "/activities?organisation=union")
    assert "爱心义剪" not in text(world, None, "/activities?organisation=agency")


def test_chips_narrow_the_list(world: World) -> None:
    world.open_activity(seats=1, participant_seats=0, skills=("理发师",))
    add_slot(world, "a1", 2, days=6, hour=19, volunteer_seats=0)  # a Saturday evening, participants only
    at = {"free": "a1.2", "unskilled": "a1.2", "weekend": "a1.2", "evening": "a1.2"}
    world.do(RecordQualification("volunteer", "理发师"))
    world.do(SignUp("a1.1", "volunteer"), actor="volunteer")
    for narrow, slot in at.items():
        page = text(world, "volunteer", f"/activities?narrow={narrow}")
        assert f"#s-{slot}" in page, narrow
        assert '<h3><a href="/activities/a1#s-a1.1"' not in page, narrow
    page = text(world, "volunteer", "/activities/month/2026-11?narrow=mine&day=2026-11-28")
    assert "这一天没有活动" in page
    assert "#s-a1.1" in text(world, None, "/activities?side=volunteer")
    assert "#s-a1.2" not in text(world, None, "/activities?side=volunteer")


def test_a_month_turns_and_its_days_open(world: World) -> None:
    world.open_activity()
    page = text(world, "volunteer", "/activities/month/2026-11?day=2026-11-25")
    assert "/activities/month/2026-10" in page
    assert "/activities/month/2026-12" in page
    assert "11月25日 周三" in page
    for wrong in ("2026-13", "2026", "0001-01", "9999-12", "x"):
        text(world, None, f"/activities/month/{wrong}", 404)
    assert "这一天没有活动" in text(world, None, "/activities/month/2027-02")


def test_reasons_are_told_before_anybody_tries(world: World) -> None:
    world.open_activity(skills=("理发师",), over=20)
    assert "这一段要求：理发师、满 20 周岁，档案里没有。" in text(world, "volunteer", "/activities/a1")
    assert "确认报名" in text(world, "volunteer", "/activities/a1?side=participant")
    world.open_activity("a2", title="同一时间的沙龙")
    world.do(SignUp("a2.1", "volunteer"), actor="volunteer")
    page = text(world, "volunteer", "/activities/a1?side=participant")
    assert 'href="/activities/a2#s-a2.1">09:00 同一时间的沙龙</a> 时间重叠' in page
    assert "确认报名" not in page
    assert "一个人只能坐一边" in text(world, "volunteer", "/activities/a2?side=participant")
    world.now += timedelta(days=3, minutes=1)
    assert "报名已在 11月25日 09:00 截止" in text(world, "second", "/activities/a2")


def test_a_full_slot_offers_the_end_of_its_queue(world: World) -> None:
    world.open_activity(seats=1)
    for person in ("volunteer", "second"):
        world.do(SignUp("a1.1", person), actor=person)
    assert "候补，第 2 位" in text(world, "third", "/activities/a1")
    mine = text(world, "second", "/activities")
    assert "候补 第 1 位" in mine
    assert "退出候补" in mine
    assert "你排在最前面" in mine
    assert "我的安排" in text(world, "volunteer", "/activities")


def test_on_a_phone_one_waiting_place_stands_before_the_list_and_none_before_a_result(world: World) -> None:
    for activity, days in (("a1", 3), ("a2", 4)):
        world.open_activity(activity, days=days, seats=1)
        for person in ("volunteer", "second"):
            world.do(SignUp(f"{activity}.1", person), actor=person)
    for url, most in (("/activities", 1), ("/activities?q=zzz", 0), ("/activities?narrow=free", 0)):
        page = text(world, "second", url)
        assert page.split('id="list-t"')[0].count("退出候补") == most, url
        below = page.split("<aside")[1]
        assert below.count("退出候补") == 2, url
        assert below.count('class="only-desk"') == most, url
    assert "没有找到" in text(world, "second", "/activities?q=zzz")


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(world: World) -> None:
    world.open_activity()
    page = text(world, None, "/activities/a1")
    assert "登录后报名" in page
    assert "next=/activities/a1" in page
    assert "<form" not in page.split("<main")[1]


def test_how_it_was_before_counts_sessions_and_contacts(world: World) -> None:
    world.open_activity("a0")
    world.do(SignUp("a0.1", "volunteer"), actor="volunteer")
    world.now += timedelta(days=3, minutes=10)
    world.do(CheckIn("a0.1", "volunteer", "desk"))
    world.do(ConfirmHeadcount("a0", "a0.1", "participant", 67))
    world.now += timedelta(hours=3)
    page = text(world, "owner", "/activities")
    assert "等你收尾" in page
    assert 'href="#work-t"' in page, "on a phone the list is one tap away"
    assert 'id="work-t"' in page
    assert "等你收尾" not in text(world, "stranger", "/activities")
    world.do(CloseSlot("a0", "a0.1"))
    assert "等你收尾" not in text(world, "owner", "/activities")
    world.open_activity("a1")
    page = text(world, None, "/activities/a1")
    assert "同名活动办过 <b>1 场</b>" in page
    assert "来了 1 名志愿者，服务 67 人次" in page
    assert "时段已结束" in text(world, None, "/activities/a0")


def test_what_was_called_off_says_so(world: World) -> None:
    world.open_activity()
    world.do(SignUp("a1.1", "volunteer"), actor="volunteer")
    world.do(CancelSlot("a1", "a1.1", ("volunteer",)), reason="场地停电")
    world.do(CancelActivity("a1"), reason="场地停电")
    assert "这个活动取消了" in text(world, None, "/activities/a1")
    assert "时段取消" in text(world, "volunteer", "/activities")


def test_what_has_begun_says_so_and_offers_neither_seats_nor_a_queue(world: World) -> None:
    world.open_activity(seats=1)
    world.open_activity("a2", days=4)
    for one in ("volunteer", "second"):
        world.do(SignUp("a1.1", one), actor=one)
    month = "/activities/month/2026-11?day=2026-11-25"
    world.now = world.now.replace(day=25, hour=9, minute=30)
    for person in ("volunteer", "second", None):
        for url in ("/activities?q=义剪", month, "/activities/a1"):
            page = text(world, person, url)
            assert "进行中" in page, (person, url)
            assert "退出候补" not in page
    world.now = world.now.replace(hour=22)
    for person, url in ((who, at) for who in ("volunteer", "second", "third", None) for at in ("/activities", month)):
        row = (
            text(world, person, url)
            .split('id="list-t"' if url == "/activities" else 'id="day"')[1]
            .split("</article>")[0]
        )
        assert "已结束" in row, (person, url)
        assert "席" not in row.split("已结束")[1], (person, url)
        assert "候补" not in row, (person, url)
    assert "共 2 场，1 场已结束，1 场还有名额" in text(world, "volunteer", "/activities")
    assert "你没有排上" in text(world, "second", "/activities/a1")
    assert "候补 第" not in text(world, "second", "/activities")
    assert "正式" in text(world, "volunteer", "/activities/a1")
    assert "时段已结束。" in text(world, None, "/activities/a1")


@pytest.mark.parametrize(
    ("full", "approval", "words"),
    [
        (False, "first_come", ""),
        (True, "first_come", "候补随时可以退出；转正后"),
        (False, "reviewed", "审核前随时可以撤回；通过后"),
    ],
)
def test_how_long_one_can_leave_is_said_alike_before_and_after(
    world: World, full: bool, approval: str, words: str
) -> None:
    world.open_activity(seats=1, approval=approval)
    if full:
        world.do(SignUp("a1.1", "second"), actor="second")
    line = f"<li>{words}可退出到 11月25日 09:00；之后请联系活动负责人。</li>"
    assert line in text(world, "volunteer", "/activities/a1")
    world.do(SignUp("a1.1", "volunteer"), actor="volunteer")
    assert line in text(world, "volunteer", "/activities/a1")
