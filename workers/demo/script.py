"""The script of the demo town: commands with the moment at which each was given; carried out in order of time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from domain.words import ZONE
from ledger.events import Act, Command


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A local moment."""
    return datetime.combine(day, time(hour, minute), ZONE)


@dataclass
class Script:
    """Collects what is said. `mark` makes the ids of commands: the same script told twice counts once.

    `today` begins now: everything that is told happened before, nothing at or after it.
    """

    mark: str
    today: date
    days: int
    random: Random
    lines: list[tuple[datetime, int, Command, Act]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> datetime:
        """The first instant of today."""
        return at(self.today, 0)

    @property
    def opening(self) -> datetime:
        """When the story begins: two weeks before the first activity."""
        return at(self.today - timedelta(days=self.days + 14), 9)

    def is_fresh(self, day: date) -> bool:
        """Whether that was yesterday: what was held then still waits for its organiser."""
        return (self.today - day).days == 1

    def say(
        self,
        when: datetime,
        command: Command,
        actor: str,
        organisation: str | None = None,
        *,
        reason: str | None = None,
        occurred: datetime | None = None,
    ) -> bool:
        """Give a command at that moment; what would lie in the future is left out, and False says so.

        `occurred` where the fact is written down later than it happened.
        """
        if when >= self.now:
            return False
        number = len(self.lines)
        act = Act(
            id=f"{self.mark}:{number}",
            actor=actor,
            recorded=when,
            organisation=organisation,
            source="demo",
            reason=reason,
            occurred=occurred or when,
        )
        self.lines.append((when, number, command, act))
        return True

    def in_order(self) -> list[tuple[Command, Act]]:
        """Everything in order of time; what has the same time in the order in which it was said."""
        return [(command, act) for _, _, command, act in sorted(self.lines, key=lambda line: line[:2])]

    def every(self, name: str, nth: int, offset: int) -> bool:
        """True for one in `nth` calls under that name, the first time at call `offset`: rare things surely happen."""
        self.counts[name] += 1
        return self.counts[name] % nth == offset % nth

    def moment(self, earliest: datetime, latest: datetime) -> datetime:
        """A whole minute between two moments, by daylight where there is any."""
        minutes = max(1, int((latest - earliest).total_seconds()) // 60)
        found = earliest + timedelta(minutes=self.random.randrange(minutes))
        if found.hour >= 7:
            return found
        later = found.replace(hour=self.random.randrange(7, 23))
        return later if later < latest else found

    def between(self, bounds: tuple[int, int]) -> int:
        """A whole number from–to, both included."""
        return self.random.randint(*bounds)
