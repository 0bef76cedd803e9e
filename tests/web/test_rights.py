"""Rights end where the organisation ends, and nobody makes an exception for themselves."""

from __future__ import annotations

from datetime import timedelta

from domain.activities import HeadcountConfirmed
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from domain.sign_up import SignUp
from tests.web.conftest import World


def roles_at(world: World, person: str, organisation: str) -> set[str]:
    held = world.house.ledger.guard(f"person:{person}").roles  # type: ignore[attr-defined]  # the guard of a person
    return {role for role, where in held if where == organisation}


def test_who_leads_one_organisation_gives_no_leading_roles_in_another(world: World) -> None:
    world.do(GrantRole("owner", "administrator", "agency"))
    world.do(GrantRole("volunteer", "volunteer", "agency"))
    given = {"role": "administrator", "organisation": "centre"}
    assert world.as_("owner").post("/people/volunteer/roles", data=given).status_code == 404
    assert "administrator" not in roles_at(world, "volunteer", "centre")
    given["organisation"] = "agency"
    assert world.as_("owner").post("/people/volunteer/roles", data=given).status_code == 303
    assert "administrator" in roles_at(world, "volunteer", "agency")


def test_who_leads_one_organisation_ends_no_leading_roles_in_another(world: World) -> None:
    world.do(GrantRole("owner", "administrator", "agency"))
    world.do(GrantRole("colleague", "station_lead", "centre"))
    ended = {"role": "station_lead", "organisation": "centre"}
    assert world.as_("owner").post("/people/colleague/roles/ending", data=ended).status_code == 404
    assert "station_lead" in roles_at(world, "colleague", "centre")


def test_nobody_merges_away_a_file_whose_roles_they_could_not_end(world: World) -> None:
    slot = world.open_activity()
    world.do(SignUp(slot, "reviewer"), actor="reviewer")  # now the centre knows the union's reviewer
    merging = {"other": "volunteer", "reason": "看着像"}
    answer = world.as_("owner").post("/people/reviewer/merge", data=merging)
    assert answer.status_code == 409
    assert "并过去就不是了" in answer.text
    assert world.as_("reviewer").get("/audit").status_code == 200


def test_a_command_of_somebody_else_is_not_the_answer_to_mine(world: World) -> None:
    slot = world.open_activity()
    world.now += timedelta(days=4)
    counted = {"side": "participant", "command": "c2345abcde", "reason": "重新数了"}
    assert world.as_("owner").post(f"/slots/{slot}/headcounts", data=counted | {"count": "3"}).status_code == 303
    assert world.as_("colleague").post(f"/slots/{slot}/headcounts", data=counted | {"count": "5"}).status_code == 303
    last = world.house.ledger.stream("activity:a1")[-1]
    assert isinstance(last.event, HeadcountConfirmed)
    assert (last.actor, last.event.count) == ("colleague", 5)


def test_staff_leave_late_like_everybody_else(world: World) -> None:
    slot = world.open_activity(deadline=world.now + timedelta(hours=1))
    world.do(SignUp(slot, "owner"), actor="owner")
    world.now += timedelta(hours=2)
    reason = {"reason": "我有事", "side": "volunteer"}
    browser = world.as_("owner")
    assert browser.post(f"/slots/{slot}/enrolments/owner/withdrawal", data=reason).status_code == 409
    assert browser.post(f"/slots/{slot}/roster/owner/withdrawal", data=reason).status_code == 422
    assert world.as_("colleague").post(f"/slots/{slot}/roster/owner/withdrawal", data=reason).status_code == 303


def test_staff_sign_up_late_like_everybody_else(world: World) -> None:
    slot = world.open_activity(deadline=world.now + timedelta(hours=1))
    world.now += timedelta(hours=2)
    late = {"side": "volunteer", "reason": "我想来", "person": "owner"}
    assert world.as_("owner").post(f"/slots/{slot}/enrolments", data=late).status_code == 409
    assert world.as_("owner").post(f"/slots/{slot}/roster", data=late).status_code == 422
    assert world.as_("colleague").post(f"/slots/{slot}/roster", data=late).status_code == 303


def test_beside_an_event_stand_only_events_of_the_same_scope(world: World) -> None:
    world.do(GrantRole("volunteer", "organiser", "agency"), actor="stranger", organisation="agency")
    world.do(GrantRole("volunteer", "social_worker", "centre"))
    own, foreign = (world.house.ledger.store.head() - n for n in (0, 1))
    text = world.as_("colleague").get(f"/events/{own}").text
    assert f"/events/{own}" not in text, "it stands there itself, without a link"
    assert f"/events/{foreign}" not in text
    assert "青禾社工机构" not in text


def test_a_new_file_gets_an_id_of_the_house(world: World) -> None:
    form = {"name": "农小雨", "command": "c13800000000/x"}
    answer = world.as_("owner").post("/people", data=form)
    assert answer.status_code == 303
    assert "13800000000" not in answer.headers["Location"]
    again = form | {"command": "cstranger", "name": "农小云"}
    assert world.as_("owner").post("/people", data=again).status_code == 303


def test_a_file_is_not_opened_twice_by_a_double_click(world: World) -> None:
    browser = world.as_("owner")
    token = browser.get("/people/new").text.partition('name="command" value="')[2].partition('"')[0]
    form = {"name": "农小雨", "command": token}
    first, second = (browser.post("/people", data=form).headers["Location"] for _ in range(2))
    assert first == second


def test_reviewers_read_no_full_names_and_no_notes(world: World) -> None:
    world.do(RegisterPerson("guest", "欧阳芷若", phone="13800000000", organisation="centre", note="独居，听力不好"))
    told = world.as_("reviewer").get("/people/guest").text
    assert "欧*" in told
    assert "欧阳芷若" not in told
    assert "独居" not in told
    assert "13800000000" not in told
    assert "独居" in world.as_("owner").get("/people/guest").text


def test_an_export_that_was_asked_for_wrongly_holds_nothing(world: World) -> None:
    answer = world.as_("reviewer").get("/audit/export.csv?from=2026-13-01")
    assert answer.status_code == 400
    assert "社工" not in answer.text
