"""What every test may ask for: a story without a database, and a ledger in a place of its own, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ledger.log import Ledger, guard_differences
from ledger.place import Place
from tests import databases, thrift
from tests.cast import Story


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave `either_engine` on PostgreSQL to the long run.

    Every query is proved on both engines by `tests/projections`, every page and form is opened on both by `test_access.py`
    and `test_no_page_breaks.py`; what a page then says of the rows that it was given knows no engine.
    """
    for item in items:
        params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if item.get_closest_marker("either_engine") and params.get("engine") == "postgresql":
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", autouse=True)
def _thrift(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing is done over and over that is not what a test is about."""
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        thrift.keep_templates(
            patch, (folder.parent if hasattr(request.config, "workerinput") else folder) / "templates"
        )
        thrift.keep_addresses(patch)
        thrift.hash_cheaply(patch)
        yield


@pytest.fixture
def story() -> Iterator[Story]:
    """A story; when it is told, the guards that it left must be the fold of its log."""
    told = Story()
    yield told
    assert guard_differences(cast(Any, told.ledger)) == []


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A PostgreSQL server with a prepared database; started when the first test asks for it."""
    with databases.cluster() as url:
        yield url


@pytest.fixture(params=databases.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that a test runs on; it runs on each, unless its module says which."""
    return str(request.param)


@pytest.fixture
def place(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty place for data."""
    if engine == "sqlite":
        yield Place(tmp_path)
        return
    server = request.getfixturevalue("cluster")
    with databases.fresh(server) as name:
        yield Place(tmp_path, databases.used(server, name))


Furnish = Callable[[str, str, Callable[[Place], None]], Place]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Furnish:
    """`furnished(engine, name, fill)`: a place that `fill` has filled and closed, made once a run for tests to copy."""
    made: dict[tuple[str, str], Place] = {}

    def make(engine: str, name: str, fill: Callable[[Place], None]) -> Place:
        if (engine, name) not in made:
            place = Place(tmp_path_factory.mktemp(name))
            if engine == "postgresql":
                server = request.getfixturevalue("cluster")
                place = replace(place, url=databases.used(server, databases.create(server)))
            fill(place)
            made[engine, name] = place
        return made[engine, name]

    return make


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = Ledger.open(place.log, place.folder)
    yield opened
    opened.close()
