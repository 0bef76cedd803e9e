"""A process that signs people up as fast as it can and says so after each commit.

It is killed in the middle of this. What it has said must be in the log afterwards.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger import database, sqlite
from ledger.events import Act, Command
from ledger.log import Ledger

NOW = datetime(2026, 11, 2, 9, tzinfo=ZONE)
SLOT = "cut.1"
THREADS = 2
SAYING = threading.Lock()


def act(number: str) -> Act:
    """Circumstances that do not matter here."""
    return Act(number, "worker01", NOW)


def prepare(ledger: Ledger) -> None:
    """An activity with 100 seats."""
    starts = NOW + timedelta(days=5)
    setup: list[Command] = [
        RegisterOrganisation("union", "云州市总工会", "city_union"),
        DraftActivity("cut", "广场义剪", "union"),
        AddSlot("cut", SLOT, starts, starts + timedelta(hours=2), 100, 0, risk="一般"),
        PublishActivity("cut", (SLOT,)),
    ]
    ledger.execute_all([(command, act(f"s{number}")) for number, command in enumerate(setup)])


def sign_up(ledger: Ledger, prefix: str, say: Connection) -> None:
    """Register and sign up one person after another; say each one's id when both are written."""
    for number in count():
        person = f"{prefix}n{number}"
        ledger.execute(RegisterPerson(person, "无名"), act(f"r-{person}"))
        ledger.execute(SignUp(SLOT, person), act(f"u-{person}"))
        with SAYING:
            say.send_bytes(person.encode())


def main(path: Path, prefix: str, say: Connection) -> None:
    """Write from several threads until killed. Each waits for the lock as long as a busy machine takes: none gives up."""
    database.LOCK_SECONDS = sqlite.LOCK_SECONDS = 600
    ledger = Ledger.open(path)
    for thread in range(THREADS):
        threading.Thread(target=sign_up, args=(ledger, f"{prefix}t{thread}", say)).start()
