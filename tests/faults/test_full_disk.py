"""A full disk: a clear error, nothing half written, reading goes on, and with room again writing goes on too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.log import Ledger, guard_differences

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("limit", [200_000, 1_000_000])
def test_a_full_disk_is_a_clear_error_and_then_it_carries_on(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "log.db"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.filler", str(path), str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["written"] > 0
    assert all("disk" in refusal for refusal in report["refusals"]), report["refusals"]
    assert report["readable"] == report["written"], "neither lost nor half written"
    assert report["after"] == report["written"] + 1
    assert report["differences"] == []
    ledger = Ledger.open(path)
    assert ledger.store.head() == report["after"]
    assert guard_differences(ledger) == []
    ledger.close()
