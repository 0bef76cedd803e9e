"""Volunteer hours: every entry, the journal of its minutes, and tallies by organisation, person and month."""

from __future__ import annotations

from typing import Any

from domain.hours import Adjusted, Confirmed, CorrectionAsked, Credited, Objected, Posted, Proposed, Upheld, Voided
from ledger.events import Recorded
from ledger.personal import ERASED
from ledger.projection import Projection, Rows
from projections.hours_journal import (
    Entry,
    OwnEntry,
    count_of,
    elsewhere,
    find,
    hours,
    hours_line,
    hours_tally,
    in_slot,
    of_person,
    own,
    person_tally,
    work,
)
from projections.hours_sums import GRADES, STATES, Line, Sum, lines, tally_of, tally_under, total
from projections.moments import day_of
from projections.spoken import blank_when_forgotten, note, register_of

__all__ = [
    "GRADES", "STATES", "Entry", "Line", "OwnEntry", "Sum", "count_of", "elsewhere", "find", "hours", "hours_line", "hours_tally",
    "in_slot", "lines", "of_person", "own", "person_tally", "tally_of", "tally_under", "total", "work",
]  # fmt: skip

WORDS = ("reason", "objection", "answer_reason", "asked_why")
"""What somebody wrote about somebody's hours."""
spoken = register_of("hours_objections")
projection = Projection("hours", 5, hours, hours_line, hours_tally, person_tally, spoken, weight=7)


@projection.on(Proposed)
def proposed(rows: Rows, r: Recorded[Proposed]) -> None:
    """A new entry; an earlier one of the same slot and person was voided and makes room."""
    event = r.event
    day = day_of(event.starts)
    old = rows.get(hours, event.slot, event.person)
    rows.put(
        hours,
        slot=event.slot,
        person=event.person,
        activity=event.activity,
        organisation=event.organisation,
        day=day,
        month=day[:7],
        state="proposed",
        grade=event.grade,
        minutes=event.minutes,
        basis=event.basis,
        reason=r.reason,
        proposer=event.by,
        changed=r.position,
    )
    remember(rows, r)
    if old is not None:
        write(rows, r.position, 2, old, -old["minutes"], -1)
    now = {"organisation": event.organisation, "month": day[:7], "state": "proposed", "grade": event.grade}
    write(rows, r.position, 1, now | {"person": event.person}, event.minutes, 1)


def write(rows: Rows, position: int, part: int, row: dict[str, Any], minutes: int, entries: int) -> None:
    """One line of the journal, and both tallies with it."""
    person, organisation, month = row["person"], row["organisation"], row["month"]
    state, grade = row["state"], row["grade"]
    rows.append(hours_line, position, part, person, organisation, month, state, grade, minutes, entries)
    rows.add(hours_tally, organisation, month, state, grade, minutes=minutes, entries=entries)
    rows.add(person_tally, person, month, state, grade, minutes=minutes, entries=entries)


def remember(rows: Rows, r: Recorded[Any]) -> None:
    """Where somebody wrote why, the entry holds words about its person."""
    if r.reason:
        note(rows, spoken, r.event.person, r.event.slot)


def move(rows: Rows, r: Recorded[Any], state: str | None = None, **columns: Any) -> None:
    """Change an entry and move its minutes: out of the state that it had, into the one that it has. None: back to `before`."""
    old = rows.get(hours, r.event.slot, r.event.person)
    assert old is not None, "an entry that was never proposed"
    state = state or old["before"] or old["state"]
    new = rows.change(hours, r.event.slot, r.event.person, state=state, changed=r.position, **columns)
    write(rows, r.position, 0, old, -old["minutes"], -1)
    write(rows, r.position, 1, new, new["minutes"], 1)


@projection.on(Confirmed)
def confirmed(rows: Rows, r: Recorded[Confirmed]) -> None:
    """Somebody else says that it is right."""
    move(rows, r, "confirmed", minutes=r.event.minutes, confirmer=r.actor)


@projection.on(Posted)
def posted(rows: Rows, r: Recorded[Posted]) -> None:
    """On notice until that day."""
    move(rows, r, "posted", until=r.event.until.isoformat())


@projection.on(Objected)
def objected(rows: Rows, r: Recorded[Objected]) -> None:
    """Somebody says that it is wrong."""
    note(rows, spoken, r.event.person, r.event.slot)
    old = rows.get(hours, r.event.slot, r.event.person) or {}
    move(
        rows,
        r,
        "objected",
        before=old.get("state"),
        objection=r.event.text,
        objection_minutes=r.event.minutes,
        objector=r.actor,
        objected=day_of(r.at),
        answer=None,
        answer_reason=None,
    )


def blank(rows: Rows, slot: str, person: str) -> None:
    """Take the words of an objection out, and what others wrote about the hours; that there was one, and what came of it, stays."""
    found = rows.get(hours, slot, person) or {}
    rows.change(hours, slot, person, **{field: ERASED for field in WORDS if found.get(field)})


blank_when_forgotten(projection, spoken, blank)


@projection.on(CorrectionAsked)
def correction_asked(rows: Rows, r: Recorded[CorrectionAsked]) -> None:
    """One person wants other minutes; no minute moves before another agrees."""
    event = r.event
    remember(rows, r)
    asked = {"asked": event.minutes, "asker": event.by, "asked_why": r.reason, "changed": r.position}
    rows.change(hours, event.slot, event.person, **asked)


SETTLED: dict[str, None] = {"before": None, "asked": None, "asker": None, "asked_why": None}
"""Nothing is open any more: no objection, no correction that waits."""


@projection.on(Upheld)
def upheld(rows: Rows, r: Recorded[Upheld]) -> None:
    """It stays as it was."""
    remember(rows, r)
    move(rows, r, **SETTLED, answer="upheld", answer_reason=r.reason)


@projection.on(Adjusted)
def adjusted(rows: Rows, r: Recorded[Adjusted]) -> None:
    """Other minutes, in the state that it had."""
    remember(rows, r)
    event = r.event
    was = event.minutes - event.delta
    move(rows, r, **SETTLED, minutes=event.minutes, was=was, answer="adjusted", answer_reason=r.reason)


@projection.on(Credited)
def credited(rows: Rows, r: Recorded[Credited]) -> None:
    """Counts for stars."""
    move(rows, r, "credited")


@projection.on(Voided)
def voided(rows: Rows, r: Recorded[Voided]) -> None:
    """Counts nowhere; stays readable."""
    remember(rows, r)
    move(rows, r, "voided", **SETTLED, answer="voided", answer_reason=r.reason)
