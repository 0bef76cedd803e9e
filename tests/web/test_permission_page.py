"""The table of permissions as it is read: folded by part, by role, with an address for each; whole to be printed."""

from __future__ import annotations

import re

from tests.web.conftest import World
from web.permissions import RIGHTS, TABLE


def unfolded(page: str) -> list[str]:
    """The parts that stand open."""
    return re.findall(r"<details class=\"sheet sheet--flush folded\" open>.*?<h2 id=\"g-\d+\">(.*?)</h2>", page)


def test_every_right_stands_there_folded(world: World) -> None:
    page = world.as_("auditor").get("/permissions").text
    assert all(right.what in page for right in RIGHTS)
    assert unfolded(page) == []


def test_a_part_has_an_address_of_its_own(world: World) -> None:
    browser = world.as_("auditor")
    for part in TABLE:
        assert unfolded(browser.get("/permissions", query_string={"part": part}).text) == [part]
    page = browser.get("/permissions?part=服务时长&role=volunteer")
    assert page.status_code == 404, "what a volunteer may do stands under oneself"
    page = browser.get("/permissions?part=服务时长&role=counsellor")
    assert unfolded(page.text) == ["服务时长"]
    assert "提出异议" in page.text
    assert "part=%E6%9C%8D%E5%8A%A1%E6%97%B6%E9%95%BF" in page.text, "another role keeps the part"


def test_everything_unfolds_at_once(world: World) -> None:
    assert unfolded(world.as_("auditor").get("/permissions?part=every").text) == list(TABLE)
    assert world.as_("auditor").get("/permissions?part=nothing").status_code == 404
