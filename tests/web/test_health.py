"""Alive and ready: what whoever watches over the service is told, and that a page which is not current says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from domain.organisations import RegisterOrganisation
from ledger.events import Act
from ledger.store import StoreUnavailable
from tests.web.conftest import World


def test_the_process_is_alive_and_the_pages_are_current(world: World) -> None:
    browser = world.as_(None)
    assert browser.get("/health").json == {"alive": True}
    answer = browser.get("/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {"ready": True, "head": world.house.ledger.store.head(), "behind": 0},
    )


def write_unread(world: World) -> None:
    """An event that the read models have not followed yet."""
    act = Act("late", "owner", world.now, "centre")
    world.house.ledger.execute(RegisterOrganisation("late", "后来的机构", "agency", "union"), act)


def test_an_event_that_waits_for_a_moment_is_nothing_to_speak_of(world: World) -> None:
    write_unread(world)
    answer = world.as_(None).get("/ready")
    assert (answer.status_code, answer.json["behind"]) == (200, 1)  # type: ignore[index]  # a JSON object


def test_pages_that_are_behind_are_not_ready_and_say_by_how_much(world: World) -> None:
    write_unread(world)
    world.now += timedelta(seconds=31)
    answer = world.as_(None).get("/ready")
    assert answer.status_code == 503
    assert answer.json["why"] == "读模型落后 1 条记录，最早的一条等了 31 秒。"  # type: ignore[index]  # a JSON object


def test_a_clock_that_was_put_back_does_not_make_it_unready(world: World) -> None:
    write_unread(world)
    world.now -= timedelta(hours=1)
    assert world.as_(None).get("/ready").status_code == 200


@pytest.mark.parametrize("error", [StoreUnavailable("host=10.0.0.1"), OperationalError("SELECT", {}, Exception("x"))])
def test_a_database_that_does_not_answer_is_said_and_not_described(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def head() -> Any:
        raise error

    monkeypatch.setattr(world.house.ledger.store, "head", head)
    answer = world.as_(None).get("/ready")
    assert (answer.status_code, answer.json) == (503, {"ready": False, "why": "数据库现在读不到。"})


def test_read_models_of_another_program_are_not_ready(world: World) -> None:
    with world.house.views.write() as connection:
        connection.exec_driver_sql("UPDATE positions SET version = version + 1 WHERE name = 'people'")
    answer = world.as_(None).get("/ready")
    assert answer.status_code == 503
    assert "另一个版本" in answer.json["why"]  # type: ignore[index]  # a JSON object
