"""What every test may ask for: a story without a database, and a ledger in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ledger.log import Ledger, guard_differences
from tests.cast import Story


@pytest.fixture
def story() -> Iterator[Story]:
    """A story; when it is told, the guards that it left must be the fold of its log."""
    told = Story()
    yield told
    assert guard_differences(cast(Any, told.ledger)) == []


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger in SQLite."""
    opened = Ledger.open(tmp_path / "log.db")
    yield opened
    opened.close()
