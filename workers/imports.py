"""`./run import FILE`: facts, one JSON object a line, taken over through commands; all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import domain
from domain.activities import Activity
from domain.records import KeepRecord
from domain.words import ZONE
from ledger.events import Act, Command, RuleBroken
from ledger.log import Ledger
from workers.context import Context, Implied
from workers.facts import BadLine, Line, read
from workers.mapping import steps_of

__all__ = ["ImportRefused", "Summary", "domain", "import_file"]

MOST_PROBLEMS = 20
Progress = Callable[[int], None]
Planned = tuple[Line, Command, Act]
"""A command of a line, under its circumstances."""


class ImportRefused(Exception):
    """Nothing was written. `problems` names the lines, at most the first twenty."""

    def __init__(self, problems: Sequence[BadLine]) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Summary:
    """What became of the lines: kind → lines. `kept` are kinds that have no rules here yet, `implied` said nothing new."""

    taken: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    implied: Counter[str] = field(default_factory=Counter)
    events: int = 0
    position: int = 0

    @property
    def lines(self) -> int:
        """How many lines the file has; each is counted once."""
        return self.taken.total() + self.kept.total() + self.implied.total()


def import_file(
    ledger: Ledger, path: Path, *, recorded: datetime | None = None, progress: Progress | None = None
) -> Summary:
    """Take a file over. A second time it changes nothing. Raises ImportRefused, StoreUnavailable, OSError."""
    todo, summary = plan(ledger, path, recorded=recorded, progress=progress)
    write(ledger, todo, summary)
    return summary


def plan(
    ledger: Ledger, path: Path, *, recorded: datetime | None = None, progress: Progress | None = None
) -> tuple[list[Planned], Summary]:
    """What a file becomes, before anything is written. Raises ImportRefused, OSError."""
    lines = read_lines(path, progress)
    context = Context(recorded or datetime.now(ZONE), lambda activity: was_published(ledger, activity))
    summary, todo = Summary(), list[Planned]()
    try:
        context.read(lines)
    except BadLine as bad:
        raise ImportRefused([bad]) from bad
    problems: list[BadLine] = []
    for line in lines:
        try:
            todo += planned(line, context, summary)
        except BadLine as bad:
            problems.append(bad)
    if problems:
        raise ImportRefused(problems)
    return todo, summary


def read_lines(path: Path, progress: Progress | None) -> list[Line]:
    """Every line that is not blank. Raises ImportRefused with all that cannot be read."""
    lines, problems = list[Line](), list[BadLine]()
    for number, text in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            if text.strip():
                lines.append(read(number, text))
        except BadLine as bad:
            problems.append(bad)
        if progress:
            progress(1)
    if problems:
        raise ImportRefused(problems)
    return lines


def planned(line: Line, context: Context, summary: Summary) -> list[Planned]:
    """The commands of a line, each under its circumstances. Raises BadLine."""
    steps = steps_of(line, context)
    kept = any(isinstance(step, KeepRecord) for step in steps)
    (summary.kept if kept else summary.taken if steps else summary.implied)[line.raw.type] += 1
    return [
        (line, step.command if isinstance(step, Implied) else step, context.act(line, part, step))
        for part, step in enumerate(steps)
    ]


def write(ledger: Ledger, todo: Sequence[Planned], summary: Summary) -> None:
    """Carry out everything in one transaction. Raises ImportRefused with the line whose rule broke."""
    try:
        outcomes = ledger.execute_all([(command, act) for _, command, act in todo])
    except RuleBroken as broken:
        line = todo[broken.index or 0][0]
        raise ImportRefused([BadLine(line.number, f"{broken}（{line.raw.type}）")]) from broken
    summary.events = sum(len(outcome.events) for outcome in outcomes)
    summary.position = max((outcome.position for outcome in outcomes), default=0)


def was_published(ledger: Ledger, activity: str) -> bool:
    """Whether the log holds this activity, published."""
    guard = ledger.guard(f"activity:{activity}")
    return isinstance(guard, Activity) and guard.state == "published"
