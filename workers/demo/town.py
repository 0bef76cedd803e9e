"""Builds the demo town: everything is told by commands and in order of time, so what stands in the log has held every rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from ledger.events import Act, Command
from ledger.log import Ledger
from workers.demo import crowd as people_of
from workers.demo.held import hold, wrap_up
from workers.demo.lists import fill
from workers.demo.minutes import account
from workers.demo.names import CAST
from workers.demo.plan import on_now, programme
from workers.demo.script import Script
from workers.demo.services import doubles, go_visiting, serve

AT_ONCE = 10_000
"""Commands in one transaction."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Town:
    """What was built. `cast`: person → what one can see as them. `events`: how many are new in the log."""

    cast: dict[str, str]
    today: date
    commands: int
    events: int
    position: int


def build_town(
    ledger: Ledger,
    *,
    people: int,
    activities: int,
    months: int,
    seed: int,
    today: date,
    progress: Progress | None = None,
) -> Town:
    """Build a town of about so many people (at least 30) and activities (at least 12) that goes back so many months.

    The same numbers give the same log; a second time nothing changes. `progress` is told how many commands of how many
    are written. Raises RuleBroken where the log holds another town already, StoreUnavailable.
    """
    commands = story(people=people, activities=activities, months=months, seed=seed, today=today)
    events = position = 0
    for start in range(0, len(commands), AT_ONCE):
        outcomes = ledger.execute_all(commands[start : start + AT_ONCE])
        events += sum(len(outcome.events) for outcome in outcomes)
        position = max(position, *(outcome.position for outcome in outcomes))
        if progress:
            progress(start + len(outcomes), len(commands))
    return Town(dict(CAST), today, len(commands), events, position)


def story(
    *, people: int, activities: int, months: int, seed: int, today: date, running: datetime | None = None
) -> list[tuple[Command, Act]]:
    """Every command of the town in order of time; the same numbers give the same ones.

    `running` is a moment of today at which something is surely on; it comes on top and changes nothing of the rest.
    """
    mark = f"demo:{people}.{activities}.{months}.{seed}.{today}"
    script = Script(mark, today, months * 30, Random(mark))
    tell(script, people, activities, running)
    return script.in_order()


def tell(script: Script, people: int, activities: int, running: datetime | None) -> None:
    """The whole story."""
    crowd = people_of.found(script, people)
    planned = programme(script, activities)
    for slot in sorted((slot for one in planned for slot in one.slots), key=lambda slot: slot.starts):
        fill(script, crowd, slot)
        if slot.state == "open" and slot.ends < script.now:
            served = hold(script, slot)
            account(script, slot, served)
            if slot.kind.visits:
                go_visiting(script, crowd, slot, served)
    for activity in planned:
        wrap_up(script, activity)
    serve(script, crowd)
    doubles(script)
    if running:
        for slot in on_now(script, activities, running).slots:
            fill(script, crowd, slot)
