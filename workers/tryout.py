"""The world of the try-out: a real month taken over from its facts, and a small town that is alive around today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from domain.roles import GrantRole
from domain.words import ZONE, Role
from ledger.events import Act, Command
from ledger.follow import Follower
from ledger.log import Ledger
from workers.demo import CAST, story
from workers.imports import plan

MONTH = Path(__file__).parent.parent / "data" / "zhongshan_2020_02.jsonl"
MONTH_UNION = "zs-union"
READERS: tuple[tuple[str, Role], ...] = (
    ("reviewer01", "reviewer"),
    ("auditor01", "auditor"),
    ("union-officer01", "union_officer"),
)
"""Who of the town may also read the month that was taken over."""


def stage(ledger: Ledger, follower: Follower, *, now: datetime | None = None) -> dict[str, str]:
    """Fill an empty log in one transaction: whoever is stopped half way begins with an empty one again.

    A log that holds anything stays as it is. Whom one can be, and what each is good for.
    """
    moment = (now or datetime.now(ZONE)).astimezone(ZONE)
    if ledger.store.head() == 0:
        month, _ = plan(ledger, MONTH, recorded=moment)
        town = story(people=300, activities=80, months=6, seed=1, today=moment.date(), running=moment)
        ledger.execute_all([*((command, act) for _, command, act in month), *town, *readers(moment)])
    follower.catch_up()
    return dict(CAST)


def readers(moment: datetime) -> Iterator[tuple[Command, Act]]:
    """The roles at the union of the month."""
    for person, role in READERS:
        act = Act(f"tryout-{person}", "administrator01", moment, MONTH_UNION, "demo", reason="试用：也能看导入的这个月")
        yield GrantRole(person, role, MONTH_UNION, moment.date()), act
