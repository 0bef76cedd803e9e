"""A rebuild of all read models in several processes: the same rows, whoever writes, stumbles or is killed meanwhile."""

from __future__ import annotations

import multiprocessing
import stat
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select

from bench import world
from domain.hours import Proposed
from ledger.codec import UnknownTopic
from ledger.crew import Deserted, divide, hands
from ledger.follow import Follower, view_differences
from ledger.log import Ledger
from ledger.place import Place
from ledger.projection import Projection, Rows
from ledger.rebuild import clear_away
from ledger.views import Views
from projections import PROJECTIONS
from projections.history import entry, positions_of
from tests.ledger.test_follow import unknown_topic
from tests.projections.rebuilder import main

EVENTS = 600
processes = multiprocessing.get_context("spawn")


@pytest.fixture
def follower(ledger: Ledger, place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    """A town of some hundred events whose read models are current; whoever rebuilds them does it in two processes."""
    world.write(ledger, islice(world.events(40), EVENTS))
    views = Views(place.views)
    made = Follower(ledger, views, PROJECTIONS)
    made.prepare()
    monkeypatch.setattr("ledger.rebuild.hands", lambda _: 2)
    monkeypatch.setattr("ledger.building.BATCH", 100)
    yield made
    views.close()


def spoil(views: Views) -> None:
    """Remove a line, so that whoever looks can tell whether it was built again."""
    with views.write() as connection:
        connection.execute(entry.delete().where(entry.c.position == 1))


def lines(views: Views) -> int:
    """How many events the history has."""
    with views.read() as connection:
        return connection.execute(select(func.count()).select_from(entry)).scalar_one()


def left_over(place: Place) -> list[Path]:
    """Files of a rebuild that is not there any more."""
    return list(place.folder.glob("*.share-*"))


def test_several_processes_build_what_the_log_says(follower: Follower, place: Place) -> None:
    spoil(follower.views)
    told: list[int] = []
    modes: set[int] = set()

    def tell(count: int) -> None:
        told.append(count)
        modes.update(stat.S_IMODE(path.stat().st_mode) for path in left_over(place))

    assert follower.rebuild(PROJECTIONS, tell) == EVENTS
    assert modes == (set() if follower.views.is_postgresql else {0o600}), "its owner's alone"
    assert sum(told) == EVENTS
    assert min(told) > 0
    assert view_differences(follower) == []
    assert left_over(place) == []
    assert multiprocessing.active_children() == []


def test_an_event_that_names_somebody_twice_is_one_line_of_theirs(follower: Follower, ledger: Ledger) -> None:
    """PostgreSQL keeps the keys of a journal only once it is filled, and would find the second line then."""
    own = Proposed("a900.1", "alone", 120, "C", "u0", "a900", world.FIRST, by="alone")
    world.write(ledger, [(world.FIRST, "alone", own)])
    assert follower.rebuild(PROJECTIONS) == EVENTS + 1
    with follower.views.read() as connection:
        assert positions_of(connection, "person:alone") == [EVENTS + 1]
    assert view_differences(follower) == []


def test_what_does_not_fit_into_memory_is_read_again(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rows, "MOST_KEPT", 7)
    monkeypatch.setattr("ledger.rebuild.hands", lambda _: 1)
    spoil(follower.views)
    follower.rebuild(PROJECTIONS)
    assert view_differences(follower) == []


def test_what_others_write_meanwhile_is_there_after_the_switch(follower: Follower, ledger: Ledger) -> None:
    numbers = count(900)

    def meanwhile(_: int) -> None:
        if ledger.store.head() < 2 * EVENTS:
            world.write(ledger, world.activity(next(numbers), [f"p{number}" for number in range(20)]))
        follower.wait_for(ledger.store.head())

    assert follower.rebuild(PROJECTIONS, meanwhile) == ledger.store.head() > EVENTS
    assert lines(follower.views) == ledger.store.head()
    assert view_differences(follower) == []


def test_what_a_killed_rebuild_left_is_cleared_away_but_not_from_under_another(
    follower: Follower, place: Place
) -> None:
    """Nobody would ever forget who stands in it."""
    with follower.views.write() as connection:
        connection.exec_driver_sql("CREATE TABLE person__next (name TEXT)")
    if not follower.views.is_postgresql:
        (place.folder / "views.db.share-0").write_text("云朵")

    def is_there() -> bool:
        with follower.views.read() as connection:
            return inspect(connection).has_table("person__next") or left_over(place) != []

    with follower.views.building() as is_held:
        assert is_held
        assert not clear_away(follower.views)
        assert is_there()
    assert clear_away(follower.views)
    assert not is_there()
    assert view_differences(follower) == []


def test_an_unknown_topic_stops_all_of_them(follower: Follower, place: Place) -> None:
    unknown_topic(place)
    with pytest.raises(UnknownTopic, match=r"person\.cloned"):
        follower.rebuild(PROJECTIONS)
    assert lines(follower.views) == EVENTS
    assert left_over(place) == []
    assert multiprocessing.active_children() == []


def test_one_that_is_killed_leaves_everything_as_it_was(follower: Follower, place: Place) -> None:
    def kill(_: int) -> None:
        for child in multiprocessing.active_children()[:1]:
            child.kill()

    with pytest.raises(Deserted, match="再来一次"):
        follower.rebuild(PROJECTIONS, kill)
    assert lines(follower.views) == EVENTS
    assert left_over(place) == []
    spoil(follower.views)
    follower.rebuild(PROJECTIONS)
    assert view_differences(follower) == []


def test_when_whoever_began_is_killed_the_others_end_and_the_next_one_finishes(
    follower: Follower, place: Place
) -> None:
    hear, say = processes.Pipe(duplex=False)
    rebuilder = processes.Process(target=main, args=(place, say))
    rebuilder.start()
    helpers = hear.recv()
    assert len(helpers) == 2
    rebuilder.kill()
    rebuilder.join()
    wait_for(lambda: not any(is_running(pid) for pid in helpers))
    hear.close()
    say.close()
    assert lines(follower.views) == EVENTS
    assert (left_over(place) == []) == follower.views.is_postgresql
    spoil(follower.views)
    follower.rebuild(PROJECTIONS)
    assert view_differences(follower) == []
    assert left_over(place) == []


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# -- dividing


def test_shares_weigh_about_the_same_and_nothing_is_forgotten() -> None:
    for number in (1, 2, 3, 20):
        parts = divide(PROJECTIONS, number)
        assert sorted(p.name for part in parts for p in part) == sorted(p.name for p in PROJECTIONS)
        assert len(parts) == min(number, len(PROJECTIONS))
    weights = [sum(p.weight for p in part) for part in divide(PROJECTIONS, 2)]
    assert max(weights) - min(weights) <= 1


def test_a_small_log_is_not_worth_another_process() -> None:
    assert hands(0) == hands(99_999) == 1


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
def test_every_projection_can_be_sent_to_another_process(projection: Projection) -> None:
    assert (
        multiprocessing.reduction.ForkingPickler.loads(multiprocessing.reduction.ForkingPickler.dumps(projection))
        is projection
    )
