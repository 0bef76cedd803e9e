"""A worker for tests to kill: its clock stands where the test wants it, so that leases of those killed before have ended."""

from __future__ import annotations

import os
from datetime import datetime
from multiprocessing.connection import Connection

from ledger.place import Place
from tests.workers.office import Office
from workers import running
from workers.mail import Channel


def main(place: Place, channel: Channel, redis: str, now: datetime, say: Connection) -> None:
    """Open the house, say so, work until the queues are empty or somebody kills us."""
    os.environ["REDIS_URL"] = redis
    office = Office(place, channel)
    office.now = now
    say.send_bytes(b"ready")
    running.work(office.desk, burst=True)
    say.send_bytes(b"done")
