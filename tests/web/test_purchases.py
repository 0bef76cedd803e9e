"""Who buys whose services is stated by the buyer's side; from then on the seller's people confirm no hours."""

from __future__ import annotations

import pytest

from domain.attendance import CheckIn, CheckOut
from domain.hours_crediting import ProposeHours
from domain.person_files import RegisterPerson
from domain.purchases import AgreePurchase
from domain.roles import GrantRole
from domain.sign_up import SignUp
from projections import hours, organisations
from tests.web.conftest import NOW, World

BOUGHT = {"organisation": "centre", "buyer": "union", "since": "2026-01-01"}


@pytest.fixture
def officer(world: World) -> World:
    """With somebody at the union who confirms."""
    world.do(RegisterPerson("officer", "工会干部01", organisation="union"))
    world.do(GrantRole("officer", "union_officer", "union"))
    return world


def test_the_buyers_side_states_it_and_ends_it(officer: World) -> None:
    browser = officer.as_("officer")
    told = browser.post("/purchases", data=BOUGHT, follow_redirects=True)
    assert "望海市工会社工服务中心" in told.text
    assert "2026-01-01 至 今" in told.text
    assert "已经记过" in browser.post("/purchases", data=BOUGHT).text
    assert browser.post("/purchases", data=BOUGHT | {"since": "x"}).status_code == 422
    ended = BOUGHT | {"until": "2026-11-30"}
    assert "至 2026-11-30" in browser.post("/purchases/ending", data=ended, follow_redirects=True).text
    assert browser.post("/purchases", data=BOUGHT | {"since": "2027-01-01"}).status_code == 303
    with officer.house.views.read() as connection:
        found = [(one.since, one.until) for one in organisations.purchases(connection)]
    assert found == [("2027-01-01", None), ("2026-01-01", "2026-11-30")]


def test_nothing_is_chosen_beforehand(officer: World) -> None:
    browser = officer.as_("officer")
    page = browser.get("/purchases").text
    assert page.count('<option value="" selected>请选择</option>') == 2
    answer = browser.post("/purchases", data={"organisation": "", "buyer": "", "since": "2026-01-01"})
    assert answer.status_code == 422
    assert "请选择购买方。" in answer.text
    assert "请选择哪个机构的服务。" in answer.text
    with officer.house.views.read() as connection:
        assert organisations.purchases(connection) == []


def test_the_seller_and_strangers_state_nothing(officer: World) -> None:
    for person in ("owner", "reviewer", "volunteer", "stranger"):
        assert officer.as_(person).get("/purchases").status_code == 404
        assert officer.as_(person).post("/purchases", data=BOUGHT).status_code == 404
    officer.do(GrantRole("officer", "union_officer", "agency"))
    assert officer.as_("officer").post("/purchases", data=BOUGHT | {"buyer": "nobody"}).status_code == 404


def test_hours_that_are_bought_are_confirmed_by_the_buyer(officer: World) -> None:
    slot = officer.open_activity(days=1)
    begins = NOW.replace(day=23)
    officer.do(SignUp(slot, "volunteer"), actor="volunteer")
    officer.do(CheckIn(slot, "volunteer", "qr"), actor="volunteer", at=begins)
    officer.do(CheckOut(slot, "volunteer", "qr"), actor="volunteer", at=begins.replace(hour=10))
    officer.do(ProposeHours(slot, "volunteer"), at=begins.replace(hour=12))
    officer.do(AgreePurchase("centre", "union", NOW.date().replace(month=1)), actor="officer", organisation="union")
    ticked = {"e": f"{slot} volunteer 60"}
    refused = officer.as_("colleague").post("/hours?state=proposed", data=ticked)
    assert refused.status_code == 422
    assert "请购买方的人来确认" in refused.text
    page = officer.as_("officer").get("/hours?state=proposed").text
    assert "何小满" in page
    assert "购买服务" in page
    assert officer.as_("officer").post("/hours?state=proposed", data=ticked).status_code == 303
    with officer.house.views.read() as connection:
        entry = hours.find(connection, slot, "volunteer")
    assert entry is not None
    assert (entry.state, entry.confirmer) == ("confirmed", "officer")
