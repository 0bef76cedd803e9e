"""The doors of the navigation, for whoever they are open to: drawn once for each set of doors and the room one is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask import current_app, g, request, url_for
from markupsafe import Markup

from web.access import Viewer, Who


@dataclass(frozen=True)
class Door:
    """One entry of the navigation; `rooms` are the blueprints that belong to it."""

    label: str
    icon: str
    endpoint: str
    who: Who
    rooms: tuple[str, ...]


DOORS = (
    Door("活动", "cal", "activities.index", "everybody", ("activities", "planning", "slots", "rosters")),
    Door("我的记录", "book", "enrolments.mine", "signed_in", ("enrolments",)),
    Door("时长", "clock", "hours.index", "staff", ("hours",)),
    Door("探访", "phone", "visits.index", "staff", ("visits",)),
    Door("人员", "people", "people.index", "staff", ("people",)),
    Door("送达", "bell", "deliveries.index", "staff", ("deliveries",)),
    Door("月报", "chart", "months.latest", "reviewer", ("months",)),
    Door("记录", "list", "audit.index", "reviewer", ("audit", "status")),
)
KINDS = tuple(dict.fromkeys(door.who for door in DOORS))
"""For whom there are doors."""


class Navigation(NamedTuple):
    """The same doors twice: in the masthead, and at the foot of a phone."""

    masthead: Markup
    tabbar: Markup


def navigation() -> Navigation:
    """What leads on from this page."""
    viewer: Viewer | None = g.get("viewer")
    kinds = tuple(who for who in KINDS if viewer.may(who)) if viewer is not None else ("everybody",)
    return drawn(kinds, request.blueprint)


@lru_cache(maxsize=256)
def drawn(kinds: tuple[Who, ...], room: str | None) -> Navigation:
    """Both bars, seen from a blueprint; they say nothing of who looks, so few of them serve everybody."""
    doors = [door for door in DOORS if door.who in kinds]
    here = next((door for door in doors if room in door.rooms), None)
    items = [(door.label, door.icon, url_for(door.endpoint), door is here) for door in doors]
    component = current_app.jinja_env.get_template("_components/navigation.html").module
    return Navigation(component.masthead(items), component.tabbar(items))  # type: ignore[attr-defined]  # macros
