"""The month page: printed beside computed, drill-down to events, scope, as of, and who may look."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from domain.activities import Activity
from domain.attendance import CheckIn, CheckOut
from domain.closing import CloseSlot, ConfirmHeadcount
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.organisations import RegisterOrganisation, ReparentOrganisation
from domain.receipts import RecordReceipt, VoidReceipt
from domain.roles import GrantRole
from domain.sign_up import SignUp
from tests.web.conftest import World
from workers.imports import import_file

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"


def text_of(page: str) -> str:
    """What is read: without tags, blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def zhongshan(world: World) -> World:
    """The sample month taken over, its city's reviewer in the cast."""
    outcome = import_file(world.house.ledger, SAMPLE)
    world.house.follower.wait_for(outcome.position)
    world.do(GrantRole("reviewer", "reviewer", "zs-union"))
    return world


def held(world: World) -> str:
    """A slot that was held this month: one named participant, 23 heads, 110 confirmed minutes."""
    slot = world.open_activity(days=1)
    for person, side in (("volunteer", "volunteer"), ("recipient", "participant")):
        world.do(SignUp(slot, person, side), actor=person)  # type: ignore[arg-type]  # the two sides
    starts = (world.now + timedelta(days=1)).replace(hour=9, minute=0)
    world.now = starts + timedelta(hours=3)
    for person in ("volunteer", "recipient"):
        world.do(CheckIn(slot, person, "qr"), actor=person, at=starts)
    world.do(CheckOut(slot, "volunteer", "qr"), actor="volunteer", at=starts + timedelta(minutes=110))
    world.do(ConfirmHeadcount("a1", slot, "participant", 23))
    world.do(CloseSlot("a1", slot))
    world.do(ProposeHours(slot, "volunteer"))
    world.do(ConfirmHours(slot, "volunteer", 110), actor="colleague")
    return slot


def test_the_loudest_disagreement_stands_on_top_with_its_parts(zhongshan: World) -> None:
    page = zhongshan.as_("reviewer").get("/months/2020-02").text
    said = text_of(page)
    assert "“本月速览”印 135 人次，算出来是 134" in said
    assert said.index("67") < said.index("印出的与算出的")
    assert "29 个，17 个可对照" in said
    assert "12–14 人" in said
    assert "只能给区间" in said
    assert "单位不同" in said
    assert "三工联动里的义工" in said
    assert page.count("<h1>") == 1


def test_a_click_leads_from_134_to_the_two_headcounts(zhongshan: World) -> None:
    browser = zhongshan.as_("reviewer")
    page = browser.get("/months/2020-02").text
    link = re.search(r'href="(/months/2020-02/figures/participations[^"]*)"', page)
    assert link
    lines = browser.get(link[1]).text
    assert "由 2 条记录组成" in lines
    assert "假定的" in lines
    events = re.findall(r'href="(/events/\d+)"', lines)
    assert "清点了名单外的参与者：67 人次" in browser.get(events[0]).text


def test_every_measure_opens(zhongshan: World) -> None:
    browser = zhongshan.as_("reviewer")
    page = browser.get("/months/2020-02").text
    links = set(re.findall(r'href="(/months/2020-02/figures/\w+)', page))
    assert len(links) >= 15
    for link in links:
        assert browser.get(link).status_code == 200, link
    assert browser.get("/months/2020-02/figures/nothing").status_code == 404


def test_counselling_lines_name_nobody(zhongshan: World) -> None:
    page = zhongshan.as_("reviewer").get("/months/2020-02/figures/persons_counselled").text
    assert "封存，不显示是谁" in page
    assert "来访者" not in page
    assert "anon-c" not in page


def test_a_month_without_a_bulletin_shows_what_was_computed(world: World) -> None:
    held(world)
    said = text_of(world.as_("reviewer").get("/months/2026-11").text)
    assert "这个月没有录入简报" in said
    assert "24 人次" in said
    assert "志愿服务时长 1.8 小时" in said
    assert "按分钟相加，显示时四舍五入到 0.1 小时" in said
    assert "已确认" in said
    assert "110 分钟" in world.as_("reviewer").get("/months/2026-11/figures/volunteer_minutes").text


