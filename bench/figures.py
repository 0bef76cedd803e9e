"""What a benchmark prints: one JSON object a line, with the machine it was measured on."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def show(name: str, ours: float, baseline: float, unit: str, ratio: float, **more: Any) -> None:
    """Print one figure. `ratio` above 1 means that ours is better, whatever the unit."""
    figures = {"name": name, "ours": short(ours), "baseline": short(baseline), "unit": unit, "ratio": short(ratio)}
    print(json.dumps(figures | more | {"note": machine()}, ensure_ascii=False), flush=True)


def short(figure: float) -> float:
    """Three digits that mean something."""
    return float(f"{figure:.3g}")


def machine() -> str:
    """What it ran on and how busy that was."""
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} CPU, {versions}, load {os.getloadavg()[0]:.1f}"


@contextmanager
def workplace() -> Iterator[Path]:
    """A directory for the files of one benchmark, on the disk where the application keeps its own, gone afterwards."""
    root = Path(os.environ.get("DATA_DIR") or Path(__file__).parent.parent / "var")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=root) as directory:
        yield Path(directory)
