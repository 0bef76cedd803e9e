"""Hours as work: a colleague confirms, posts, credits and settles; nobody decides on their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.attendance import CheckIn, CheckOut
from domain.hours_crediting import ConfirmHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours
from domain.roles import GrantRole
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.follow import view_differences
from projections import hours
from tests.web.conftest import World

pytestmark = pytest.mark.either_engine

SLOT = "a1.1"
STARTS = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)


@pytest.fixture
def claimed(world: World) -> World:
    """Two volunteers whose 90 minutes the owner has proposed."""
    world.open_activity()
    for person in ("volunteer", "second"):
        world.do(SignUp(SLOT, person), actor=person)
        world.do(CheckIn(SLOT, person, "qr"), actor=person, at=STARTS)
        world.do(CheckOut(SLOT, person, "qr"), actor=person, at=STARTS + timedelta(minutes=90))
        world.do(ProposeHours(SLOT, person), at=STARTS + timedelta(hours=3))
    world.now = STARTS + timedelta(hours=4)
    return world


def entry(world: World, person: str = "volunteer") -> hours.Entry:
    with world.house.views.read() as connection:
        found = hours.find(connection, SLOT, person)
    assert found is not None
    return found


def key(person: str = "volunteer", minutes: int = 90) -> str:
    return f"{SLOT} {person} {minutes}"


def advance(world: World, state: str, *keys: str, who: str = "colleague", command: str = "c1") -> Any:
    return world.as_(who).post(f"/hours?state={state}", data={"command": command, "e": list(keys)})


def confirmed(world: World) -> None:
    world.do(ConfirmHours(SLOT, "volunteer", 90), actor="colleague")


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("colleague", 200), ("stranger", 200), ("auditor", 404), ("volunteer", 404), (None, 303)],
)
def test_the_list_is_for_staff(claimed: World, who: str | None, status: int) -> None:
    assert claimed.as_(who).get("/hours").status_code == status


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("colleague", 200), ("stranger", 404), ("auditor", 200), ("volunteer", 200), ("second", 404)],
)
def test_an_entry_is_known_to_staff_reviewers_and_the_person(claimed: World, who: str, status: int) -> None:
    assert claimed.as_(who).get(f"/hours/{SLOT}/volunteer").status_code == status


def test_strangers_see_and_decide_nothing(claimed: World) -> None:
    assert "何小满" not in claimed.as_("stranger").get("/hours").text
    assert claimed.as_("stranger").get("/hours?organisation=centre").status_code == 404
    assert advance(claimed, "proposed", key(), who="stranger").status_code == 422
    assert claimed.as_("stranger").post(f"/hours/{SLOT}/volunteer/voiding", data={"reason": "x"}).status_code == 404
    assert claimed.as_("volunteer").post(f"/hours/{SLOT}/volunteer/voiding", data={"reason": "x"}).status_code == 404
    assert claimed.as_("second").post(f"/hours/{SLOT}/volunteer/objection", data={"text": "x"}).status_code == 404
    assert claimed.as_("auditor").post(f"/hours/{SLOT}/volunteer/objection", data={"text": "x"}).status_code == 404
    assert entry(claimed).state == "proposed"


def test_many_are_confirmed_at_once_by_somebody_else_and_only_once(claimed: World) -> None:
    text = claimed.as_("owner").get("/hours").text
    assert "你提交的，由另一位同事确认" in text
    assert f'value="{key()}"' not in text
    own = advance(claimed, "proposed", key(), who="owner")
    assert own.status_code == 422
    assert "不能确认自己提交的时长" in own.text
    for _ in range(2):
        assert advance(claimed, "proposed", key(), key("second")).status_code == 303
        head = claimed.house.ledger.store.head()
    assert claimed.house.ledger.store.head() == head
    assert {entry(claimed, person).state for person in ("volunteer", "second")} == {"confirmed"}
    assert entry(claimed).confirmer == "colleague"


def test_what_changed_while_one_looked_is_not_confirmed(claimed: World) -> None:
    stale = advance(claimed, "proposed", key(minutes=120))
    assert stale.status_code == 422
    assert "90" in stale.text
    assert advance(claimed, "proposed").status_code == 422
    assert advance(claimed, "proposed", "nonsense", "a b c").status_code == 422
    assert advance(claimed, "objected", key()).status_code == 404


def test_posting_and_crediting_after_the_notice(claimed: World) -> None:
    confirmed(claimed)
    assert advance(claimed, "confirmed", key()).status_code == 303
    early = advance(claimed, "posted", key(), command="c2")
    assert early.status_code == 422
    assert "公示到 2026-12-02" in early.text
    claimed.now += timedelta(days=8)
    assert advance(claimed, "posted", key(), command="c3").status_code == 303
    assert entry(claimed).state == "credited"


def test_an_objection_is_settled_by_another_with_a_reason(claimed: World) -> None:
    confirmed(claimed)
    path = f"/hours/{SLOT}/volunteer"
    empty = claimed.as_("volunteer").post(f"{path}/objection", data={"minutes": "120"})
    assert empty.status_code == 422
    assert "请写明哪里不对" in empty.text
    assert 'value="120"' in empty.text
    said = {"text": "还收拾了半小时", "minutes": "120", "command": "o1"}
    for _ in range(2):
        assert claimed.as_("volunteer").post(f"{path}/objection", data=said).status_code == 303
    assert "还收拾了半小时" in claimed.as_("colleague").get("/hours?state=objected").text
    nothing = claimed.as_("colleague").post(f"{path}/adjustment", data={"minutes": "120"})
    assert nothing.status_code == 422
    assert "请写明原因" in nothing.text
    assert claimed.as_("colleague").post(f"{path}/adjustment", data={"reason": "x"}).status_code == 422
    done = claimed.as_("colleague").post(f"{path}/adjustment", data={"minutes": "120", "reason": "看过照片"})
    assert done.status_code == 303
    assert (entry(claimed).minutes, entry(claimed).state, entry(claimed).was) == (120, "confirmed", 90)
    mine = claimed.as_("volunteer").get("/me/record").text
    assert "原记 1.5 小时，已调整：看过照片" in mine


def test_upholding_leaves_the_entry_as_it_was(claimed: World) -> None:
    confirmed(claimed)
    claimed.do(PostHours(SLOT, "volunteer"))
    claimed.do(ObjectToHours(SLOT, "volunteer", "不对"), actor="volunteer")
    path = f"/hours/{SLOT}/volunteer/upholding"
    assert claimed.as_("colleague").post(path, data={"reason": "签到表如此"}).status_code == 303
    assert entry(claimed).state == "posted"
    assert claimed.as_("colleague").post(path, data={"reason": "再来", "command": "x"}).status_code == 409
    assert claimed.as_("colleague").post(f"/hours/{SLOT}/volunteer/dancing").status_code == 404


def test_voiding_needs_a_reason_and_counts_no_more(claimed: World) -> None:
    path = f"/hours/{SLOT}/volunteer/voiding"
    assert claimed.as_("colleague").post(path, data={}).status_code == 422
    assert claimed.as_("colleague").post(path, data={"reason": "报错了人"}).status_code == 303
    assert "报错了人" in claimed.as_("colleague").get("/hours?state=voided").text


def test_nobody_decides_on_their_own_hours(claimed: World) -> None:
    claimed.do(GrantRole("volunteer", "station_lead", "centre"))
    text = claimed.as_("volunteer").get("/hours").text
    assert "这是你自己的时长" in text
    assert f'value="{key()}"' not in text
    answer = advance(claimed, "proposed", key(), who="volunteer")
    assert answer.status_code == 422
    assert "不能决定自己的时长" in answer.text
    void = claimed.as_("volunteer").post(f"/hours/{SLOT}/volunteer/voiding", data={"reason": "x"})
    assert void.status_code == 422


def test_filters_by_month_and_organisation(claimed: World) -> None:
    assert "何小满" in claimed.as_("colleague").get("/hours?month=2026-11&organisation=centre").text
    assert "何小满" not in claimed.as_("colleague").get("/hours?month=2026-10").text
    assert claimed.as_("colleague").get("/hours?month=soon&page=-3&state=odd").status_code == 200
    assert claimed.as_("colleague").get("/hours?page=2").status_code == 200


def test_rebuilt_is_live(claimed: World) -> None:
    advance(claimed, "proposed", key())
    assert {"hours", "hours_line", "hours_tally", "person_tally"}.isdisjoint(view_differences(claimed.house.follower))


def test_hours_are_decided_for_the_organisation_whose_slot_it_was(claimed: World) -> None:
    claimed.do(GrantRole("stranger", "social_worker", "centre"))
    advance(claimed, "proposed", key(), who="stranger")
    assert entry(claimed).state == "confirmed"
    (found,) = claimed.house.ledger.at([claimed.house.ledger.store.head()])
    assert found.organisation == "centre"


def test_whoever_proposed_an_entry_is_not_offered_to_change_or_defend_it(claimed: World) -> None:
    confirmed(claimed)
    claimed.do(ObjectToHours(SLOT, "volunteer", "我待到十一点", 120), actor="volunteer")
    theirs = claimed.as_("owner").get(f"/hours/{SLOT}/volunteer").text
    assert "/adjustment" not in theirs
    assert "/upholding" not in theirs
    assert "这一笔是你提交的" in theirs
    colleagues = claimed.as_("colleague").get(f"/hours/{SLOT}/volunteer").text
    assert "/adjustment" in colleagues
    assert "/upholding" in colleagues
    assert "：看这一笔" in claimed.as_("owner").get("/hours?state=objected").text
    assert "：处理异议" in claimed.as_("colleague").get("/hours?state=objected").text


def test_after_posting_a_colleague_agrees_to_a_correction(claimed: World) -> None:
    claimed.do(ConfirmHours(SLOT, "volunteer", 90), actor="colleague")
    claimed.do(PostHours(SLOT, "volunteer"), actor="colleague")
    path, typed = f"/hours/{SLOT}/volunteer", {"minutes": "80", "reason": "看过照片"}
    asked = claimed.as_("owner").post(f"{path}/adjustment", data=typed, follow_redirects=True)
    assert "等另一位同事同意" in asked.text
    assert "1.5 小时" in asked.text
    assert "同意更正为" not in claimed.as_("owner").get(path).text
    assert claimed.as_("owner").post(f"{path}/adjustment", data=typed).status_code == 422
    assert "社工03 提出更正为 80 分钟" in claimed.as_("colleague").get(path).text
    assert "同意，更正为 80 分钟" in claimed.as_("colleague").get(path).text
    agreed = claimed.as_("colleague").post(f"{path}/adjustment", data=typed, follow_redirects=True)
    assert "已调整为 80 分钟" in agreed.text
    assert "提出更正" not in claimed.as_("colleague").get(path).text
