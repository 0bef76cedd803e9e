"""The audit trail: filters, paging, export, one page per event, the history of one thing, and who may read what."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from domain.attendance import CheckIn, CheckOut
from domain.hours_corrections import AdjustHours
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.hours_objections import ObjectToHours
from domain.organisations import SuspendOrganisation
from domain.person_files import RegisterPerson
from domain.planning import ReviseActivity
from domain.receipts import RecordReceipt
from domain.records import KeepRecord
from domain.roles import EndRole, GrantRole
from domain.sign_up import SignUp
from tests.web.conftest import World

STAFF_PATHS = ("/audit", "/audit/export.csv", "/events/1", "/history/slot:a1.1")


def text_of(page: str) -> str:
    """What is read: without tags, blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.fixture
def adjusted(world: World) -> World:
    """Hours of the centre that were proposed, confirmed, objected to and adjusted, the last a day later."""
    slot = world.open_activity(days=1)
    world.do(SignUp(slot, "volunteer"), actor="volunteer")
    starts = (world.now + timedelta(days=1)).replace(hour=9, minute=0)
    world.now = starts + timedelta(hours=3)
    world.do(CheckIn(slot, "volunteer", "qr"), actor="volunteer", at=starts, source="qr")
    world.do(CheckOut(slot, "volunteer", "qr"), actor="volunteer", at=starts + timedelta(minutes=60))
    world.do(ProposeHours(slot, "volunteer"))
    world.do(ConfirmHours(slot, "volunteer", 60), actor="colleague")
    world.do(ObjectToHours(slot, "volunteer", "我待到十一点，家里电话 555", 120), actor="volunteer")
    world.now += timedelta(days=2)
    world.do(
        AdjustHours(slot, "volunteer", 120),
        actor="colleague",
        reason="登记表写到 11:00",
        occurred=starts + timedelta(hours=2),
    )
    return world


def head(world: World) -> int:
    return world.house.follower.position


def test_newest_first_with_both_times_and_lateness(adjusted: World) -> None:
    page = text_of(adjusted.as_("owner").get("/audit").text)
    assert "社工05把何小满在“爱心义剪进厂区”11月23日 09:00 的时长改为 120 分钟（+60 分钟）" in page
    assert page.index("的时长改为") < page.index("提出异议：应为 120 分钟")
    assert "迟记 2 天" in page
    assert "登记表写到 11:00" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("topic=hours", 4),
        ("topic=hours.adjusted", 1),
        ("actor=何小满", 4),
        ("actor=volunteer&topic=enrolment", 3),
        ("actor=hxm&topic=hours", 1),
        ("thing=slot:a1.1&topic=hours", 4),
        ("thing=爱心义剪&topic=activity", 3),
        ("thing=何小满&topic=enrolment", 3),
        ("source=qr", 1),
        ("late=1", 1),
        ("organisation=centre&topic=hours", 4),
        ("from=2026-11-25&topic=hours", 1),
        ("to=2026-11-24&topic=hours", 3),
        ("to=2026-11-23&by=occurred&topic=hours", 4),
        ("thing=绝无此事", 0),
        ("actor=%25", 0),
    ],
)
def test_filters(adjusted: World, query: str, found: int) -> None:
    page = adjusted.as_("owner").get(f"/audit?{query}")
    assert page.status_code == 200
    assert f"找到 {found} 条" in text_of(page.text)
    assert ("没有找到记录" in page.text) is (found == 0)


@pytest.mark.parametrize(
    "query", ["topic=x", "source=x", "from=2026-13-01", "from=2026-11-02&to=2026-11-01", "before=x"]
)
def test_a_filter_that_cannot_be_is_told_and_kept(world: World, query: str) -> None:
    page = world.as_("owner").get(f"/audit?{query}")
    assert page.status_code == 422


def test_what_administrators_did_is_one_filter(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(RegisterPerson("once", "韦主任", organisation="union"))
    for person in ("head", "once"):
        world.do(GrantRole(person, "administrator", "union"), actor="head", organisation="union")
    world.do(EndRole("once", "administrator", "union"), actor="once", organisation="union")
    page = text_of(world.as_("auditor").get("/audit?actor=管理员").text)
    assert "找到 3 条" in page
    assert "韦主任不再是望海市总工会的管理员" in page
    assert "管理员做的" in page
    assert "找到 0 条" in text_of(world.as_("stranger").get("/audit?actor=管理员").text)


def test_whoever_looks_over_a_part_sees_what_administrators_from_above_did_to_it(world: World) -> None:
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"), actor="head", organisation="union")
    world.do(SuspendOrganisation("centre"), actor="head", organisation="centre", reason="换届")
    page = text_of(world.as_("owner").get("/audit?actor=管理员").text)
    assert "停用了望海市工会社工服务中心" in page
    assert "成为望海市总工会的管理员" not in page


def test_pages_follow_each_other(world: World) -> None:
    for number in range(60):
        world.do(RecordReceipt(f"v{number}", "recipient", "phone_visit", "centre", "2026-11-05"))
    browser = world.as_("owner")
    first = browser.get("/audit?topic=receipt").text
    assert f"第 {head(world)} 到 {head(world) - 49} 条，共 60 条" in first
    older = re.search(r'href="([^"]*before=\d+[^"]*)"', first)
    assert older
    second = browser.get(older[1].replace("&amp;", "&")).text
    assert f"第 {head(world) - 50} 到 {head(world) - 59} 条，共 60 条" in second
    newer = re.search(r'href="([^"]*after=\d+[^"]*)"', second)
    assert newer
    assert f"第 {head(world)} 到" in browser.get(newer[1].replace("&amp;", "&")).text


def test_the_export_holds_what_the_filter_finds_and_no_formula(adjusted: World) -> None:
    adjusted.do(ReviseActivity("a1", title="=1+1"), reason="=cmd")
    answer = adjusted.as_("owner").get("/audit/export.csv?thing=activity:a1")
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][0] == "第几条"
    assert rows[1][1] == "修改活动"
    assert rows[1][-1] == "'=cmd"
    assert [row[1] for row in rows[-3:]] == ["发布", "加时段", "起草活动"]


