"""How the house is: the page says how far the read models are, and a rebuild is seen from any process while it goes on."""

from __future__ import annotations

import time

import pytest

from ledger import progress
from ledger.progress import Building, Told
from tests.web.conftest import World
from web import live


def test_the_page_says_how_far_the_read_models_have_followed(world: World) -> None:
    page = world.as_("auditor").get("/status").text
    assert f"第 {world.house.ledger.store.head()} 条" in page
    assert "最新" in page
    assert 'data-live="status:"' in page


def seen(world: World) -> Building | None:
    """What somebody else would see of a rebuild."""
    with world.house.views.read() as connection:
        return progress.going_on(connection)


def test_a_rebuild_is_seen_while_it_goes_on(world: World) -> None:
    assert seen(world) is None
    browser = world.as_("auditor")
    with Told(world.house.views, 40_000) as told:
        told(5000)
        assert seen(world) == Building(5000, 40_000)
        told(5000)
        assert seen(world) == Building(5000, 40_000)  # not every step is a note
        assert "5000 / 40000 条" in browser.get("/status").text
    assert seen(world) is None
    assert "正在重建" not in browser.get("/status").text


def test_a_rebuild_that_was_killed_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(world.house.views, 40_000).__enter__()
    told(5000)
    later = time.time() + progress.FORGOTTEN + 1
    monkeypatch.setattr("ledger.progress.time.time", lambda: later)
    assert seen(world) is None


def test_the_command_leaves_no_trace_of_its_progress(world: World) -> None:
    with world.app.app_context():
        done = world.app.test_cli_runner().invoke(args=["rebuild"])
    assert done.exit_code == 0, done.output
    assert seen(world) is None


def test_progress_is_news_although_no_position_moves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0)
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.02)
    answer = world.as_("auditor").get("/live?topic=status:")
    pieces = (piece.decode() for piece in answer.iter_encoded())
    first = next(piece for piece in pieces if "data:" in piece)
    with Told(world.house.views, 40_000) as told:
        told(5000)
        assert next(piece for piece in pieces if "data:" in piece) != first
    answer.close()
    assert world.as_("volunteer").get("/live?topic=status:").status_code == 404
    assert world.as_(None).get("/live/now?topic=status:").status_code == 404
