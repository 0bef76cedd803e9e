"""The organiser's side: plan, split a morning, publish, resize by naming who loses a seat, call off, close. (BN-6, ZS-8)"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from domain.activities import Revised
from domain.closing import CloseSlot
from domain.organisations import SuspendOrganisation
from domain.sign_up import SignUp
from projections import activities, enrolments
from tests.web.conftest import World

pytestmark = pytest.mark.either_engine

FORM = {
    "command": "c0123456789abcdef", "organisation": "centre", "title": "爱心义剪进厂区", "form": "community", "place": "城东工业园",
    "day": "2026-12-01", "starts": "09:00", "ends": "12:00", "every": "90", "volunteer_seats": "3", "participant_seats": "10",
    "risk": "一般", "approval": "first_come",
}  # fmt: skip


def slots_of(world: World, activity: str) -> list[activities.Slot]:
    with world.house.views.read() as connection:
        return activities.slots(connection, activity)


def state_of(world: World, slot: str, person: str) -> str:
    with world.house.views.read() as connection:
        return next(seat.state for seat in enrolments.of_slot(connection, slot) if seat.person == person)


def test_a_morning_is_split_and_published_in_one_form(world: World) -> None:
    answer = world.as_("owner").post("/activities/new", data=FORM | {"publish": "1"})
    assert answer.status_code == 303
    activity = answer.headers["Location"].rpartition("/")[2]
    assert [(s.starts[11:16], s.ends and s.ends[11:16], s.state) for s in slots_of(world, activity)] == [
        ("09:00", "10:30", "open"),
        ("10:30", "12:00", "open"),
    ]


def test_the_same_form_sent_twice_makes_one_activity(world: World) -> None:
    places = {world.as_("owner").post("/activities/new", data=FORM).headers["Location"] for _ in range(2)}
    head = world.house.ledger.store.head()
    assert len(places) == 1
    assert len(slots_of(world, places.pop().rpartition("/")[2])) == 2
    assert world.house.ledger.store.head() == head


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "这一项要填"),
        ("ends", "08:00", "结束时间要晚于开始时间"),
        ("volunteer_seats", "-1", "要在 0 到"),
        ("risk", "", "这一项要填"),
        ("day", "明天", "请填写日期"),
        ("every", "300", "分不出 300 分钟的一段"),
        ("every", "70", "每段 70 分钟会剩下 40 分钟"),
        ("deadline", "2026-12-01T11:00", "报名截止时间要早于第一段结束"),
    ],
)
def test_a_mistake_comes_back_with_everything_typed(world: World, field: str, value: str, sentence: str) -> None:
    before = world.house.ledger.store.head()
    answer = world.as_("owner").post("/activities/new", data=FORM | {"place": "<b>城东</b>"} | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "&lt;b&gt;城东&lt;/b&gt;" in answer.text
    assert world.house.ledger.store.head() == before


@pytest.mark.parametrize("command", ["", "c", "c../../x y", "c" * 200])
def test_a_made_up_number_never_becomes_an_id(world: World, command: str) -> None:
    answer = world.as_("owner").post("/activities/new", data=FORM | {"command": command})
    assert answer.status_code == 303
    assert re.fullmatch(r"/activities/a[0-9a-f]{16}", answer.headers["Location"])


def test_a_day_is_not_split_into_more_slots_than_one_can_look_at(world: World) -> None:
    answer = world.as_("owner").post("/activities/new", data=FORM | {"starts": "08:00", "ends": "18:00", "every": "10"})
    assert answer.status_code == 422
    assert "这样会分成 60 段，一次最多 20 段" in answer.text


def test_somebody_elses_organisation_is_not_there(world: World) -> None:
    assert world.as_("owner").post("/activities/new", data=FORM | {"organisation": "agency"}).status_code == 404


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("/activities/a1/edit", {"title": "别的"}),
    ("/activities/a1/slots", FORM | {"first": "2"}),
    ("/activities/a1/publication", {}),
    ("/activities/a1/cancellation", {"reason": "下雨"}),
    ("/activities/a1/documents", {"document": "plan", "title": "计划.docx"}),
    ("/slots/a1.1/seats", {"side": "volunteer", "seats": "1"}),
    ("/slots/a1.1/cancellation", {"reason": "下雨"}),
]


@pytest.mark.parametrize(("path", "form"), ACTS, ids=[path for path, _ in ACTS])
@pytest.mark.parametrize("person", ["stranger", "auditor", "volunteer"])
def test_others_cannot_plan_it(world: World, person: str, path: str, form: dict[str, Any]) -> None:
    world.open_activity()
    before = world.house.ledger.store.head()
    assert world.as_(person).post(path, data=form).status_code == 404
    assert world.house.ledger.store.head() == before


def test_a_copy_starts_from_the_earlier_one(world: World) -> None:
    world.open_activity(skills=("理发师",))
    page = world.as_("colleague").get("/activities/new?copy=a1")
    assert "爱心义剪进厂区" in page.text
    assert "理发师" in page.text
    assert world.as_("stranger").get("/activities/new?copy=a1").status_code == 404


def test_shrinking_below_the_bookings_names_who_loses_the_seat(world: World) -> None:
    slot = world.open_activity(seats=2)
    world.do(SignUp(slot, "volunteer"), actor="volunteer")
    world.do(SignUp(slot, "second"), actor="second")
    organiser = world.as_("owner")
    page = organiser.post(f"/slots/{slot}/seats", data={"side": "volunteer", "seats": "1"})
    assert page.status_code == 422
    assert "陆青禾" in page.text
    assert "何小满" not in page.text
    silent = organiser.post(f"/slots/{slot}/seats", data={"side": "volunteer", "seats": "1", "displaced": "second"})
    assert silent.status_code == 422
    assert "请写明原因" in silent.text
    done = organiser.post(
        f"/slots/{slot}/seats", data={"side": "volunteer", "seats": "1", "displaced": "second", "reason": "场地小了"}
    )
    assert done.status_code == 303
    assert state_of(world, slot, "second") == "waiting"
    assert state_of(world, slot, "volunteer") == "accepted"


def test_calling_a_slot_off_names_everybody_even_who_came_meanwhile(world: World) -> None:
    slot = world.open_activity()
    world.do(SignUp(slot, "volunteer"), actor="volunteer")
    organiser = world.as_("owner")
    assert "何小满" in organiser.get(f"/slots/{slot}/cancellation").text
    world.do(SignUp(slot, "second"), actor="second")
    late = organiser.post(f"/slots/{slot}/cancellation", data={"affected": "volunteer", "reason": "台风"})
    assert late.status_code == 409
    assert "陆青禾" in late.text
    assert "台风" in late.text
    done = organiser.post(f"/slots/{slot}/cancellation", data={"affected": ["volunteer", "second"], "reason": "台风"})
    assert done.status_code == 303
    assert {state_of(world, slot, person) for person in ("volunteer", "second")} == {"released"}


def test_an_activity_is_called_off_closed_and_opened_again_with_reasons(world: World) -> None:
    slot = world.open_activity()
    organiser = world.as_("owner")
    early = organiser.post("/activities/a1/closing", data={})
    assert early.status_code == 422
    assert "时段没有结束" in early.text
    organiser.post(f"/slots/{slot}/cancellation", data={"reason": "台风"})
    silent = organiser.post("/activities/a1/cancellation", data={})
    assert silent.status_code == 422
    assert "请写明原因" in silent.text
    assert organiser.post("/activities/a1/cancellation", data={"reason": "台风"}).status_code == 303
    assert organiser.post("/activities/a1/archiving", data={}).status_code == 303
    assert "已归档" in organiser.get("/activities/a1/edit").text


def test_the_five_documents_are_ticked_off(world: World) -> None:
    world.open_activity()
    organiser = world.as_("owner")
    assert (
        organiser.post("/activities/a1/documents", data={"document": "plan", "title": "计划.docx"}).status_code == 303
    )
    assert "1 / 5" in organiser.get("/activities/a1/edit").text
    assert organiser.post("/activities/a1/documents", data={"document": "novel", "title": "x"}).status_code == 422


def test_what_is_wrong_is_listed_in_the_order_of_the_form(world: World) -> None:
    page = world.as_("owner").post("/activities/new", data={"organisation": "centre", "publish": "1"}).text
    wrong = [page.index(f'href="#f-{name}"') for name in ("title", "day", "starts", "ends", "risk")]
    assert wrong == sorted(wrong)


def test_a_side_without_seats_is_not_called_full(world: World) -> None:
    slot = world.open_activity(participant_seats=0)
    page = world.as_("owner").get(f"/slots/{slot}/seats?side=participant").text
    assert "没有设席位" in page
    assert "共 0 席" not in page


def test_closing_names_the_documents_that_are_missing(world: World) -> None:
    slot = world.open_activity()
    organiser = world.as_("owner")
    organiser.post("/activities/a1/documents", data={"document": "plan", "title": "计划.docx"})
    world.now += timedelta(days=4)
    world.do(CloseSlot("a1", slot))
    assert organiser.post("/activities/a1/closing", data={}).status_code == 303
    page = organiser.get("/activities/a1/edit").text
    assert "活动已结束，还缺方案、总结、台账、记录，在下面补。" in page


def test_a_further_time_band_sent_twice_is_added_once(world: World) -> None:
    world.open_activity()
    form = {name: value for name, value in FORM.items() if name != "every"} | {"first": "2"}
    for _ in range(2):
        assert world.as_("owner").post("/activities/a1/slots", data=form).status_code == 303
    assert [slot.id for slot in slots_of(world, "a1")] == ["a1.1", "a1.2"]


def test_the_description_changes_and_bad_seats_are_told(world: World) -> None:
    slot = world.open_activity()
    organiser = world.as_("owner")
    assert organiser.post("/activities/a1/edit", data={"title": "义剪进社区"}).status_code == 303
    assert "义剪进社区" in organiser.get("/activities/a1/edit").text
    assert organiser.post("/activities/a1/edit", data={"title": "长" * 61}).status_code == 422
    bad = organiser.post(f"/slots/{slot}/seats", data={"side": "volunteer", "seats": "很多"})
    assert bad.status_code == 422
    assert "请填写整数" in bad.text


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0, "报名中"), (25, "报名已截止"), (73, "进行中"), (75, "待收尾")],
)
def test_a_slot_is_shown_as_it_stands_by_the_clock(world: World, hours: int, words: str) -> None:
    world.open_activity(deadline=world.now + timedelta(hours=24))
    world.now += timedelta(hours=hours)
    page = world.as_("owner").get("/activities/a1/edit").text
    head, _, slots = page.partition("时段</h2>")
    assert words in head
    assert words in slots.partition("</table>")[0]
    assert words == "报名中" or "报名中" not in page


def test_whoever_does_not_want_to_change_seats_finds_the_way_back(world: World) -> None:
    page = world.as_("owner").get(f"/slots/{world.open_activity()}/seats").text
    assert '<a class="btn btn-line" href="/activities/a1/edit">' in page


PAST: dict[str, str] = FORM | {
    "day": "2026-11-10",
    "every": "",
    "volunteer_seats": "",
    "participant_seats": "",
    "publish": "1",
}


def test_a_past_day_asks_why_it_is_entered_now(world: World) -> None:
    answer = world.as_("owner").post("/activities/new", data=PAST)
    assert answer.status_code == 422
    assert "这个时间已经过了。补录办过的活动，请写明原因。" in answer.text
    assert slots_of(world, "a0123456789abcdef") == []


def test_an_activity_that_was_held_is_entered_whole(world: World) -> None:
    browser, slot = world.as_("owner"), "a0123456789abcdef.1"
    page = browser.post("/activities/new", data=PAST | {"late": "当时还没有系统"}, follow_redirects=True).text
    assert "已补录。现在到名册里加上来过的人" in page
    assert "待收尾" in page
    (found,) = slots_of(world, "a0123456789abcdef")
    assert (found.state, found.volunteer_seats, found.participant_seats) == ("open", None, None)
    late = [event for event in world.house.ledger.replay() if event.source == "late"]
    assert [event.event.topic for event in late] == ["activity.drafted", "activity.slot_added", "activity.published"]
    assert {event.reason for event in late} == {"当时还没有系统"}
    assert "时段已结束" in world.as_("volunteer").get("/activities/a0123456789abcdef").text
    assert world.as_("volunteer").post(f"/slots/{slot}/enrolments", data={"side": "volunteer"}).status_code == 409
    came = {"person": "volunteer", "side": "volunteer", "reason": "纸质签到表", "command": "c1"}
    assert browser.post(f"/slots/{slot}/roster", data=came).status_code == 303
    there = {"p": "volunteer", "how": "came", "reason": "纸质签到表", "command": "c2"}
    assert browser.post(f"/slots/{slot}/closing/exceptions", data=there).status_code == 303
    heads = {"side": "participant", "count": "40", "command": "c3"}
    assert browser.post(f"/slots/{slot}/headcounts", data=heads).status_code == 303
    assert browser.post(f"/slots/{slot}/closing/proposals", data={"p": "volunteer", "command": "c4"}).status_code == 303
    assert browser.post(f"/slots/{slot}/closing", data={"command": "c5"}).status_code == 303
    closing = browser.post("/activities/a0123456789abcdef/closing", data={"command": "c6"}, follow_redirects=True)
    assert "活动已结束" in closing.text
    assert state_of(world, slot, "volunteer") == "checked_out"


def test_a_draft_whose_day_went_by_is_entered_late(world: World) -> None:
    browser = world.as_("owner")
    browser.post("/activities/new", data=FORM | {"draft": "1"})
    world.now += timedelta(days=30)
    page = browser.get("/activities/a0123456789abcdef/edit").text
    assert "发布就是补录" in page
    refused = browser.post("/activities/a0123456789abcdef/publication", data={"command": "c1", "reason": ""})
    assert refused.status_code == 422
    typed = {"command": "c1", "reason": "当天停电"}
    said = browser.post("/activities/a0123456789abcdef/publication", data=typed, follow_redirects=True).text
    assert "已补录" in said
    more = {key: FORM[key] for key in ("starts", "ends", "risk")} | {"day": "2026-12-02", "first": "3", "command": "c2"}
    again = browser.post("/activities/a0123456789abcdef/slots", data=more | {"late": "当天停电"})
    assert again.status_code == 303
    assert len(slots_of(world, "a0123456789abcdef")) == 3


def test_a_reason_for_being_late_opens_nothing_that_is_still_to_be(world: World) -> None:
    browser = world.as_("owner")
    assert (
        browser.post(
            "/activities/new", data=FORM | {"volunteer_seats": "", "participant_seats": "", "late": "x"}
        ).status_code
        == 422
    )
    assert browser.post("/activities/new", data=FORM | {"publish": "1", "late": "x"}).status_code == 303
    assert all(event.source != "late" for event in world.house.ledger.replay())


def contacts_of(world: World, activity: str) -> str:
    with world.house.views.read() as connection:
        found = activities.find(connection, activity)
    assert found is not None
    return found.contacts


def test_whoever_makes_an_activity_is_whom_one_can_ask(world: World) -> None:
    place = world.as_("owner").post("/activities/new", data=FORM | {"publish": "1"}).headers["Location"]
    assert contacts_of(world, place.rpartition("/")[2]) == "owner"
    assert "联系人 社工03" in world.app.test_client().get(place).text


def test_colleagues_in_office_can_be_named_instead_and_nobody_else(world: World) -> None:
    world.open_activity()
    browser, form = world.as_("owner"), {"title": "义剪进社区"}
    assert 'name="contacts" value="colleague"' in browser.get("/activities/a1/edit").text
    assert browser.post("/activities/a1/edit", data=form | {"contacts": ["", "colleague"]}).status_code == 303
    assert contacts_of(world, "a1") == "colleague"
    for wrong in ([""], ["", "colleague", "nobody"]):
        answer = browser.post("/activities/a1/edit", data=form | {"contacts": wrong})
        assert answer.status_code == 422
        assert "至少选一位联系人" in answer.text
    assert browser.post("/activities/a1/edit", data=form).status_code == 303
    assert contacts_of(world, "a1") == "colleague"


def test_where_the_organisation_is_suspended_the_form_says_so_before_anything_is_typed(world: World) -> None:
    world.do(SuspendOrganisation("centre"), reason="整改")
    page = world.as_("owner").get("/activities/new").text
    assert "你的机构停用了" in page
    assert 'name="title"' not in page


def test_the_history_names_what_changed_and_nothing_that_stayed(world: World) -> None:
    place = world.as_("owner").post("/activities/new", data=FORM).headers["Location"]
    activity = place.rpartition("/")[2]
    form = {name: FORM[name] for name in ("title", "form", "place")} | {"contacts": ["", "owner"]}
    head = world.house.ledger.store.head()
    assert world.as_("owner").post(f"{place}/edit", data=form).status_code == 303
    assert world.house.ledger.store.head() == head, "saved as it was"
    assert world.as_("owner").post(f"{place}/edit", data=form | {"place": "礼堂"}).status_code == 303
    assert list(world.house.ledger.replay())[-1].event == Revised(activity, place="礼堂")
