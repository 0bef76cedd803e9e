"""A process whose files may not grow beyond a limit, as on a full disk: `python -m tests.faults.filler LOG LIMIT`.

It writes until it is refused, says how, gets more room, and says whether it carries on.
"""

from __future__ import annotations

import json
import resource
import sys
from itertools import count
from pathlib import Path

from domain.person_files import RegisterPerson
from ledger.log import Ledger, guard_differences
from ledger.store import StoreUnavailable
from tests.faults.writer import act


def register(ledger: Ledger, number: int) -> None:
    """One person with a long note."""
    ledger.execute(RegisterPerson(f"p{number}", "无名", note="…" * 500), act(f"r{number}"))


def main(path: str, limit: str) -> None:
    """Fill the disk, hit the wall three times, make room, go on; print what happened as JSON."""
    ledger = Ledger.open(Path(path))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
    written, refusals = 0, []
    for number in count():
        try:
            register(ledger, number)
            written += 1
        except StoreUnavailable as error:
            refusals.append(str(error))
            if len(refusals) == 3:
                break
    readable = sum(1 for _ in ledger.replay())
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    register(ledger, 10**6)
    after = {recorded.event.stream for recorded in ledger.replay()}
    report = {
        "written": written,
        "refusals": refusals,
        "readable": readable,
        "after": len(after),
        "differences": guard_differences(ledger),
    }
    sys.stdout.write(json.dumps(report))
    ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
