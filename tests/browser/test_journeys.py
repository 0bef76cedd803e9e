"""Three people walk through the town, on a phone and at a desk: one gives time, one runs an activity, one checks a figure."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.attendance import CheckIn, CheckOut
from domain.sign_up import SignUp
from tests.browser.conftest import GUESTS, NOW, WIDTHS, Site, Visit

pytestmark = pytest.mark.browser

TOMORROW = NOW.replace(hour=8) + timedelta(days=1)


def is_phone(width: int) -> bool:
    """Whether the window is narrow."""
    return width == WIDTHS["phone"]


def said(page: Page, words: str | re.Pattern[str]) -> None:
    """The notice on top of the page says so."""
    expect(page.locator("#notices")).to_contain_text(words)


def find(page: Page, title: str, *, free: bool = False) -> None:
    """From the list to the activity's page, by a word and a filter."""
    page.get_by_role("searchbox", name="活动或地点").fill(title)
    page.get_by_role("button", name="找", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]q="))
    if free:
        page.get_by_role("link", name="还有名额", exact=True).click()
        expect(page).to_have_url(re.compile(r"[?&]narrow=free"))
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def join(page: Page, button: str) -> None:
    """Two taps: choose the slot, confirm."""
    page.locator("details.slot summary").click()
    page.get_by_role("button", name=button).click()


def give_time(page: Page, free: str, full: str) -> None:
    """A volunteer's way: sign in, take a place, find it, leave it, queue for another."""
    page.get_by_role("button", name="作为何小满").click()
    find(page, free, free=True)
    join(page, "确认报名")
    said(page, "报上了，正式")
    expect(page.locator("#notices .notice")).to_be_in_viewport(ratio=1)
    told, head = page.locator("#notices .notice").bounding_box(), page.locator("#slots-t").bounding_box()
    assert told
    assert head
    assert told["y"] + told["height"] <= head["y"], "the sentence is in sight and hides neither slot nor heading"
    expect(page.locator("details.slot summary")).to_contain_text("你在里面")
    page.get_by_role("link", name="我的记录").first.click()
    expect(page).to_have_url(re.compile("/me/record"))
    page.get_by_role("link", name=free).first.click()
    page.get_by_role("button", name="退出", exact=True).click()
    said(page, "已退出")
    page.get_by_role("link", name="活动", exact=True).first.click()
    find(page, full)
    expect(page.locator("details.slot summary")).to_contain_text("候补，第 2 位")
    join(page, "确认候补")
    said(page, "候补第 2 位")
    expect(page.locator("details.slot")).to_contain_text("你前面 1 人")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_volunteer(visit: Visit, site: Site, width: int, scripts: bool) -> None:
    first = TOMORROW + timedelta(hours=2 * is_phone(width) + 4 * scripts)
    name = f"{'手机' if is_phone(width) else '电脑'}{'' if scripts else '无脚本'}"
    free, full = f"整理图书{name}", f"包饺子{name}"
    site.open_activity(free, first, "guest3")
    site.open_activity(full, first + timedelta(hours=1), "guest1", "guest2", seats=1)
    give_time(visit("/sign-in", java_script_enabled=scripts), free, full)


def publish(page: Page, title: str, day: date) -> str:
    """The form with a mistake, then without; the id of the new slot."""
    page.get_by_role("link", name="发起活动").click()
    page.get_by_label("名称").fill(title)
    page.get_by_label("日期").fill(day.isoformat())
    page.get_by_label("开始").fill("14:00")
    page.get_by_label("结束").fill("13:00")
    page.get_by_label("志愿者席").fill("3")
    page.get_by_label("风险").fill("一般")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("alert")).to_contain_text("结束")
    expect(page.get_by_label("名称")).to_have_value(title)
    expect(page.get_by_label("志愿者席")).to_have_value("3")
    page.get_by_label("结束").fill("16:00")
    page.get_by_role("button", name="发布").click()
    said(page, "已发布")
    page.locator("details.slot summary").click()
    page.get_by_role("link", name="名册").click()
    expect(page).to_have_url(re.compile("/roster"))
    found = re.search(r"/slots/([^/]+)/roster", page.url)
    assert found
    return found[1]


