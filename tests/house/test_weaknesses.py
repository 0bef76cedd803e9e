"""Whatever bandit finds in the program is mended, or stands in `weaknesses.txt` with the reason why it stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (
    sys.executable,
    "-m",
    "bandit",
    "--quiet",
    "--exit-zero",
    "--format",
    "json",
    "-c",
    "pyproject.toml",
    "-r",
    ".",
)


class Weakness(NamedTuple):
    """A line that bandit does not like; the same four as in the file."""

    path: str
    rule: str
    part: str
    reason: str

    def covers(self, other: Weakness) -> bool:
        """Whether this is the reason for that finding."""
        is_there = other.path == self.path or (self.path.endswith("/") and other.path.startswith(self.path))
        return is_there and self.rule == other.rule and self.part in other.part


def excused() -> list[Weakness]:
    """What stays, with its reason."""
    lines = (ROOT / "tests" / "house" / "weaknesses.txt").read_text().splitlines()
    return [Weakness(*(part.strip() for part in line.split(" | "))) for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module")
def found() -> list[Weakness]:
    """What bandit finds; the code is all lines of the statement."""
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert not told["errors"], "a file that bandit cannot read is not looked at"
    assert told["metrics"]["_totals"]["loc"] > 10_000, "it looked at the program"
    assert told["metrics"]["_totals"]["nosec"] == 0, "reasons stand in weaknesses.txt"
    return [
        Weakness(one["filename"].removeprefix("./"), one["test_id"], one["code"], one["issue_text"])
        for one in told["results"]
    ]


def test_nothing_is_found_that_has_no_reason(found: list[Weakness]) -> None:
    assert [one for one in found if not any(reason.covers(one) for reason in excused())] == []


def test_no_reason_is_left_for_what_is_mended(found: list[Weakness]) -> None:
    assert [reason for reason in excused() if not reason.reason or not any(map(reason.covers, found))] == []
