"""Records kept as they came: facts of kinds that have no rules here yet, never dropped and never counted as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from domain.people import Person, need_remembered
from ledger.events import Act, Command, Event
from ledger.execute import decides
from ledger.guards import Guard, evolves

PERSON = re.compile(r"person/([A-Za-z0-9][A-Za-z0-9._-]{0,79})")
"""How files name a person."""
SERVING = frozenset({"worker", "counsellor", "staff", "by", "author", "assisted_by", "handler"})
"""Fields that name who served: a line is not about them."""


class Kept(Event, topic="record.kept", stream=("record",), personal=("data",), subject="record"):
    """A line of an import, whole: `kind` as the file called it, `record` the thing it speaks of, `period` its month if any.

    `about`: the persons of whom the record tells, as far as its lines say so. What it tells goes with any of them.
    """

    record: str
    number: int
    kind: str
    data: dict[str, Any]
    period: str | None = None
    about: tuple[str, ...] = ()

    @property
    def persons(self) -> tuple[str, ...]:
        """Of whom it tells, also where it was written before the log said so."""
        return self.about or persons_in(self.data)


def persons_in(data: Any) -> tuple[str, ...]:
    """The persons whom a line names, but for those who served."""
    if isinstance(data, dict):
        data = [value for name, value in data.items() if name not in SERVING]
    if isinstance(data, str):
        found = PERSON.fullmatch(data)
        return (found[1],) if found else ()
    inner = data if isinstance(data, list | tuple) else ()
    return tuple(dict.fromkeys(person for one in inner for person in persons_in(one)))


class Record(Guard, kind="record", key=("record",)):
    """How many lines were kept of one thing, and whom they name."""

    lines: int = 0
    about: tuple[str, ...] = ()

    @evolves(Kept)
    def kept(self, event: Kept) -> Record:
        return replace(self, lines=self.lines + 1, about=event.about)


@dataclass(frozen=True)
class KeepRecord(Command):
    """Keep a line as it is, of whom it tells beside: nothing of somebody who was forgotten."""

    record: str
    number: int
    kind: str
    data: dict[str, Any]
    period: str | None = None
    about: tuple[str, ...] = ()


@decides(KeepRecord, record=Record.of("record"), persons=Person.of("about"))
def keep(command: KeepRecord, act: Act, record: Record, persons: list[Person]) -> Iterator[Event]:
    for person in persons:
        need_remembered(person)
    named = tuple(dict.fromkeys((*record.about, *command.about)))
    yield Kept(**vars(command) | {"about": named})
