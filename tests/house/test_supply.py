"""What the program is made of: a list of all parts from the lock, and what is known against them. In `./test long`.

Both are read from `requirements.lock`, which is what `./run` installs; what only tests need is not served. The list
(CycloneDX 1.6, JSON) is left in `var/sbom.cdx.json`, for whoever hands the program on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
BILL = ROOT / "var" / "sbom.cdx.json"
SHAPE = ("--pyproject", "pyproject.toml", "--sv", "1.6", "--output-reproducible")
QUIET = ("--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off")


def locked() -> dict[str, str]:
    """The parts of the lock with their versions; some serve one system only."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^\s;]+)", LOCK.read_text(), re.M))


def said(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the test environment."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_a_bill_of_materials_names_every_part() -> None:
    BILL.parent.mkdir(exist_ok=True)
    made = said("cyclonedx_py", "requirements", str(LOCK), *SHAPE, "-o", str(BILL))
    assert made.returncode == 0, made.stderr
    bill = json.loads(BILL.read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "liandong")
    assert {part["name"]: part["version"] for part in bill["components"]} == locked()
    assert all(part["purl"].startswith("pkg:pypi/") for part in bill["components"])
    assert all(hashes(part) for part in bill["components"]), "every part with the digests that are installed"


def hashes(part: dict[str, Any]) -> list[str]:
    """The digests of a part."""
    return [one["content"] for place in part.get("externalReferences", ()) for one in place.get("hashes", ())]


def test_nothing_is_known_against_any_part() -> None:
    """Asks the public advisory database. Where that cannot be reached, nothing is known and nothing is claimed: skipped."""
    told = said("pip_audit", "--requirement", str(LOCK), *QUIET)
    try:
        parts = json.loads(told.stdout)["dependencies"]
    except ValueError:
        pytest.skip(f"没有查成：公告服务连不上 / not audited, no advisory service: {told.stderr.strip()[-200:]}")
    asked = [part for part in parts if "skip_reason" not in part]
    if not asked:
        pytest.skip("没有查成：这里的软件源没有公告 / not audited: this package index holds no advisories")
    assert [part["name"] for part in parts if "skip_reason" in part] == [], "asked about some parts only"
    assert {part["name"]: part["vulns"] for part in asked if part["vulns"]} == {}
