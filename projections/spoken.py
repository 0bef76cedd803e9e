"""Where free words about a person stand in a read model, so that they can be taken out again when the person is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Column, MetaData, Table, Text

from domain.person_states import Forgotten
from ledger.events import Recorded
from ledger.projection import Projection, Rows

Blank = Callable[[Rows, str, str], None]
"""Takes the words out of one row: `(rows, key, person)`."""


def register_of(name: str) -> Table:
    """A table that remembers, by person, the keys of the rows that hold words about them, joined by a blank."""
    return Table(name, MetaData(), Column("person", Text, primary_key=True), Column("keys", Text, nullable=False))


def note(rows: Rows, register: Table, person: str, key: str) -> None:
    """This row holds words about this person."""
    keys = list(keys_of(rows, register, person))
    if key not in keys:
        rows.put(register, person=person, keys=" ".join([*keys, key]))


def keys_of(rows: Rows, register: Table, person: str) -> Iterator[str]:
    """The rows that hold words about this person."""
    yield from (rows.get(register, person) or {"keys": ""})["keys"].split()


def blank_when_forgotten(projection: Projection, register: Table, blank: Blank) -> None:
    """Let a projection take out the words about whoever is forgotten."""

    @projection.on(Forgotten)
    def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
        """Every row that the register names."""
        for person in (r.event.person, *r.event.carried):
            for key in keys_of(rows, register, person):
                blank(rows, key, person)