def test_organiser(visit: Visit, site: Site, width: int) -> None:
    day = NOW + timedelta(days=20 + is_phone(width))
    title = f"修自行车{'手机' if is_phone(width) else '电脑'}"
    page = visit("/activities", "social-worker03")
    slot = publish(page, title, day.date())
    seat_by_hand(page, "林知夏")
    for guest in ("guest2", "guest3"):
        site.do(SignUp(slot, guest, "volunteer"), guest)
    with site.at(day.replace(hour=14)):
        open_the_door(page, site, slot)
    with site.at(day.replace(hour=17)):
        close_the_slot(page, slot)
        hours_take_two(page, visit("/hours", "social-worker05"), title)


def seat_by_hand(page: Page, name: str) -> None:
    """The organiser puts somebody on the roster who asked in person."""
    page.get_by_role("searchbox").fill(name)
    page.get_by_role("button", name="找人").click()
    page.get_by_role("button", name="加入名单").click()
    said(page, f"{name} 已加入志愿者名单：正式")


def open_the_door(page: Page, site: Site, slot: str) -> None:
    """One is checked in at the desk and leaves without a word, one scans twice, one stays away."""
    page.reload()
    row = page.get_by_role("row").filter(has_text=GUESTS["guest1"])
    row.get_by_role("button", name="签到").click()
    said(page, f"已签到：{GUESTS['guest1']}")
    site.do(CheckIn(slot, "guest2", "qr"), "guest2")
    site.now += timedelta(hours=2)
    site.do(CheckOut(slot, "guest2", "qr"), "guest2")


def close_the_slot(page: Page, slot: str) -> None:
    """First what does not close by itself, then the hours of the rest, then the slot."""
    page.goto(f"/slots/{slot}/closing")
    expect(page.get_by_role("heading", name="先看例外")).to_be_visible()
    one = page.get_by_role("form", name=GUESTS["guest1"])
    expect(one).to_contain_text("没有签退")
    one.get_by_role("button", name="记下").click()
    said(page, f"已提交时长：{GUESTS['guest1']}")
    page.get_by_role("form", name="没有签到的 1 人").get_by_role("button", name="记下").click()
    said(page, f"已记缺席：{GUESTS['guest3']}")
    page.get_by_role("button", name="提交时长").click()
    said(page, "已提交 1 人的时长")
    page.get_by_role("button", name="结束时段").click()
    said(page, "时段已结束，记为 1 场次")


def hours_take_two(proposer: Page, colleague: Page, title: str) -> None:
    """Who proposed finds nothing to tick and why; a colleague confirms both, with what else the town left waiting."""
    proposer.goto("/hours")
    rows = proposer.get_by_role("row").filter(has_text=title)
    expect(rows).to_have_count(2)
    expect(rows.get_by_role("checkbox")).to_have_count(0)
    expect(rows.first).to_contain_text("提交")
    rows = colleague.get_by_role("row").filter(has_text=title)
    expect(rows.get_by_role("checkbox", checked=True)).to_have_count(2)
    ticked = colleague.get_by_role("checkbox", checked=True).count()
    colleague.get_by_role("button", name="确认", exact=True).click()
    said(colleague, f"已确认 {ticked} 笔")
    expect(colleague.get_by_role("row").filter(has_text=title)).to_have_count(0)


def test_reviewer(visit: Visit) -> None:
    page = visit("/months/2020-02", "reviewer01")
    claim = page.get_by_role("region", name="印 135 人次，算出来是 134")
    claim.get_by_role("link", name="看 134 由哪 2 条记录组成").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("134 人次，由 2 条记录组成")
    lines = page.get_by_role("table", name="组成 134 的记录").locator("tbody").get_by_role("row")
    expect(lines).to_have_count(2)
    for line in lines.all():
        expect(line.get_by_role("cell").last).to_have_text("67")
    lines.first.get_by_role("cell").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("清点了名单外的参与者：67 人次")
    head = page.get_by_role("main")
    for fact in ("2020-02-28", "导入", "速览2; 职工服务站", "假定的"):
        expect(head).to_contain_text(fact)


def test_month_to_figure_by_number(visit: Visit) -> None:
    page = visit("/months/2020-02", "reviewer01")
    page.get_by_role("link", name="134 人次").first.click()
    expect(page).to_have_url(re.compile("/months/2020-02/figures/participations$"))
