"""The component sheet at /styleguide: every component once, from the same macros the pages use.

Registered in the try-out only. The demo figures are invented; they show shapes, not facts.
"""

from flask import Blueprint, render_template

blueprint = Blueprint("styleguide", __name__)

Cell = dict[str, object] | None

_EVENTS: dict[int, list[tuple[str, str, bool]]] = {
    5: [("18:30", "读书小组", False)],
    6: [("09:00", "义剪", True), ("14:00", "候鸟课堂", False), ("19:00", "心理沙龙", False)],
    11: [("19:00", "急救培训", False)],
    13: [("09:00", "爱心义剪", True), ("09:30", "送清凉", False)],
    19: [("08:30", "包粽子", False)],
    28: [("09:00", "走访", False)],
}


def demo_day(day: int) -> Cell:
    """One cell of the demo month, June 2026; None outside it."""
    if not 1 <= day <= 30:
        return None
    events = _EVENTS.get(day, [])
    return {
        "day": day,
        "url": f"#day-{day}",
        "count": len(events),
        "events": events,
        "more": 2 if day == 13 else 0,
        "past": day < 11,
        "today": day == 11,
        "selected": day == 13,
        "mine": any(mine for _, _, mine in events),
        "holiday": {19: "端午", 20: "端午", 21: "端午"}.get(day),
        "workday": day == 28,
    }


def demo_month() -> list[list[Cell]]:
    """The demo month as Monday-first weeks; 1 June 2026 is a Monday."""
    return [[demo_day(week * 7 + weekday) for weekday in range(1, 8)] for week in range(5)]


@blueprint.get("/styleguide")
def index() -> str:
    """Render the component sheet."""
    return render_template("styleguide/index.html", month=demo_month())