def test_an_empty_month_says_so_and_latest_finds_data(world: World) -> None:
    assert "这个月还没有可数的记录" in world.as_("reviewer").get("/months/2021-01").text
    assert "看最近有数的月份" not in world.as_("reviewer").get("/months/2021-01").text, "nothing was counted in any"
    assert world.as_("reviewer").get("/months").location == "/months/2026-11"
    world.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-10-05"))
    assert world.as_("reviewer").get("/months").location == "/months/2026-10"
    assert "看最近有数的月份" in world.as_("reviewer").get("/months/2021-01").text


def test_months_lead_to_the_nearest_ones_that_were_printed_about(zhongshan: World) -> None:
    browser = zhongshan.as_("reviewer")
    assert "前一期简报 2020 年 2 月" in text_of(browser.get("/months/2026-11").text)
    assert 'href="/months/2020-02"' in browser.get("/months/2026-11").text
    assert "后一期简报 2020 年 2 月" in text_of(browser.get("/months/2019-12").text)
    assert "一期简报" not in text_of(browser.get("/months/2020-02").text)
    assert "一期简报" not in text_of(browser.get("/months/2026-11?as_of=1").text)


def test_the_last_record_is_linked_for_whoever_may_read_it(world: World) -> None:
    held(world)
    link = f'href="/events/{world.house.follower.position}"'
    assert link in world.as_("owner").get("/months/2026-11").text
    assert link in world.as_("reviewer").get("/months/2026-11").text
    assert link not in world.as_("stranger").get("/months/2026-11").text


def test_as_of_shows_the_figures_of_then_and_what_changed_since(world: World) -> None:
    world.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-11-05", place="柳岸"))
    then = world.house.follower.position
    world.do(RecordReceipt("v2", "recipient", "phone_visit", "centre", "2026-11-06"))
    world.do(VoidReceipt("v1", "recipient"), reason="记错了人")
    browser = world.as_("reviewer")
    said = text_of(browser.get(f"/months/2026-11?as_of={then}").text)
    assert f"第 {then} 条时的样子 此后有 2 条记录改变了这个月" in said
    assert "−1" in said
    today = browser.get("/months/2026-11?as_of=2026-11-22")
    assert today.status_code == 200
    assert "此后没有记录改变这个月" in today.text
    assert "此后有 2 条" in text_of(browser.get(f"/months/2026-11?as_of={then}&organisation=centre").text)


def test_as_of_adds_up_the_tree_of_then(world: World) -> None:
    then = world.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-11-05")).position
    world.do(RegisterOrganisation("elsewhere", "望海市外联工会", "city_union"))
    world.do(ReparentOrganisation("centre", "elsewhere"), reason="划归外联工会")
    world.do(RecordReceipt("v2", "recipient", "phone_visit", "centre", "2026-11-06"))
    browser = world.as_("reviewer")
    assert "这个月还没有可数的记录" in browser.get("/months/2026-11").text
    for asked in (f"as_of={then}", f"as_of={then}&organisation=union"):
        said = text_of(browser.get(f"/months/2026-11?{asked}").text)
        assert "1 人次" in said
        assert said.count("隶属变过：望海市工会社工服务中心") == 1
        assert "此后没有记录改变这个月" in said, "what happened elsewhere since is not the viewer's to know"
        lines = text_of(browser.get(f"/months/2026-11/figures/visits?{asked}").text)
        assert "由 1 条记录组成" in lines
    assert "隶属变过" not in browser.get(f"/months/2026-11?as_of={world.house.follower.position}").text


