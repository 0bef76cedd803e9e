"""Duplicates: flags that nobody settled yet, and what a file that stays is known for, folded into the files (`people.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.engine import Connection

from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged, outlasts
from ledger.events import Recorded
from ledger.projection import Rows
from projections.people import projection
from projections.person_files import Duplicate, duplicate, person, qualification


@projection.on(DuplicateFlagged)
def flagged(rows: Rows, r: Recorded[DuplicateFlagged]) -> None:
    rows.put(duplicate, position=r.position, candidates=" ".join(r.event.candidates))
    for candidate in r.event.candidates:
        row = rows.get(person, candidate)
        if row:
            rows.change(person, candidate, flags=f"{row['flags'] or ''} {r.position}".strip())


@projection.on(DuplicateDismissed)
def dismissed(rows: Rows, r: Recorded[DuplicateDismissed]) -> None:
    cleared = set(r.event.candidates)
    for position, candidates in open_flags(rows, r.event.candidates):
        if cleared.issuperset(candidates):
            settle(rows, position, candidates, r.position)


@projection.on(Merged)
def merged(rows: Rows, r: Recorded[Merged]) -> None:
    e = r.event
    for file in (e.person, *e.carried):
        rows.change(person, file, root=e.into)
    carry(rows, e)
    for position, candidates in open_flags(rows, (e.person, e.into, *e.carried)):
        found = [(rows.get(person, candidate) or {}).get("root") or candidate for candidate in candidates]
        if len(set(found)) == 1:
            settle(rows, position, candidates, r.position)


def carry(rows: Rows, merged: Merged) -> None:
    """The file that stays counts what both were known for; of one qualification twice, the one that runs out later."""
    into = merged.into
    known = (rows.get(person, into) or {}).get("over") or 0
    if merged.over > known:
        rows.change(person, into, over=merged.over)
    one, other = (rows.get(person, file) or {} for file in (merged.person, into))
    if merged.born and not other.get("born"):
        rows.change(person, into, born=merged.born)
    if merged.is_sensitive:
        kinds = {*(one.get("marks") or "").split(), *(other.get("marks") or "").split()}
        rows.change(person, into, marks=" ".join(sorted(kinds)))
    for skill, until in merged.skills.items():
        row = rows.get(qualification, into, skill)
        if row is None or outlasts(until, row["until"] and date.fromisoformat(row["until"])):
            rows.put(qualification, person=into, skill=skill, until=until.isoformat() if until else None)


def open_flags(rows: Rows, files: Iterable[str]) -> list[tuple[int, list[str]]]:
    """The open flags that name any of these files: position and candidates."""
    named = {flag for file in files for flag in ((rows.get(person, file) or {}).get("flags") or "").split()}
    found = ((int(flag), rows.get(duplicate, int(flag))) for flag in sorted(named, key=int))
    return [(position, row["candidates"].split()) for position, row in found if row]


def settle(rows: Rows, position: int, candidates: list[str], settled: int) -> None:
    """Close a flag and forget it at its candidates."""
    rows.change(duplicate, position, settled=settled)
    for candidate in candidates:
        flags = ((rows.get(person, candidate) or {}).get("flags") or "").split()
        rows.change(person, candidate, flags=" ".join(flag for flag in flags if flag != str(position)))


_open = select(duplicate.c.position, duplicate.c.candidates).where(duplicate.c.settled.is_(None))


def open_duplicates(connection: Connection, person_id: str | None = None) -> list[Duplicate]:
    """Flags that nobody settled yet; those that name this person, where given."""
    found = [Duplicate(position, tuple(ids.split())) for position, ids in connection.execute(_open)]
    return [flag for flag in found if person_id is None or person_id in flag.candidates]
