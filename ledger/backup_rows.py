"""What a log holds, told in a few figures that are the same on every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any


def summary_of(events: Iterable[tuple[int, str, int, str, bytes]], tables: dict[str, int]) -> dict[str, Any]:
    """The last position, the number of events, and a hash of all of them in order: position, stream, version, topic, state."""
    hashed, head, count = hashlib.sha256(), 0, 0
    for position, stream, version, topic, state in events:
        hashed.update(f"{position}\0{stream}\0{version}\0{topic}\0{len(state)}\0".encode())
        hashed.update(state)
        head, count = position, count + 1
    return {"head": head, "events": count, "log": hashed.hexdigest(), "tables": tables}
