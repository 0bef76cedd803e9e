"""The world of the try-out: there is all of it or none of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.people import Person
from domain.words import ZONE
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.views import Views
from workers.demo import CAST
from workers.tryout import MONTH_UNION, READERS, stage

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    """An empty house that only keeps a log."""
    ledger, views = Ledger.open(tmp_path / "log.db"), Views(tmp_path / "views.db")
    yield Follower(ledger, views, ())
    views.close()
    ledger.close()


def test_the_world_is_staged_once(follower: Follower) -> None:
    ledger = follower.ledger
    assert stage(ledger, follower, now=NOW) == CAST
    head = ledger.store.head()
    for person, role in READERS:
        guard = ledger.guard(f"person:{person}")
        assert isinstance(guard, Person)
        assert (role, MONTH_UNION) in guard.roles
    stage(ledger, follower, now=NOW + timedelta(days=1))
    assert ledger.store.head() == head


def test_it_comes_in_one_transaction(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopped in the middle begins with an empty log again: half a town would look like a whole one."""
    store, begun = follower.ledger.store, []
    write = store.write

    def watched() -> Any:
        begun.append(store.head())
        return write()

    monkeypatch.setattr(store, "write", watched)
    stage(follower.ledger, follower, now=NOW)
    assert begun == [0]
