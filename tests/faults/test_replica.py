"""Pages read from a replica: it serves while it keeps up, nobody reads their own write too late, else the primary serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from app import create_app
from bench import throwaway
from ledger.address import WrongAddress
from ledger.place import Place
from ledger.preparing import prepare
from ledger.views import ViewsUnavailable
from tests.databases import owned, used
from tests.faults.test_failover import CITY, kill, standby_of, until
from tests.web.conftest import World, populate
from web.house import reader


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    """A server that others may follow."""
    with throwaway.server(durable=False, max_connections="100", synchronous_commit="on") as url:
        yield url


def is_from_replica(world: World) -> bool:
    """Whether the next page would be read from the replica."""
    with world.app.test_request_context("/"):
        return bool(reader().exec_driver_sql("SELECT pg_is_in_recovery()").scalar())


def sign_up(world: World, person: str) -> int:
    """Sign up on the page; the status of the answer."""
    form = {"side": "volunteer", "command": f"c{person}"}
    return world.as_(person).post("/slots/a1.1/enrolments", data=form).status_code


def test_pages_come_from_the_replica_while_it_keeps_up(
    primary: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.replica.AT_MOST", 1.0)
    monkeypatch.setattr("ledger.replica.PAUSE", 0.5)
    place = Place(tmp_path, used(primary, CITY))
    prepare(owned(primary, CITY), str(place.url))
    with standby_of(primary) as standby:
        app = create_app(replace(place, replica=used(standby, CITY)), is_tryout=True)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        world = World(app)
        populate(world)
        world.open_activity(seats=3)
        keeps_up(world)
        falls_behind(world, standby)
        go_alone(primary)
        kill(standby)
        until(lambda: is_given_up(world))
        assert world.as_("volunteer").get("/activities/a1").status_code == 200
        assert sign_up(world, "third") == 303
        world.house.close()


def is_given_up(world: World) -> bool:
    """Whether pages are read elsewhere; what it was about to answer when it was killed ends with an error."""
    try:
        return not is_from_replica(world)
    except ViewsUnavailable:
        return False


def go_alone(primary: str) -> None:
    """Wait for no standby any more before a commit is acknowledged."""
    with psycopg.connect(primary, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")


def keeps_up(world: World) -> None:
    """Whoever has written finds it on the next page, which the replica serves."""
    assert sign_up(world, "volunteer") == 303
    assert is_from_replica(world)
    assert "何小满" in world.as_("owner").get("/slots/a1.1/roster").text


def falls_behind(world: World, standby: str) -> None:
    """A replica that stands still is not asked; who has written is told that pages come later, and the primary serves them."""
    with psycopg.connect(standby, autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        until(lambda: connection.execute(state).fetchone() == ("paused",))
        assert sign_up(world, "second") == 503
        assert not is_from_replica(world)
        assert "陆青禾" in world.as_("owner").get("/slots/a1.1/roster").text
        connection.execute("SELECT pg_wal_replay_resume()")
        world.house.wait_for(world.house.follower.position)
        assert is_from_replica(world)


def test_a_replica_of_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("REPLICA_URL", "postgresql://liandong@127.0.0.1/city")
    with pytest.raises(WrongAddress, match="REPLICA_URL"):
        Place.of_environment(tmp_path)
