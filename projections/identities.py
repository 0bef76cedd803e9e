"""How many people stand behind several files: merged ones are one person, flagged ones may be, so counts go from–to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from projections.journal import identity


class Span(msgspec.Struct, frozen=True):
    """A count of persons from–to; both ends are equal where no identity is open."""

    min: int
    max: int

    @property
    def is_sure(self) -> bool:
        """Whether it is one number."""
        return self.min == self.max

    def __str__(self) -> str:
        return str(self.max) if self.is_sure else f"{self.min}–{self.max}"


class Groups:
    """Union-find over files: who is joined with whom."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, person: str) -> str:
        """The file that stands for a group."""
        while person in self._above:
            person = self._above[person]
        return person

    def join(self, persons: Iterable[str]) -> None:
        """Make these one group."""
        first, *others = (self.root(person) for person in persons)
        for other in others:
            if self.root(other) != self.root(first):
                self._above[self.root(other)] = self.root(first)

    def count(self, persons: Iterable[str]) -> int:
        """How many groups these files fall into."""
        return len({self.root(person) for person in persons})


class Identities:
    """What was known at a position about files being one person."""

    def __init__(self, judgements: Iterable[tuple[str, str]]) -> None:
        """`judgements` are (verb, ids joined by a blank) in the order of the log; a dismissal ends the flags before it."""
        self.sure, self.possible = Groups(), Groups()
        pairs: dict[tuple[str, str], None] = {}
        for verb, persons in judgements:
            several = sorted(set(persons.split()))
            if verb == "merged":
                self.sure.join(several)
                self.possible.join(several)
            elif verb == "flagged":
                pairs.update(dict.fromkeys(combinations(several, 2)))
            else:
                for pair in combinations(several, 2):
                    pairs.pop(pair, None)
        for pair in pairs:
            self.possible.join(pair)

    def span(self, persons: Iterable[str]) -> Span:
        """From–to how many persons these files are."""
        files = set(persons)
        return Span(self.possible.count(files), self.sure.count(files))


_judgements = (
    select(identity.c.verb, identity.c.persons)
    .where(identity.c.position <= bindparam("until"))
    .order_by(identity.c.position)
)


def known_at(connection: Connection, until: int) -> Identities:
    """What was known at this position."""
    return Identities(connection.execute(_judgements, {"until": until}))
