"""The doors of the navigation, for whoever they are open to: drawn once for each set of doors and the room one is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask import current_app, g, request, url_for
from markupsafe import Markup

from web import permissions
from web.access import Viewer


@dataclass(frozen=True)
class Door:
    """One entry of the navigation; `rooms` are the blueprints that belong to it."""

    label: str
    icon: str
    endpoint: str
    rooms: tuple[str, ...]


DOORS = (
    Door("活动", "cal", "activities.index", ("activities", "planning", "slots", "rosters")),
    Door("我的记录", "book", "enrolments.mine", ("enrolments",)),
    Door("时长", "clock", "hours.index", ("hours", "purchases")),
    Door("探访", "phone", "visits.index", ("visits",)),
    Door("人员", "people", "people.index", ("people", "organisations")),
    Door("送达", "bell", "deliveries.index", ("deliveries",)),
    Door("月报", "chart", "months.latest", ("months",)),
    Door("记录", "list", "audit.index", ("audit", "status", "permissions")),
)


class Navigation(NamedTuple):
    """The same doors twice: in the masthead, and at the foot of a phone."""

    masthead: Markup
    tabbar: Markup


def navigation() -> Navigation:
    """What leads on from this page."""
    viewer: Viewer | None = g.get("viewer")
    doors = tuple(door.endpoint for door in DOORS if is_open(door.endpoint, viewer))
    return drawn(doors, request.blueprint)


def is_open(endpoint: str, viewer: Viewer | None) -> bool:
    """Whether a page is open to them, or to nobody in particular."""
    right = permissions.of(endpoint)
    return viewer.may(endpoint) if viewer is not None else right is not None and right.anybody


@lru_cache(maxsize=256)
def drawn(endpoints: tuple[str, ...], room: str | None) -> Navigation:
    """Both bars, seen from a blueprint; they say nothing of who looks, so few of them serve everybody."""
    doors = [door for door in DOORS if door.endpoint in endpoints]
    here = next((door for door in doors if room in door.rooms), None)
    items = [(door.label, door.icon, url_for(door.endpoint), door is here) for door in doors]
    component = current_app.jinja_env.get_template("_components/navigation.html").module
    return Navigation(component.masthead(items), component.tabbar(items))  # type: ignore[attr-defined]  # macros
