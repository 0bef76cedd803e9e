"""News for open pages: who is told of what, that a stream tells of changes alone, and that streams never take all threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from domain.attendance import CheckIn
from domain.organisations import RegisterOrganisation
from domain.planning import DraftActivity
from domain.resizing import ResizeSlot
from domain.sign_up import SignUp
from tests.web.conftest import World
from web import live


@pytest.fixture
def town(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """One activity; streams look at once and beat fast."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0)
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.02)
    world.open_activity()
    return world


def chunks(answer: TestResponse) -> Iterator[str]:
    """What a stream sends, piece by piece."""
    assert answer.status_code == 200
    assert answer.mimetype == "text/event-stream"
    return (piece.decode() for piece in answer.iter_encoded())


def news(pieces: Iterator[str]) -> dict[str, Any]:
    """The next piece that is news and no beat."""
    said = next(piece for piece in pieces if "data:" in piece)
    found: dict[str, Any] = json.loads(said.partition("data: ")[2])
    return found


def test_a_stream_tells_that_seats_have_changed(town: World) -> None:
    answer = town.as_(None).get("/live?topic=activity:a1")
    pieces = chunks(answer)
    assert next(pieces).startswith("retry: ")
    first = news(pieces)
    assert first["position"] == town.house.ledger.store.head()
    assert next(pieces) == ": \n\n"
    town.do(SignUp("a1.1", "volunteer", "volunteer"), actor="volunteer")
    second = news(pieces)
    assert second["mark"] != first["mark"]
    assert second["position"] > first["position"]
    answer.close()


def test_what_happens_elsewhere_is_no_news(town: World) -> None:
    answer = town.as_(None).get("/live?topic=activity:a1")
    pieces = chunks(answer)
    news(pieces)
    town.do(RegisterOrganisation("other", "别的机构", "agency", "union"))
    assert [next(pieces) for _ in range(3)] == [": \n\n"] * 3
    answer.close()


def test_whoever_comes_back_is_told_only_what_they_missed(town: World) -> None:
    mark = town.as_(None).get("/live/now?topic=activity:a1").json["mark"]  # type: ignore[index]  # a JSON object
    answer = town.as_(None).get("/live?topic=activity:a1", headers={"Last-Event-ID": mark})
    pieces = chunks(answer)
    next(pieces)
    assert next(pieces) == ": \n\n"
    answer.close()


@pytest.mark.parametrize(("topic", "changes"), [("activity:a1", False), ("roster:a1.1", True)])
def test_a_check_in_is_news_for_the_roster_alone(town: World, topic: str, changes: bool) -> None:
    town.do(SignUp("a1.1", "volunteer", "volunteer"), actor="volunteer")
    town.now = town.now.replace(day=25)
    browser = town.as_("owner")
    before = browser.get(f"/live/now?topic={topic}").json["mark"]  # type: ignore[index]  # a JSON object
    town.do(CheckIn("a1.1", "volunteer", "desk"))
    after = browser.get(f"/live/now?topic={topic}").json["mark"]  # type: ignore[index]  # a JSON object
    assert (before != after) == changes


def test_more_seats_are_news_for_both(town: World) -> None:
    browser = town.as_("owner")
    before = [browser.get(f"/live/now?topic={topic}").json for topic in ("activity:a1", "roster:a1.1")]
    town.do(ResizeSlot("a1", "a1.1", "volunteer", 5, ()))
    after = [browser.get(f"/live/now?topic={topic}").json for topic in ("activity:a1", "roster:a1.1")]
    assert all(one != other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("path", ["/live", "/live/now"])
@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        ("activity:a1", {"nobody", "owner", "stranger", "volunteer", "auditor"}),
        ("activity:draft", {"owner", "auditor"}),
        ("roster:a1.1", {"owner"}),
        ("activity:none", set()),
        ("roster:none", set()),
        ("person:volunteer", set()),
        ("", set()),
    ],
)
def test_only_whoever_may_open_the_page_is_told(town: World, path: str, topic: str, allowed: set[str]) -> None:
    town.do(DraftActivity("draft", "还没定", "centre"))
    for who in ("nobody", "owner", "stranger", "volunteer", "auditor"):
        answer = town.as_(None if who == "nobody" else who).get(path, query_string={"topic": topic})
        assert answer.status_code == (200 if who in allowed else 404), who
        answer.close()


def test_beyond_the_most_streams_pages_are_sent_away_and_come_back(town: World) -> None:
    live.of(town.app).open(2, threading.Event())
    browser = town.as_(None)
    held = [browser.get("/live?topic=activity:a1") for _ in range(2)]
    refused = browser.get("/live?topic=activity:a1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "15")
    assert browser.get("/live/now?topic=activity:a1").status_code == 200
    held[0].close()
    again = browser.get("/live?topic=activity:a1")
    assert again.status_code == 200
    for answer in (again, held[1]):
        answer.close()


def test_a_stream_ends_when_it_is_old_or_the_server_stops(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_SECONDS", 0)
    assert list(chunks(town.as_(None).get("/live?topic=activity:a1"))) == ["retry: 15000\n\n"]
    monkeypatch.setattr(live, "MOST_SECONDS", 300)
    stop = threading.Event()
    live.of(town.app).open(2, stop)
    pieces = chunks(town.as_(None).get("/live?topic=activity:a1"))
    next(pieces)
    stop.set()
    assert len(list(pieces)) <= 1
    assert town.as_(None).get("/live?topic=activity:a1").status_code == 503


def test_a_stream_holds_no_connection_while_it_waits(town: World) -> None:
    views = town.house.views
    pool: Any = views.engine.pool
    answer = town.as_(None).get("/live?topic=activity:a1")
    pieces = chunks(answer)
    news(pieces)
    assert pool.checkedout() == len(views._idle)  # those that were given back, and wait for the next page
    answer.close()


def test_the_pages_say_what_they_follow_and_since_when(town: World) -> None:
    head = town.house.ledger.store.head()
    page = town.as_("owner").get("/activities/a1").text
    assert f'data-live="activity:a1" data-at="{head}" data-page="/activities/a1?side=volunteer"' in page
    assert f'data-live="roster:a1.1" data-at="{head}"' in town.as_("owner").get("/slots/a1.1/roster").text
    assert "data-live=" not in town.as_("owner").get(f"/slots/a1.1/roster?as_of={head}").text
