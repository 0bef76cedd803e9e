"""What each kind of fact becomes: one table from the kind's name to the function that gives its commands."""

from __future__ import annotations

from collections.abc import Sequence

from domain.records import KeepRecord, persons_in
from workers import map_activities, map_enrolments, map_people
from workers.claims import figure_claimed
from workers.context import Context, Mapping, Step
from workers.facts import Line

TABLE: dict[str, Mapping] = {
    **map_people.TABLE,
    **map_activities.TABLE,
    **map_enrolments.TABLE,
    "FigureClaimed": figure_claimed,
}
"""`kind → function(line, context) → commands`. `docs/import.md` lists the fields of each kind."""

RULED = (
    "Organisation", "Person", "Role", "Identity", "Qualification", "Consent", "PossibleDuplicate", "Duplicate",
    "Activity", "Session", "Slot", "Enrolment", "CheckedIn", "CheckedOut", "NoShow", "Attendance", "Hours", "Receipt",
    "ServiceReceipt", "Figure",
)  # fmt: skip
"""Kinds that begin so have rules here; one of them that the table does not know is a mistake and not kept silently."""


def steps_of(line: Line, context: Context) -> Sequence[Step]:
    """The commands of a line; a kind that has no rules here yet is kept as it is. Raises BadLine."""
    if mapping := TABLE.get(line.raw.type):
        return mapping(line, context)
    if line.raw.type.startswith(RULED):
        line.wrong(f"不认识的类型“{line.raw.type}”。")
    return keep(line)


def keep(line: Line) -> list[Step]:
    """Keep the line whole, under its month where one is known."""
    period = line.maybe_text("period") or (line.raw.occurred or "")[:7] or None
    about = persons_in([line.raw.stream, line.raw.data])
    return [KeepRecord(line.own_key, line.number, line.raw.type, line.raw.data, period, about)]
