"""The floor under the write path: the very rows that it appends, ready made, with nothing read, checked or decided."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from domain.sign_up import SignUp
from ledger.decision import Decision
from ledger.events import Act
from ledger.execute import MOST_AT_ONCE
from ledger.group import Group, Take
from ledger.log import Ledger
from ledger.rules import request_of
from ledger.store import Answer, Entry, StoredGuard, Transaction


@dataclass
class Noting:
    """A transaction that notes what is written through it."""

    transaction: Transaction
    events: list[Entry] = field(default_factory=list)
    changed: list[StoredGuard] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def look_up(self, commands: Sequence[str], tags: Sequence[str]) -> tuple[list[Answer], list[StoredGuard]]:
        """As the transaction does."""
        return self.transaction.look_up(commands, tags)

    def guards(self, tags: Sequence[str]) -> list[StoredGuard]:
        """As the transaction does."""
        return self.transaction.guards(tags)

    def append(self, events: Sequence[Entry]) -> int:
        """As the transaction does; noted."""
        self.events += events
        return self.transaction.append(events)

    def save(self, guards: Sequence[StoredGuard], answers: Sequence[Answer]) -> None:
        """As the transaction does; noted."""
        self.changed += guards
        self.answers += answers
        self.transaction.save(guards, answers)


def rehearse(template: Path, asked: Iterable[tuple[str, str]], now: datetime) -> dict[tuple[str, str], Noting]:
    """What each sign-up writes, where one comes after the other; on a copy, in one transaction."""
    path = template.with_suffix(".rehearsal")
    shutil.copy(template, path)
    ledger, noted = Ledger.open(path), {}
    with ledger.store.write() as transaction:
        for slot, person in asked:
            act = Act(id=f"c-{slot}-{person}", actor=person, recorded=now, occurred=now)
            noted[slot, person] = Noting(transaction)
            Decision(noted[slot, person], ledger.codec).write([request_of(SignUp(slot, person), act)])
    ledger.close()
    return noted


class Floor:
    """Appends those rows with the statements, the transactions and the group commit of the write path."""

    def __init__(self, path: Path, noted: dict[tuple[str, str], Noting]) -> None:
        self._ledger, self._noted = Ledger.open(path), noted
        self._group: Group[Noting] = Group(self._write_together)

    def execute(self, slot: str, person: str) -> None:
        """Write what signing this person up writes."""
        self._group.join(self._noted[slot, person])

    def _write_together(self, take: Take[Noting]) -> None:
        with self._ledger.store.write() as transaction:
            together = take(MOST_AT_ONCE)
            transaction.append([event for noted in together for event in noted.events])
            changed = {row[0]: row for noted in together for row in noted.changed}
            transaction.save(list(changed.values()), [answer for noted in together for answer in noted.answers])

    def close(self) -> None:
        """Close the log."""
        self._ledger.close()
