"""The roster: whose it is, what is done about a line, who is added, what it was as of a position, and what a spreadsheet gets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.closing import CloseSlot
from domain.consents import GiveConsent, RecordBirthYear
from domain.person_files import RegisterPerson
from domain.sign_up import SignUp, Withdraw
from ledger.follow import view_differences
from projections import enrolments
from tests.web.conftest import World
from web.rosters_csv import safe

pytestmark = pytest.mark.either_engine

SLOT = "a1.1"


@pytest.fixture
def door(world: World) -> World:
    """A slot with two seats that three volunteers want, and one participant."""
    world.open_activity()
    for person in ("volunteer", "second", "third"):
        world.do(SignUp(SLOT, person), actor=person)
    world.do(SignUp(SLOT, "recipient", "participant"), actor="recipient")
    return world


def states(world: World) -> dict[str, str]:
    with world.house.views.read() as connection:
        return {seat.person: seat.state for seat in enrolments.of_slot(connection, SLOT)}


def post(world: World, path: str, who: str = "owner", **fields: Any) -> Any:
    return world.as_(who).post(path, data={"command": "c1"} | fields)


@pytest.mark.parametrize(
    ("person", "status"),
    [("owner", 200), ("colleague", 200), ("stranger", 404), ("auditor", 404), ("volunteer", 404), (None, 303)],
)
@pytest.mark.parametrize("path", ["roster", "roster.csv", "roster/volunteer", "closing"])
def test_only_staff_of_the_organisation_open_it(door: World, person: str | None, status: int, path: str) -> None:
    assert door.as_(person).get(f"/slots/{SLOT}/{path}").status_code == status


@pytest.mark.parametrize("path", ["roster/volunteer/check-in", "roster", "headcounts"])
@pytest.mark.parametrize("person", ["stranger", "auditor", "volunteer"])
def test_nobody_else_acts(door: World, person: str, path: str) -> None:
    before = door.house.ledger.store.head()
    answer = post(door, f"/slots/{SLOT}/{path}", person, person="recipient", side="participant", count="5")
    assert (answer.status_code, door.house.ledger.store.head()) == (404, before)


def test_the_page_names_everybody_with_their_state(door: World) -> None:
    text = door.as_("owner").get(f"/slots/{SLOT}/roster").text
    assert all(name in text for name in ("何小满", "陆青禾", "韦一禾", "覃若谷", "第 1 位"))
    assert "名单 2 / 席位 2，候补 1" in text
    alone = door.as_("owner").get(f"/slots/{SLOT}/roster?side=volunteer&state=waiting").text
    assert "韦一禾" in alone
    assert "何小满" not in alone
    assert "覃若谷" not in alone
    assert "没有这样的志愿者" in door.as_("owner").get(f"/slots/{SLOT}/roster?side=volunteer&state=no_show").text


def test_checking_in_twice_counts_once_and_out_follows(door: World) -> None:
    door.now += timedelta(days=3)
    for _ in range(2):
        assert post(door, f"/slots/{SLOT}/roster/volunteer/check-in").status_code == 303
    head = door.house.ledger.store.head()
    door.now += timedelta(hours=2)
    assert (
        post(door, f"/slots/{SLOT}/roster/volunteer/check-out?side=volunteer")
        .headers["Location"]
        .endswith("=volunteer")
    )
    assert (states(door)["volunteer"], door.house.ledger.store.head()) == ("checked_out", head + 1)
    text = door.as_("owner").get(f"/slots/{SLOT}/roster").text
    assert "09:00" in text
    assert "11:00" in text
    assert "乙" in text


def test_too_early_or_a_moved_line_is_said_in_a_sentence(door: World) -> None:
    early = post(door, f"/slots/{SLOT}/roster/volunteer/check-in")
    assert early.status_code == 422
    assert "还没到签到时间" in early.text
    moved = post(door, f"/slots/{SLOT}/roster/volunteer/check-out")
    assert moved.status_code == 409
    assert "没有办成" in moved.text
    assert post(door, f"/slots/{SLOT}/roster/volunteer/dance").status_code == 404
    assert post(door, f"/slots/{SLOT}/roster/nobody/check-in").status_code == 404


@pytest.mark.parametrize(
    ("later", "is_offered", "said"),
    [
        (timedelta(), False, "2026-11-25 07:00 起可以签到"),
        (timedelta(days=3, hours=-2), True, ""),
        (timedelta(days=3, hours=2), True, ""),
        (timedelta(days=3, hours=2, minutes=1), False, "补录"),
    ],
)
def test_checking_in_is_offered_while_the_rule_takes_it(
    door: World, later: timedelta, is_offered: bool, said: str
) -> None:
    door.now = door.now.replace(hour=9, minute=0) + later
    client, path = door.as_("owner"), f"/slots/{SLOT}/roster"
    for page in (client.get(path).text, client.get(f"{path}/volunteer").text):
        assert ('check-in"' in page) is is_offered
        assert said in page
    assert (">补录</a>" in client.get(path).text) is (said == "补录")


def test_after_the_end_absence_is_offered_and_before_it_is_not(door: World) -> None:
    door.now = door.now.replace(hour=10, minute=0) + timedelta(days=3)
    path = f"/slots/{SLOT}/roster/volunteer"
    assert "记为缺席" not in door.as_("owner").get(path).text
    door.now += timedelta(hours=1)
    assert "记为缺席" in door.as_("owner").get(path).text
    door.now += timedelta(minutes=1)
    late = post(door, f"{path}/check-in")
    assert late.status_code == 422
    assert "请用补录" in late.text
    assert 'check-in"' not in late.text


def test_who_did_not_check_out_in_time_is_entered_late(door: World) -> None:
    door.now = door.now.replace(hour=9, minute=0) + timedelta(days=3)
    assert post(door, f"/slots/{SLOT}/roster/volunteer/check-in").status_code == 303
    door.now += timedelta(hours=4)
    client = door.as_("owner")
    assert "check-out" in client.get(f"/slots/{SLOT}/roster").text
    door.now += timedelta(minutes=1)
    for page in (client.get(f"/slots/{SLOT}/roster").text, client.get(f"/slots/{SLOT}/roster/volunteer").text):
        assert "check-out" not in page
        assert "补录</" in page.replace("事后补录</", "")


def test_a_closed_roster_offers_only_the_way_to_open_it_again(door: World) -> None:
    path = f"/slots/{SLOT}/roster"
    before = door.as_("owner").get(path).text
    assert "加一个人" in before
    assert "记下人数" not in before  # nobody can be counted before the slot begins
    door.now = door.now.replace(hour=12, minute=0) + timedelta(days=3)
    assert "记下人数" in door.as_("owner").get(path).text
    door.do(Withdraw(SLOT, "third", "volunteer"), reason="没有排上")
    door.do(CloseSlot("a1", SLOT))
    closed = door.as_("owner").get(path).text
    assert "加一个人" not in closed
    assert "记下人数" not in closed
    assert "重新打开" in closed


def test_a_correction_needs_a_reason_and_keeps_what_was_typed(door: World) -> None:
    door.now += timedelta(days=3, hours=5)
    typed = {"checked_in": "2026-11-25T09:05", "checked_out": "2026-11-25T10:35"}
    path = f"/slots/{SLOT}/roster/volunteer/correction"
    missing = post(door, path, **typed)
    assert missing.status_code == 422
    assert "2026-11-25T09:05" in missing.text
    assert "这一项要填" in missing.text
    bad = post(door, path, checked_in="昨天", reason="忘了签到")
    assert bad.status_code == 422
    assert "忘了签到" in bad.text
    assert "昨天" in bad.text
    swapped = post(door, path, checked_in="2026-11-25T10:35", checked_out="2026-11-25T09:05", reason="忘了")
    assert swapped.status_code == 422
    assert "签退要晚于签到" in swapped.text
    assert post(door, path, reason="签到表在纸上", **typed).status_code == 303
    text = door.as_("owner").get(f"/slots/{SLOT}/roster").text
    assert "09:05" in text
    assert "丙" in text
    assert "更正过" in text


def test_withdrawing_somebody_moves_the_queue_up(door: World) -> None:
    assert post(door, f"/slots/{SLOT}/roster/volunteer/withdrawal").status_code == 422
    assert post(door, f"/slots/{SLOT}/roster/volunteer/withdrawal", reason="家里有事").status_code == 303
    assert states(door) == {
        "volunteer": "withdrawn", "second": "accepted", "third": "accepted", "recipient": "accepted"
    }  # fmt: skip


def test_requests_are_accepted_or_rejected(world: World) -> None:
    world.open_activity(approval="reviewed")
    for person in ("volunteer", "second"):
        world.do(SignUp(SLOT, person), actor=person)
    assert post(world, f"/slots/{SLOT}/roster/volunteer/acceptance").status_code == 303
    assert post(world, f"/slots/{SLOT}/roster/second/rejection", reason="这一场要有经验的").status_code == 303
    assert states(world) == {"volunteer": "accepted", "second": "rejected"}


def test_adding_a_person_and_overriding_with_a_reason(door: World) -> None:
    page = door.as_("owner").get(f"/slots/{SLOT}/roster?q=社工05").text
    assert 'value="colleague"' in page
    door.now += timedelta(days=3, minutes=10)
    path = f"/slots/{SLOT}/roster"
    late = post(door, path, person="colleague", side="participant")
    assert late.status_code == 422
    assert "截止" in late.text
    assert "写上破例的原因再送一次，就可以加。" in late.text
    assert 'value="colleague"' in late.text
    assert post(door, path, person="colleague", side="participant", reason="现场加入").status_code == 303
    assert states(door)["colleague"] == "accepted"
    assert post(door, path, person="ghost", side="participant").status_code == 422
    assert post(door, path, side="upside-down").status_code == 422


def test_a_stranger_to_the_organisation_cannot_be_looked_up(door: World) -> None:
    door.do(RegisterPerson("faraway", "闻笛", organisation="agency"))
    assert "faraway" not in door.as_("owner").get(f"/slots/{SLOT}/roster?q=闻笛").text
    assert post(door, f"/slots/{SLOT}/roster", person="faraway", side="participant").status_code == 422


def test_where_more_are_found_than_are_listed_the_page_says_so(door: World) -> None:
    for number in range(13):
        door.do(RegisterPerson(f"same{number}", f"莫同{number}", organisation="centre"))
    browser = door.as_("owner")
    assert "只列前 12 个" in browser.get(f"/slots/{SLOT}/roster?q=莫同").text
    assert "只列前" not in browser.get(f"/slots/{SLOT}/roster?q=莫同12").text


def test_heads_are_counted_per_side_and_changed_with_a_reason(door: World) -> None:
    door.now += timedelta(days=3, hours=1)
    path = f"/slots/{SLOT}/headcounts"
    assert post(door, path, side="participant", count="63").status_code == 303
    assert "清点 63 人次" in door.as_("owner").get(f"/slots/{SLOT}/roster").text
    again = door.as_("owner").post(path, data={"command": "c2", "side": "participant", "count": "71"})
    assert again.status_code == 422
    assert "71" in again.text
    assert post(door, path, side="participant", count="-1").status_code == 422
    assert post(door, path, side="participant", count="很多").status_code == 422


def test_as_of_a_position_shows_the_roster_as_it_was(door: World) -> None:
    then = door.house.ledger.store.head() - 2
    post(door, f"/slots/{SLOT}/roster/volunteer/withdrawal", reason="家里有事")
    text = door.as_("owner").get(f"/slots/{SLOT}/roster?as_of={then}").text
    assert "不是现在的" in text
    assert "回到现在" in text
    assert "何小满" in text
    assert "已退出" not in text
    assert "韦一禾" not in text
    assert "check-in" not in text
    now = door.as_("owner").get(f"/slots/{SLOT}/roster?as_of={door.house.ledger.store.head()}").text
    assert "已退出" in now
    assert "韦一禾" in now
    assert "那时还没有人报名" in door.as_("owner").get(f"/slots/{SLOT}/roster?as_of=0").text
    assert door.as_("owner").get(f"/slots/{SLOT}/roster?as_of=soon").status_code == 200


def test_a_line_opens_as_a_drawer_or_as_a_page(door: World) -> None:
    whole = door.as_("owner").get(f"/slots/{SLOT}/roster/volunteer")
    part = door.as_("owner").get(f"/slots/{SLOT}/roster/volunteer", headers={"HX-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert 'id="drawer"' in part.text


def test_the_export_runs_no_formula(door: World) -> None:
    door.do(RegisterPerson("sly", "=HYPERLINK(1)", organisation="centre"))
    door.do(SignUp(SLOT, "sly", "participant"), actor="sly")
    answer = door.as_("owner").get(f"/slots/{SLOT}/roster.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff名单")
    assert "'=HYPERLINK(1)" in answer.text
    assert "何小满" in answer.text
    assert [safe(cell) for cell in ("+1", "-1", "@a", "ok", None, 3)] == ["'+1", "'-1", "'@a", "ok", "", "3"]
    assert all(safe(f"{sign}1").startswith("'") for sign in "=\t\r\n\0＝＋－＠")  # noqa: RUF001  # the wide ones too


def test_rebuilt_is_live(door: World) -> None:
    door.now += timedelta(days=3)
    post(door, f"/slots/{SLOT}/roster/volunteer/check-in")
    assert {"enrolment", "hours", "hours_line", "hours_tally", "person_tally"}.isdisjoint(
        view_differences(door.house.follower)
    )


def test_the_organiser_is_told_whose_age_and_which_insurance_nobody_knows(world: World) -> None:
    slot = world.open_activity(risk="临水作业", seats=5)
    assert "没有写保险" in world.as_("owner").get(f"/slots/{slot}/roster").text
    world.do(RegisterPerson("ageless", "霍晓禾", organisation="centre"))
    world.do(RegisterPerson("grown", "温古", organisation="centre"))
    world.do(RecordBirthYear("grown", world.now.year - 18))
    for person in ("ageless", "grown", "volunteer"):
        world.do(SignUp(slot, person), actor=person)
    text = world.as_("owner").get(f"/slots/{slot}/roster").text
    assert "1 人没有记年龄" in text
    assert "1 人未满 18 周岁（或者今年才满）" in text
    world.do(GiveConsent("grown", "activity", guardian=True, how="当面"))
    assert "或者今年才满" not in world.as_("owner").get(f"/slots/{slot}/roster").text


def test_a_minor_is_refused_with_a_sentence_and_let_in_by_a_reason(world: World) -> None:
    slot = world.open_activity()
    world.do(RegisterPerson("kid", "霍晓禾", organisation="centre"))
    world.do(RecordBirthYear("kid", world.now.year - 15))
    answer = world.as_("kid").post(f"/slots/{slot}/enrolments", data={"side": "volunteer", "command": "c1"})
    assert answer.status_code == 409
    assert "还没有监护人同意参加活动" in answer.text
    added = {"person": "kid", "side": "volunteer", "command": "c2"}
    assert world.as_("owner").post(f"/slots/{slot}/roster", data=added).status_code == 422
    reason = added | {"reason": "监护人在场，随后补签", "command": "c3"}
    assert world.as_("owner").post(f"/slots/{slot}/roster", data=reason).status_code == 303
