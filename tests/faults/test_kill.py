"""`kill -9` in the middle of writing, two hundred times over one log: nothing that was acknowledged is ever lost."""

from __future__ import annotations

import multiprocessing
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from domain.enrolments import Accepted, Waitlisted
from domain.sign_up import SignUp
from ledger.log import Ledger, guard_differences
from tests.faults.writer import SLOT, act, main, prepare

KILLS = 200
# Forked from a process that has imported everything already: a fraction of a second for each would be minutes for all.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.faults.writer"])


def write_until_killed(path: Path, number: int) -> list[str]:
    """Start a writer, kill it at some moment after its first word; everything that it said."""
    hear, say = processes.Pipe(duplex=False)
    writer = processes.Process(target=main, args=(path, f"k{number}", say))
    writer.start()
    say.close()
    said = [hear.recv_bytes().decode()]
    time.sleep(random.Random(number).uniform(0, 0.02))
    writer.kill()
    try:
        while True:
            said.append(hear.recv_bytes().decode())
    except (EOFError, OSError):  # the end, or a word that was cut short: what was not heard was not promised
        hear.close()
    writer.join()
    assert writer.exitcode, "it never ends by itself"
    return said


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    ledger = Ledger.open(path)
    prepare(ledger)
    ledger.close()
    with ThreadPoolExecutor(2) as pool:
        said = [person for each in pool.map(lambda n: write_until_killed(path, n), range(KILLS)) for person in each]
    ledger = Ledger.open(path)
    log = list(ledger.replay())
    listed = [recorded.event for recorded in log if isinstance(recorded.event, Accepted | Waitlisted)]
    assert set(said) <= {event.person for event in listed}, "somebody was told yes and is on no list"
    assert len(said) > KILLS, "it was killed in the middle of writing"
    assert [type(event) for event in listed] == [Accepted] * 100 + [Waitlisted] * (len(listed) - 100)
    assert [event.place for event in listed if isinstance(event, Waitlisted)] == list(range(1, len(listed) - 99))
    assert guard_differences(ledger) == []
    assert ledger.execute(SignUp(SLOT, said[-1]), act(f"u-{said[-1]}")).repeated, "and answers as it did"
    ledger.close()
