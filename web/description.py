"""The description of an activity as its organiser changes it: only what is new is written down.

Whom one can ask stands in it: whoever made it, or colleagues in office. Their names are on a page for everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g

from projections import viewers
from projections.activities import Activity
from web import permissions, sight
from web.house import reader, today

MISSING = "至少选一位联系人：报了名的人有事要找得到人。"


def offered(activity: Activity) -> list[tuple[str, str]]:
    """Who may be named (id, name): those who run its organisation's activities today, and the viewer, and who is named already."""
    runs = permissions.NAMED["planning.edit"].offices
    holders = viewers.holders(reader(), runs, today(), [activity.organisation])
    named = activity.contacts.split()
    names = sight.names({*named, g.viewer.person, *(one.person for one in holders)})
    return sorted(names.items(), key=lambda pair: (pair[0] not in named, pair[1]))


def fits(activity: Activity, named: Collection[str]) -> bool:
    """Whether somebody is named, and nobody who is not offered."""
    return bool(named) and set(named) <= dict(offered(activity)).keys()


def changes(activity: Activity, given: dict[str, Any]) -> dict[str, Any]:
    """What was typed that differs from what stands there, so that the history says what changed."""
    named = given.get("contacts") or []
    found = {name: value for name, value in given.items() if name != "contacts"}
    found = {name: value for name, value in found.items() if value != (getattr(activity, name) or "")}
    return found | ({"contacts": tuple(named)} if named and set(named) != set(activity.contacts.split()) else {})
