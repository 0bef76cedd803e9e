"""Where the workers work: a place in which nothing has happened yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.place import Place
from tests.databases import copy_of
from tests.workers.office import Office


@pytest.fixture
def place(
    engine: str, furnished: Callable[..., Place], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Place]:
    """Without events, but with the tables of every read model: they are made once and copied."""
    original = furnished(engine, "office", lambda place: Office(place).close())
    with copy_of(original, tmp_path, lambda: request.getfixturevalue("cluster")) as copied:
        yield copied
