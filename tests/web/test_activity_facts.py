"""What a page tells about an activity."""

from __future__ import annotations

from projections.activity_lists import Earlier
from web.activity_facts import chart


def test_a_chart_of_nobody_is_not_drawn() -> None:
    assert (
        chart([Earlier("a1.1", "a1", "2026-11-19T16:00", 17, 0), Earlier("a2.1", "a2", "2026-09-12T08:30", 12, 0)])
        == ""
    )