@pytest.mark.parametrize("as_of", ["x", "-1", "2026-13-01", "99999999", "2026-02-30"])
def test_a_moment_that_cannot_be_is_told(world: World, as_of: str) -> None:
    page = world.as_("reviewer").get("/months/2026-11", query_string={"as_of": as_of})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert f'value="{as_of}"' in page.text


def test_a_month_that_cannot_be_is_not_there(world: World) -> None:
    browser = world.as_("reviewer")
    for month in ("2026-13", "2026", "202611", "x"):
        assert browser.get(f"/months/{month}").status_code == 404


def test_the_scope_is_the_viewers_own(world: World) -> None:
    held(world)
    assert "24" in world.as_("colleague").get("/months/2026-11").text
    stranger = world.as_("stranger")
    assert "这个月还没有可数的记录" in stranger.get("/months/2026-11").text
    assert "没有记录" in stranger.get("/months/2026-11/figures/participations").text
    assert stranger.get("/months/2026-11?organisation=centre").status_code == 404
    assert world.as_("auditor").get("/months/2026-11?organisation=centre").status_code == 200
    assert "这个月还没有可数的记录" in world.as_("auditor").get("/months/2026-11?organisation=agency").text


@pytest.mark.parametrize("path", ["/months", "/months/2026-11", "/months/2026-11/figures/visits"])
def test_volunteers_find_nothing_and_nobody_signs_in(world: World, path: str) -> None:
    assert world.as_("volunteer").get(path).status_code == 404
    assert world.as_("recipient").get(path).status_code == 404
    assert world.as_(None).get(path).status_code == 303


def test_names_are_masked_for_reviewers_and_full_for_colleagues(world: World) -> None:
    held(world)
    path = "/months/2026-11/figures/volunteer_minutes"
    assert "何*" in world.as_("auditor").get(path).text
    assert "何小满" not in world.as_("auditor").get(path).text
    assert "何小满" in world.as_("colleague").get(path).text
    assert isinstance(world.house.ledger.guard("activity:a1"), Activity)


def test_many_days_are_drawn_by_week(world: World) -> None:
    for number in range(1, 12):
        world.do(RecordReceipt(f"v{number}", "recipient", "phone_visit", "centre", f"2026-11-{number:02}"))
    said = text_of(world.as_("owner").get("/months/2026-11").text)
    assert "1–7 日" in said
    assert "8–14 日" in said


def test_a_long_figure_is_paged(world: World) -> None:
    for number in range(105):
        world.do(RecordReceipt(f"v{number}", "recipient", "phone_visit", "centre", "2026-11-05"))
    browser = world.as_("owner")
    assert "第 1 到 100 条，共 105 条" in browser.get("/months/2026-11/figures/visits").text
    assert "第 101 到 105 条" in browser.get("/months/2026-11/figures/visits?page=2").text
    assert browser.get("/months/2026-11/figures/visits?page=x").status_code == 422


def test_any_month_is_picked_without_turning_pages(world: World) -> None:
    browser = world.as_("reviewer")
    page = browser.get("/months/2026-11?organisation=centre").text
    assert '<input class="form-control w-auto" type="month" id="f-month" name="month" value="2026-11"' in page
    assert '<input type="hidden" name="organisation" value="centre">' in page
    answer = browser.get("/months?month=2020-02&organisation=centre")
    assert answer.headers["Location"] == "/months/2020-02?organisation=centre"
    wrong = browser.get("/months?month=Februar", follow_redirects=True)
    assert "月份要写成 2026-02 这样" in wrong.text


def test_what_nobody_can_know_is_said_in_the_words_of_the_field(zhongshan: World) -> None:
    page = zhongshan.as_("reviewer").get("/months/2020-02").text
    table = page.partition("无从知道的印出的数")[2].partition("</table>")[0]
    for words in (
        "收到的求助，累计（截至 2020-02-26）",
        "免费心理咨询，近年来",
        "心理义工培训，近两年来",
        "一周一点心",
        "服务项目",
    ):
        assert words in table
    assert not re.search(r"counselling|training|messages|events|lines", text_of(table))
