"""Records kept as they came: facts of kinds that have no rules here yet, never dropped and never counted as something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ledger.events import Act, Command, Event
from ledger.execute import decides
from ledger.guards import Guard, evolves


class Kept(Event, topic="record.kept", stream=("record",), personal=("data",), subject="record"):
    """A line of an import, whole: `kind` as the file called it, `record` the thing it speaks of, `period` its month if any."""

    record: str
    number: int
    kind: str
    data: dict[str, Any]
    period: str | None = None


class Record(Guard, kind="record", key=("record",)):
    """How many lines were kept of one thing."""

    lines: int = 0

    @evolves(Kept)
    def kept(self, event: Kept) -> Record:
        return replace(self, lines=self.lines + 1)


@dataclass(frozen=True)
class KeepRecord(Command):
    """Keep a line as it is."""

    record: str
    number: int
    kind: str
    data: dict[str, Any]
    period: str | None = None


@decides(KeepRecord, record=Record.of("record"))
def keep(command: KeepRecord, act: Act, record: Record) -> Iterator[Event]:
    yield Kept(**vars(command))
