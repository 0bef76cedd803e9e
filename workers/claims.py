"""Printed figures: which computed figure of the month each can be held against."""

from __future__ import annotations

import re

from domain.bulletins import ClaimFigure
from ledger.events import Command
from workers.context import Context
from workers.facts import Line

MEASURES: dict[tuple[str, str], str] = {
    ("themed activities", "场次"): "sessions",
    ("haircut sessions", "场次"): "sessions",
    ("workers served", "人次"): "participations",
    ("haircut", "人次"): "participations",
    ("haircut participants", "名"): "activity_persons",
    ("phone visits", "人"): "persons_visited",
    ("visited", "人"): "persons_visited",
    ("phone visits", "户"): "households",
    ("table rows", "行"): "visits",
    ("towns visited", "镇区"): "visit_places",
    ("towns 探访", "镇区"): "visit_places",
    ("wishes", "个"): "wishes",
    ("counselling", "人"): "counselling_persons",
    ("counselling", "小时"): "counselling_minutes",
}
"""By what was printed and its unit. What stands here not at all (help messages, "since 2019", 近年来) no log can know."""


def figure_claimed(line: Line, context: Context) -> list[Command]:
    """A printed number, held against its month; `data.measure` says it outright where the file knows."""
    what, unit = line.text("what"), line.text("unit")
    period = context.periods.get(line.key) or line.text("period")
    return [
        ClaimFigure(
            bulletin=line.key,
            figure=line.text("figure"),
            period=period,
            section=line.maybe_text("section"),
            value=line.whole("value"),
            unit=unit,
            what=what,
            organisation=context.organisation,
            measure=line.maybe_text("measure") or MEASURES.get((re.split(r",| \(", what)[0].strip(), unit)),
            as_of=line.maybe_text("as_of") or None,
        )
    ]
