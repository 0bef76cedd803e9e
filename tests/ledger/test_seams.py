"""What is told beside the work: every group that was written, every step of the read models."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from domain.organisations import RegisterOrganisation
from domain.words import ZONE
from ledger.events import Act
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.views import Views
from projections import PROJECTIONS

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)


def test_whoever_measures_is_told_of_every_group(ledger: Ledger) -> None:
    told: list[tuple[int, float]] = []
    ledger.writer.written.append(lambda commands, seconds: told.append((commands, seconds)))
    ledger.execute(RegisterOrganisation("union", "望海市总工会", "city_union"), Act("c1", "system", NOW, "union"))
    assert [commands for commands, _ in told] == [1]
    assert told[0][1] > 0


def test_whoever_waits_is_told_when_the_read_models_have_moved(ledger: Ledger, tmp_path: Path) -> None:
    told: list[int] = []
    views = Views(tmp_path / "views.db")
    follower = Follower(ledger, views, PROJECTIONS)
    follower.prepare()
    follower.moved.append(told.append)
    ledger.execute(RegisterOrganisation("union", "望海市总工会", "city_union"), Act("c1", "system", NOW, "union"))
    follower.catch_up()
    follower.catch_up()
    views.close()
    assert told == [1]
