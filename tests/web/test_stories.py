"""From served to serving, on pages: the timeline is the person's own, the funnel counts, every number opens."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.attendance import CheckIn, CheckOut
from domain.consents import GiveConsent
from domain.hours_crediting import ConfirmHours, PostHours, ProposeHours
from domain.receipts import RecordReceipt
from domain.sign_up import SignUp
from ledger.follow import view_differences
from tests.web.conftest import NOW, World


def serve(world: World, activity: str, start: datetime, *, volunteer: str, guest: str | None = None) -> None:
    """An activity two days later where somebody serves, and perhaps somebody is served."""
    world.now = start
    slot = world.open_activity(activity, days=2)
    for person, side in ((volunteer, "volunteer"), (guest, "participant")):
        if person:
            world.do(SignUp(slot, person, side), actor=person)  # type: ignore[arg-type]  # sides of the pairs above
    begins = (start + timedelta(days=2)).replace(hour=9, minute=0)
    for person in filter(None, (volunteer, guest)):
        world.do(CheckIn(slot, person, "desk"), at=begins)
    world.now = begins + timedelta(hours=2)
    world.do(CheckOut(slot, volunteer, "desk"), at=world.now)
    world.do(ProposeHours(slot, volunteer))
    world.do(ConfirmHours(slot, volunteer, 120), actor="colleague")


@pytest.fixture
def town(world: World) -> World:
    """覃若谷 was called in September, served others in October, and again, with a guest, in November."""
    world.do(RecordReceipt("v1", "recipient", "phone_visit", "centre", "2026-09-10", worker="owner", place="黄圃镇"))
    serve(world, "a1", datetime.fromisoformat("2026-10-06T09:00+08:00"), volunteer="recipient")
    serve(world, "a2", datetime.fromisoformat("2026-11-10T09:00+08:00"), volunteer="recipient", guest="third")
    world.now = NOW
    return world


def test_the_persons_own_timeline_tells_everything(town: World) -> None:
    page = town.as_("recipient").get("/people/recipient/story").text
    for words in (
        "接受电访",
        "报名做志愿者",
        "第一次服务：爱心义剪进厂区，2 小时",
        "服务 2 场",
        "共帮到 1 人次",
        "28<small>天",
    ):
        assert words in page, words
    assert view_differences(town.house.follower) == []


def test_the_serving_organisations_staff_see_it_and_strangers_do_not(town: World) -> None:
    assert "接受电访" in town.as_("owner").get("/people/recipient/story").text
    assert town.as_("stranger").get("/people/recipient/story").status_code == 404
    assert town.as_("volunteer").get("/people/recipient/story").status_code == 404


def test_others_who_know_the_person_need_consent(town: World) -> None:
    auditor = town.as_("auditor")
    closed = auditor.get("/people/recipient/story").text
    assert "接受电访" not in closed
    assert "报名做志愿者" not in closed
    assert "另有 1 件没有列出" in closed
    town.do(GiveConsent("recipient", "story"), actor="recipient")
    assert "接受电访" in auditor.get("/people/recipient/story").text


def test_a_sealed_contact_is_on_nobodys_timeline(town: World) -> None:
    town.do(RecordReceipt("k1", "recipient", "counselling", "centre", "2026-09-01", minutes=50, worker="owner"))
    for viewer in ("recipient", "owner"):
        page = town.as_(viewer).get("/people/recipient/story").text
        assert "咨询" not in page.replace("心理咨询与个案从不列出", "")
        assert "2026-09-01" not in page


def test_the_funnel_counts_and_opens(town: World) -> None:
    page = town.as_("owner").get("/stories").text
    assert "覃若谷" in page
    assert "2026-10-08" in page
    assert "28 天" in page
    assert "1<small>人次" in page
    opened = town.as_("owner").get("/stories/assisted").text
    assert "参加爱心义剪进厂区" in opened
    assert "韦一禾" in opened
    assert "/events/" in opened


def test_a_reviewer_sees_numbers_and_masked_names(town: World) -> None:
    page = town.as_("auditor").get("/stories").text
    assert "覃*" in page
    assert "覃若谷" not in page
    assert "韦一禾" not in town.as_("auditor").get("/stories/assisted").text


def test_another_organisation_has_its_own_funnel(town: World) -> None:
    assert "还没有人走到这一步" in town.as_("stranger").get("/stories").text
    assert town.as_("stranger").get("/stories?organisation=centre").status_code == 404
    assert town.as_("volunteer").get("/stories").status_code == 404


@pytest.mark.parametrize(("stage", "there"), [("active", True), ("converted", True), ("interested", False), ("", True)])
def test_stages_filter_the_list(town: World, stage: str, there: bool) -> None:
    assert ("覃若谷" in town.as_("owner").get(f"/stories?stage={stage}").text) is there


def test_a_volunteer_who_was_never_served_has_only_the_giving_side(world: World) -> None:
    serve(world, "a1", datetime.fromisoformat("2026-10-06T09:00+08:00"), volunteer="volunteer")
    page = world.as_("volunteer").get("/people/volunteer/story").text
    assert "服务 1 场" in page
    assert "转身：" not in page
    assert "从被服务到服务别人" not in page
    assert "<h1>我的经历</h1>" in page


def test_a_newcomer_has_an_empty_story_that_says_so(world: World) -> None:
    assert "还没有可以列出的事" in world.as_("third").get("/people/third/story").text


def test_hours_are_never_added_over_states(town: World) -> None:
    town.do(PostHours("a1.1", "recipient"), actor="colleague")
    page = town.as_("recipient").get("/people/recipient/story").text
    assert "已确认 2 小时，公示中 2 小时" in page
    assert "4 小时" not in page
