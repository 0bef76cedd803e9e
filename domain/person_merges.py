"""Files that may be one person: flagged, told apart, merged, and what the file that stays is then known for. (§3)

What may happen is decided in `duplicates.py`.
"""

from __future__ import annotations

from datetime import date

from ledger.events import Event


class DuplicateFlagged(Event, topic="person.duplicate_flagged", stream=("person",)):
    """These files may be one person; until somebody decides, counts of persons are given from–to."""

    person: str
    candidates: tuple[str, ...]


class DuplicateDismissed(Event, topic="person.duplicate_dismissed", stream=("person",)):
    """These files are different persons after all."""

    person: str
    candidates: tuple[str, ...]


class Merged(Event, topic="person.merged", stream=("person",)):
    """This file and `into` are one person; both streams stay. `carried` are files merged into this one before.

    `over`, `skills`, `born` and `is_sensitive` are what was known here: from now on it is known of the file that stays.
    """

    person: str
    into: str
    carried: tuple[str, ...] = ()
    over: int = 0
    skills: dict[str, date | None] = {}
    born: int = 0
    is_sensitive: bool = False


def both_skills(one: dict[str, date | None], other: dict[str, date | None]) -> dict[str, date | None]:
    """What two files of one person are qualified for; where both are, the one that runs out later (None: never)."""
    return one | {skill: until for skill, until in other.items() if skill not in one or outlasts(until, one[skill])}


def outlasts(until: date | None, other: date | None) -> bool:
    """Whether the first runs out later; None never does."""
    return (until or date.max) > (other or date.max)
