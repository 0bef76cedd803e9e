"""Whom one can ask about an activity: whoever made it, or colleagues in office. Their names stand on a page for everybody."""

from __future__ import annotations

from collections.abc import Iterable

from flask import g

from projections import people
from projections.activities import Activity
from web import permissions, sight
from web.house import reader, today

MISSING = "至少选一位联系人：报了名的人有事要找得到人。"


def offered(activity: Activity) -> list[tuple[str, str]]:
    """Who may be named (id, name): those who run its organisation's activities today, and the viewer, and who is named already."""
    runs = permissions.NAMED["planning.edit"].offices
    holders = people.holders(reader(), [activity.organisation], runs, today())
    named = (activity.contacts or "").split()
    names = sight.names({*named, g.viewer.person, *(one.person for one in holders)})
    return sorted(names.items(), key=lambda pair: (pair[0] not in named, pair[1]))


def fits(activity: Activity, named: Iterable[str]) -> bool:
    """Whether somebody is named, and nobody who is not offered."""
    wanted = set(named)
    return bool(wanted) and wanted <= dict(offered(activity)).keys()
