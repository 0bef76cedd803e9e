"""Signing up and leaving over the pages: states, queues, refusals, for oneself and for others, once each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from domain.sign_up import SignUp
from ledger.follow import view_differences
from projections import activities, enrolments
from tests.web.conftest import World


def sign_up(
    world: World, who: str | None, slot: str = "a1.1", *, command: str = "", follow: bool = True, **form: str
) -> TestResponse:
    sent = {"side": "volunteer", "command": command or f"c-{who}-{slot}-{world.house.ledger.store.head()}"} | form
    return world.as_(who).post(f"/slots/{slot}/enrolments", data=sent, follow_redirects=follow)


def leave(world: World, person: str | None, whom: str = "", slot: str = "a1.1", **form: str) -> TestResponse:
    url = f"/slots/{slot}/enrolments/{whom or person}/withdrawal"
    sent = {"command": f"w-{world.house.ledger.store.head()}"} | form
    return world.as_(person).post(url, data=sent, follow_redirects=True)


def state(world: World, person: str, slot: str = "a1.1") -> tuple[str, int | None] | None:
    with world.house.views.read() as connection:
        found = enrolments.of_person_in(connection, person, [slot]).get(slot)
    return (found.state, found.place) if found else None


def taken(world: World, slot: str = "a1.1") -> int:
    with world.house.views.read() as connection:
        found = activities.find_slot(connection, slot)
    assert found is not None
    return found.volunteer_taken


def said(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_a_seat_then_the_queue_then_whoever_is_next_moves_up(world: World) -> None:
    world.open_activity(seats=1)
    assert "报上了，正式：11月25日 09:00–11:00 爱心义剪进厂区。" in said(sign_up(world, "volunteer"))
    assert "排上了，候补第 1 位" in said(sign_up(world, "second"))
    assert "排上了，候补第 2 位" in said(sign_up(world, "third"))
    assert "已退出" in said(leave(world, "volunteer"))
    assert (state(world, "second"), state(world, "third")) == (("accepted", None), ("waiting", 1))
    assert "正式" in said(world.as_("second").get("/activities/a1"))
    assert taken(world) == 1
    assert view_differences(world.house.follower) == []


def test_after_signing_up_the_browser_stands_at_the_slot(world: World) -> None:
    world.open_activity()
    answer = sign_up(world, "volunteer", follow=False)
    assert answer.status_code == 303
    assert answer.location == "/activities/a1?side=volunteer#s-a1.1"


def test_a_double_click_counts_once(world: World) -> None:
    world.open_activity()
    for _ in range(2):
        assert "报上了，正式" in said(sign_up(world, "volunteer", command="c1"))
    assert taken(world) == 1
    assert state(world, "volunteer") == ("accepted", None)
    for _ in range(2):
        assert "已退出" in said(leave(world, "volunteer", command="c1"))
    assert taken(world) == 0


def test_the_participants_side_is_its_own(world: World) -> None:
    world.open_activity(seats=0)
    assert "报上了，正式" in said(sign_up(world, "recipient", side="participant"))
    refused = sign_up(world, "recipient")
    assert refused.status_code == 409
    assert "一个人只能坐一边：已经是参与者" in said(refused)
    refused = sign_up(world, "volunteer")
    assert refused.status_code == 409
    assert "没有设这一边的席位" in said(refused)


def test_a_request_waits_for_the_organiser(world: World) -> None:
    world.open_activity(approval="reviewed")
    assert "已报名，等负责人审核" in said(sign_up(world, "volunteer"))
    assert "撤回申请" in said(world.as_("volunteer").get("/activities/a1"))
    leave(world, "volunteer")
    assert state(world, "volunteer") == ("withdrawn", None)


def test_an_overlap_names_the_other_slot_and_leads_there(world: World) -> None:
    world.open_activity()
    world.open_activity("a2", title="心理沙龙")
    sign_up(world, "volunteer")
    answer = sign_up(world, "volunteer", "a2.1")
    assert answer.status_code == 409
    assert "和已报的“11月25日 09:00 爱心义剪进厂区”时间重叠" in said(answer)
    assert 'href="/activities/a1#s-a1.1">去看那一场' in said(answer)
    assert state(world, "volunteer", "a2.1") is None


def test_refusals_are_sentences_and_change_nothing(world: World) -> None:
    world.open_activity(skills=("理发师",))
    answer = sign_up(world, "volunteer")
    assert answer.status_code == 409
    assert "没有报上。" in said(answer)
    assert "理发师，档案里没有" in said(answer)
    world.open_activity("a2")
    sign_up(world, "volunteer", "a2.1")
    world.now += timedelta(days=3, minutes=1)
    answer = leave(world, "volunteer", slot="a2.1")
    assert answer.status_code == 409
    assert "这次没有办成。" in said(answer)
    assert "截止。请联系活动负责人" in said(answer)
    answer = sign_up(world, "second", "a2.1")
    assert answer.status_code == 409
    assert "报名已在 11月25日 09:00 截止" in said(answer)
    assert taken(world, "a2.1") == 1


@pytest.mark.parametrize("side", ["", "both"])
def test_a_wrong_side_is_bad_input(world: World, side: str) -> None:
    world.open_activity()
    answer = sign_up(world, "volunteer", side=side)
    assert answer.status_code == 422
    assert "请" in said(answer)
    assert state(world, "volunteer") is None
    assert leave(world, "volunteer").status_code == 404
    assert sign_up(world, "volunteer", reason="长" * 201).status_code == 422


def test_strangers_to_the_house_are_sent_to_sign_in_and_back(world: World) -> None:
    world.open_activity()
    for url in ("/slots/a1.1/enrolments", "/slots/a1.1/enrolments/volunteer/withdrawal"):
        answer = world.as_(None).post(url, data={"side": "volunteer"})
        assert answer.status_code == 303
        assert answer.location == "/sign-in?next=/activities/a1"


def test_staff_put_others_on_the_list_and_override_with_a_reason(world: World) -> None:
    world.open_activity()
    world.now += timedelta(days=3, minutes=5)
    assert sign_up(world, "owner", person="volunteer").status_code == 409
    assert "何小满：报上了，正式" in said(sign_up(world, "owner", person="volunteer", reason="现场说好了"))
    last = world.house.ledger.at([world.house.ledger.store.head()])[0]
    assert (last.actor, last.reason, last.organisation) == ("owner", "现场说好了", "centre")
    assert leave(world, "colleague", "volunteer").status_code == 409
    assert "何小满：已退出" in said(leave(world, "colleague", "volunteer", reason="临时生病"))


def test_nobody_else_acts_for_somebody(world: World) -> None:
    world.open_activity()
    world.do(SignUp("a1.1", "volunteer"), actor="volunteer")
    for person in ("second", "stranger", "auditor"):
        assert sign_up(world, person, person="third").status_code == 404
        assert leave(world, person, "volunteer").status_code == 404
    assert state(world, "volunteer") == ("accepted", None)
    assert state(world, "third") is None
    world.now += timedelta(days=3, minutes=1)
    assert sign_up(world, "second", reason="让我进去").status_code == 409, "a reason overrides for staff alone"


def test_what_is_not_there_cannot_be_joined(world: World) -> None:
    assert sign_up(world, "volunteer", "a9.1").status_code == 404
    assert leave(world, "volunteer", slot="a9.1").status_code == 404
