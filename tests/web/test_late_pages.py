"""The log took it and the pages cannot show it yet: what was written is said to be written, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from ledger.views import Views
from tests.web.conftest import World

WORDS = "已经记下，页面稍后更新"


@contextmanager
def held(world: World) -> Iterator[None]:
    """Somebody else writes into the read models and does not come to an end; nobody waits for long here."""
    with patch("ledger.database.LOCK_SECONDS", 0.05):
        world.house.views.close()  # what connects from now on waits that long
        other = Views(world.house.place.views)
        with other.write():
            yield
        other.close()
    world.house.views.close()


def planned(publish: bool) -> dict[str, str]:
    """The form of a new activity."""
    typed = {"title": "爱心义剪", "organisation": "centre", "day": "2026-12-01", "starts": "09:00", "ends": "11:00"}
    typed |= {"volunteer_seats": "2", "risk": "一般", "command": "c0123456789abcdef"}
    return typed | ({"publish": "1"} if publish else {})


def test_what_is_written_is_said_to_be_written_while_the_pages_are_late(world: World) -> None:
    slot = world.open_activity()
    before = world.house.ledger.store.head()
    browser = world.as_("volunteer")
    with held(world):
        answer = browser.post(f"/slots/{slot}/enrolments", data={"side": "volunteer", "command": "c1"})
    assert answer.status_code == 503
    assert f"<h1>{WORDS}</h1>" in answer.text
    assert "什么都没有写下" not in answer.text
    assert answer.headers["Recorded"] == "late"
    assert world.house.ledger.store.head() == before + 1
    world.house.follower.catch_up()
    assert "爱心义剪进厂区" in browser.get("/me/record").text, "and a moment later the page shows it"


def test_a_form_of_several_commands_is_written_whole_while_the_pages_are_late(world: World) -> None:
    browser = world.as_("owner")
    with held(world):
        answer = browser.post("/activities/new", data=planned(publish=True))
    assert answer.status_code == 503
    assert WORDS in answer.text
    world.house.follower.catch_up()
    assert world.as_(None).get("/activities/a0123456789abcdef").status_code == 200, "it is published, with its slot"


def test_a_program_of_another_version_does_not_say_that_nothing_was_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = world.open_activity()
    monkeypatch.setattr(world.house.follower.projections[0], "version", 999)
    answer = world.as_("volunteer").post(f"/slots/{slot}/enrolments", data={"side": "volunteer", "command": "c1"})
    assert (answer.status_code, WORDS in answer.text) == (503, True)


def test_pages_that_cannot_be_read_say_so(world: World) -> None:
    browser = world.as_("owner")
    if world.house.place.url:
        with world.house.views.write() as connection:
            connection.exec_driver_sql("ALTER TABLE person RENAME TO elsewhere")
    else:
        world.house.views.close()
        for file in world.house.place.folder.glob("views.db*"):
            file.unlink()
        (world.house.place.folder / "views.db").mkdir()
    answer = browser.get("/people")
    assert answer.status_code == 503
    assert "页面现在读不出来" in answer.text
    assert WORDS not in answer.text