def test_an_event_shows_before_and_after_and_what_it_counts_towards(adjusted: World) -> None:
    page = adjusted.as_("auditor").get(f"/events/{head(adjusted)}").text
    said = text_of(page)
    assert "前与后" in said
    assert "<del>60</del>" in page
    assert "<ins>120</ins>" in page
    assert "<del>有异议</del>" in page
    assert "2026-11 志愿服务时长" in said
    assert "+60 分钟" in said
    assert "登记表写到 11:00" in said
    assert "hours.adjusted" in said
    assert page.count('class="trail"') == 1
    assert f'href="/events/{head(adjusted) - 1}"' in page


def test_personal_fields_are_for_the_organisations_own_staff(adjusted: World) -> None:
    objection = head(adjusted) - 1
    assert "家里电话 555" in adjusted.as_("colleague").get(f"/events/{objection}").text
    read = adjusted.as_("auditor").get(f"/events/{objection}").text
    assert "555" not in read
    assert "个人信息，不在此显示" in read
    adjusted.do(RegisterPerson("new", "梁霞", phone="13900000000", organisation="centre"))
    read = adjusted.as_("auditor").get(f"/events/{head(adjusted)}").text
    assert "梁*" in read
    assert "梁霞" not in read
    assert "13900000000" not in read


def test_a_sealed_service_names_nobody_anywhere(world: World) -> None:
    outcome = world.do(RecordReceipt("c1", "recipient", "counselling", "centre", "2026-11-05", minutes=60))
    browser = world.as_("owner")
    page = browser.get(f"/events/{outcome.position}").text
    assert "封存" in page
    assert "覃若谷" not in page
    assert "c1/recipient" not in page
    assert f"/events/{outcome.position}" not in browser.get("/history/person:recipient").text


def test_every_kind_of_event_has_a_page(adjusted: World) -> None:
    adjusted.do(KeepRecord("r1", 1, "WishCollected", {"display_name": "梁女士"}, "2026-11"))
    browser = adjusted.as_("reviewer")
    for position in range(1, head(adjusted) + 1):
        answer = browser.get(f"/events/{position}")
        assert answer.status_code == 200, position
        assert "梁女士" not in answer.text
        assert answer.text.count("<h1>") == 1


def test_the_history_of_a_thing(adjusted: World) -> None:
    browser = adjusted.as_("owner")
    said = text_of(browser.get("/history/slot:a1.1").text)
    assert "“爱心义剪进厂区”11月23日 09:00" in said
    assert said.index("的时长改为") < said.index("加了时段")
    assert browser.get("/history/hours:a1.1/volunteer").status_code == 200
    assert browser.get("/history/slot:none").status_code == 404
    assert adjusted.as_("stranger").get("/history/slot:a1.1").status_code == 404


def test_strangers_see_only_their_own_events(adjusted: World) -> None:
    stranger = adjusted.as_("stranger")
    assert stranger.get(f"/events/{head(adjusted)}").status_code == 404
    assert "何小满" not in stranger.get("/audit").text
    assert "何小满" not in stranger.get("/audit/export.csv").text
    assert stranger.get("/audit?organisation=centre").status_code == 404
    assert stranger.get("/audit?thing=slot:a1.1").status_code == 200
    assert "没有找到记录" in stranger.get("/audit?thing=slot:a1.1").text


def test_events_of_no_organisation_are_the_citys_to_read(world: World) -> None:
    outcome = world.do(RegisterPerson("alone", "路人甲"), organisation=None)
    assert world.as_("reviewer").get(f"/events/{outcome.position}").status_code == 200
    assert world.as_("owner").get(f"/events/{outcome.position}").status_code == 404
    assert world.as_("reviewer").get("/events/99999").status_code == 404


@pytest.mark.parametrize("path", STAFF_PATHS)
def test_volunteers_find_nothing_and_nobody_signs_in(adjusted: World, path: str) -> None:
    assert adjusted.as_("volunteer").get(path).status_code == 404
    assert adjusted.as_(None).get(path).status_code == 303


def test_no_link_of_the_trail_is_a_dead_end(adjusted: World) -> None:
    browser = adjusted.as_("auditor")
    pages = [browser.get(path).text for path in ("/audit", f"/events/{head(adjusted)}", "/history/slot:a1.1")]
    links = {link for page in pages for link in re.findall(r'href="(/(?:audit|events|history|months)[^"]*)"', page)}
    assert len(links) > 30
    for link in links:
        assert browser.get(link.replace("&amp;", "&")).status_code in (200, 302), link


def test_naming_many_people_costs_no_query_each(world: World) -> None:
    def queries() -> int:
        asked: list[str] = []
        event.listen(world.house.views.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        assert world.as_("owner").get("/audit?topic=person.registered").status_code == 200
        return len(asked)

    few = queries()
    for number in range(20):
        world.do(RegisterPerson(f"n{number}", f"何云{number:02}", organisation="centre"))
    assert queries() <= 2 * few + 3, "the first listener is still there"
