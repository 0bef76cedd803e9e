"""Files of people on pages: found by whoever may know them, opened, changed with a reason, merged after a look."""

from __future__ import annotations

import pytest

from domain.duplicates import FlagDuplicate
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from ledger.events import Event, Recorded
from projections import duplicates, people
from tests.web.conftest import World
from web.house import new_id

FILE = "/people/volunteer"


def stored(world: World, person: str = "volunteer") -> people.Person | None:
    with world.house.views.read() as connection:
        return people.find(connection, person)


def test_staff_find_whom_they_know_by_two_letters(world: World) -> None:
    page = world.as_("owner").get("/people?q=hx").text
    assert "何小满" in page
    assert "何小满" not in world.as_("stranger").get("/people?q=hx").text


def test_nothing_found_offers_to_open_a_file(world: World) -> None:
    page = world.as_("owner").get("/people?q=zzz").text
    assert "没有找到" in page
    assert "/people/new?name=zzz" in page
    assert 'value="zzz"' in world.as_("owner").get("/people/new?name=zzz").text


def test_the_picker_offers_names_with_their_sound(world: World) -> None:
    answer = world.as_("owner").get("/people/options?person-3=hxm").text
    assert 'value="何小满 · volunteer"' in answer
    assert "hexiaoman" in answer
    assert world.as_("stranger").get("/people/options?person-3=hxm").text.strip() == ""


def test_a_file_is_opened_once_however_often_it_is_sent(world: World) -> None:
    browser, form = world.as_("owner"), {"name": "唐果", "role": "recipient", "over": "30", "command": new_id("c")}
    first, second = browser.post("/people", data=form), browser.post("/people", data=form)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert "服务对象" in browser.get(first.headers["Location"]).text


def test_a_namesake_is_shown_before_a_second_file_is_opened(world: World) -> None:
    browser = world.as_("owner")
    answer = browser.post("/people", data={"name": "何小满", "phone": "13800000000", "command": "cxyz"})
    assert answer.status_code == 409
    assert "已经有同名的人" in answer.text
    assert 'value="13800000000"' in answer.text
    assert browser.post("/people", data={"name": "何小满", "anyway": "1", "command": "cxyz"}).status_code == 303


def test_mistakes_come_back_with_what_was_typed(world: World) -> None:
    answer = world.as_("owner").post("/people", data={"name": "", "phone": "abc", "over": "400", "note": "来电登记"})
    assert answer.status_code == 422
    for words in ("这一项要填。", "电话只写数字", "要在 1 到 120 之间", 'value="abc"', "来电登记"):
        assert words in answer.text


def test_a_file_is_there_for_whoever_knows_the_person(world: World) -> None:
    for viewer in ("owner", "colleague", "auditor", "volunteer"):
        assert world.as_(viewer).get(FILE).status_code == 200, viewer
    for viewer in ("stranger", "second", "recipient"):
        assert world.as_(viewer).get(FILE).status_code == 404, viewer


def test_a_reviewer_reads_and_changes_nothing(world: World) -> None:
    assert "给一个角色" not in world.as_("auditor").get(FILE).text
    assert world.as_("auditor").post(FILE + "/roles", data={"role": "volunteer"}).status_code == 404


def test_staff_grant_and_end_roles_with_dates(world: World) -> None:
    browser = world.as_("owner")
    grant = {"role": "recipient", "organisation": "centre", "since": "2026-11-01", "command": "c1"}
    assert browser.post(FILE + "/roles", data=grant).status_code == 303
    assert "2026-11-01" in browser.get(FILE).text
    end = {"role": "recipient", "organisation": "centre", "until": "2026-11-20", "command": "c2"}
    assert browser.post(FILE + "/roles/ending", data=end).status_code == 303
    assert "2026-11-20，已结束" in browser.get(FILE).text
    again = browser.post(FILE + "/roles/ending", data=end | {"command": "c3"})
    assert again.status_code == 409
    assert "没有这个角色" in again.text


@pytest.mark.parametrize(
    "grant", [{"role": "auditor", "organisation": "centre"}, {"role": "volunteer", "organisation": "agency"}]
)
def test_nobody_grants_what_is_not_theirs_to_give(world: World, grant: dict[str, str]) -> None:
    assert world.as_("owner").post(FILE + "/roles", data=grant).status_code == 404


def test_an_administrator_grants_every_role_but_none_to_themselves(world: World) -> None:
    world.do(GrantRole("reviewer", "administrator", "union"))
    browser = world.as_("reviewer")
    assert browser.post(FILE + "/roles", data={"role": "auditor", "organisation": "union"}).status_code == 303
    own = {"role": "auditor", "organisation": "union"}
    assert browser.post("/people/reviewer/roles", data=own).status_code == 404


def test_qualifications_and_identity_are_written_down(world: World) -> None:
    browser = world.as_("owner")
    assert browser.post(FILE + "/qualifications", data={"skill": "理发师", "until": "2027-01-01"}).status_code == 303
    assert browser.post(FILE + "/verification", data={"how": "身份证"}).status_code == 303
    page = browser.get(FILE).text
    assert "理发师" in page
    assert "有效到 2027-01-01" in page
    assert "核实过" in page
    wrong = browser.post(FILE + "/qualifications", data={"skill": "", "until": "下周"})
    assert wrong.status_code == 422
    assert 'value="下周"' in wrong.text


