"""How the house speaks to people: with 你 everywhere, on pages, in mails, in refusals and in what the operator reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEAK = ("web", "workers", "domain", "projections", "ledger", "bench", "deploy", "docs")
KINDS = {".py", ".html", ".js", ".md", ".txt"}
POLITE = chr(0x60A8)
"""The other word for whoever is spoken to."""


def spoken() -> Iterator[Path]:
    """The files in which somebody may be spoken to."""
    yield from (ROOT / name for name in ("app.py", "run", "test", "README.md", "CHANGELOG.md", "STYLE.md"))
    for room in SPEAK:
        yield from (path for path in (ROOT / room).rglob("*") if path.suffix in KINDS)


def test_nobody_is_spoken_to_politely_in_one_place_and_as_a_familiar_in_another() -> None:
    said = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in spoken()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if POLITE in line
    }
    assert not said, f"say 你: {', '.join(sorted(said))}"


def test_the_files_that_are_looked_at_are_there() -> None:
    found = {path.suffix for path in spoken()}
    assert found >= KINDS - {".txt"}
    assert sum("你" in path.read_text() for path in spoken()) > 20