def test_consent_is_the_persons_own_to_give_and_take_back(world: World) -> None:
    mine = world.as_("volunteer")
    assert mine.post(FILE + "/consents", data={"scope": "story"}).status_code == 303
    assert mine.post(FILE + "/consents/withdrawal", data={"scope": "story"}).status_code == 303
    assert "收回" in mine.get(FILE).text
    assert mine.post("/people/second/consents", data={"scope": "story"}).status_code == 404
    assert mine.post(FILE + "/consents", data={"scope": "everything"}).status_code == 422


@pytest.fixture
def twins(world: World) -> World:
    """A second file of the same name at the centre."""
    world.do(RegisterPerson("twin", "何小满", organisation="centre"))
    return world


def test_of_two_with_one_name_the_other_is_meant(twins: World) -> None:
    browser = twins.as_("owner")
    assert browser.post(FILE + "/duplicates", data={"other": "何小满"}).status_code == 303
    assert "何小满 · twin" in browser.get(FILE + "/merge?other=何小满").text
    assert browser.post(FILE + "/merge", data={"other": "何小满", "reason": "本人说的"}).status_code == 303


def test_a_flag_is_dismissed_with_a_reason(twins: World) -> None:
    browser = twins.as_("owner")
    assert browser.post(FILE + "/duplicates", data={"other": "何小满 · twin"}).status_code == 303
    page = browser.get("/people/twin").text
    assert "可能是同一人" in page
    with twins.house.views.read() as connection:
        (flag,) = duplicates.open_duplicates(connection)
    data = {"flag": str(flag.position)}
    assert browser.post(FILE + "/duplicates/dismissal", data=data).status_code == 422
    assert browser.post(FILE + "/duplicates/dismissal", data=data | {"reason": "两人同场"}).status_code == 303
    late = browser.post(FILE + "/duplicates/dismissal", data=data | {"reason": "两人同场"})
    assert late.status_code == 409
    assert "已经有人处理过" in late.text


def test_a_merge_shows_what_changes_and_wants_a_reason(twins: World) -> None:
    twins.do(FlagDuplicate("twin", ("twin", "volunteer")))
    browser = twins.as_("owner")
    preview = browser.get("/people/twin/merge?other=volunteer").text
    assert "会怎样" in preview
    assert "以后打不开" in preview
    refused = browser.post("/people/twin/merge", data={"other": "volunteer"})
    assert refused.status_code == 422
    assert "怎么知道是同一个人" in refused.text
    done = {"other": "volunteer", "reason": "本人出示证件", "command": "cm"}
    assert browser.post("/people/twin/merge", data=done).status_code == 303
    merged = stored(twins, "twin")
    assert merged is not None
    assert merged.root == "volunteer"
    assert browser.get("/people/twin").headers["Location"].endswith(FILE)
    assert "2 份并成一份" in browser.get(FILE).text


def test_a_person_is_not_merged_with_somebody_unknown_here(twins: World) -> None:
    answer = twins.as_("owner").post("/people/twin/merge", data={"other": "stranger", "reason": "x"})
    assert answer.status_code == 422


def test_a_role_is_recorded_for_the_organisation_that_gives_it(world: World) -> None:
    world.do(GrantRole("owner", "station_lead", "agency"))
    browser = world.as_("owner")
    grant = {"role": "volunteer", "organisation": "agency", "since": "2026-11-22", "command": "c1"}
    assert browser.post(f"{FILE}/roles", data=grant).status_code == 303
    assert last(world).organisation == "agency"
    ending = {"role": "volunteer", "organisation": "agency", "until": "2026-11-30", "command": "c2"}
    assert browser.post(f"{FILE}/roles/ending", data=ending).status_code == 303
    assert last(world).organisation == "agency"


def last(world: World) -> Recorded[Event]:
    """The last event of the log."""
    (found,) = world.house.ledger.at([world.house.ledger.store.head()])
    return found


def test_for_a_minor_staff_write_down_what_a_guardian_agreed_to(world: World) -> None:
    browser = world.as_("owner")
    assert browser.post(FILE + "/birth-year", data={"born": "2014", "command": "c1"}).status_code == 303
    browser.post(FILE + "/reading", data={"reason": "登记同意书", "command": "c5"})
    page = browser.get(FILE).text
    assert "记下监护人同意" in page
    assert "我同意" not in world.as_("volunteer").get(FILE).text
    own = world.as_("volunteer").post(FILE + "/consents", data={"scope": "photo", "guardian": "1", "command": "c2"})
    assert own.status_code == 409
    bare = browser.post(FILE + "/consents", data={"scope": "photo", "guardian": "1", "command": "c3"})
    assert bare.status_code == 409
    assert "未满 14 周岁" in bare.text
    paper = {"scope": "photo", "guardian": "1", "how": "当面签了同意书", "command": "c4"}
    assert browser.post(FILE + "/consents", data=paper).status_code == 303
    with world.house.views.read() as connection:
        assert people.has_consented(connection, "volunteer", "photo")
