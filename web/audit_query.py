"""From what was typed on the audit page to a filter: names become ids, and nobody reads beyond their scope."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import abort, g, request
from sqlalchemy import bindparam, or_, select

from domain.words import LABELS
from projections import organisations, people
from projections.activities import activity
from projections.audit import Filter, Scope
from web import access, sight
from web.forms import load
from web.house import reader
from web.pickers import search
from web.rights import OFFICES
from web.schemas.audit import AuditQuery

MOST_MATCHES = 50
OFFICE_NAMES = {LABELS[office]: office for office in OFFICES}
PAGING = ("before", "after")
_titled = (
    select(activity.c.id)
    .where(or_(activity.c.title.like(bindparam("pattern"), escape="\\"), activity.c.id == bindparam("text")))
    .limit(MOST_MATCHES)
)


class Query(msgspec.Struct, frozen=True):
    """What was asked: the filter, what was typed (for the form and for links), and where the page begins."""

    filter: Filter
    typed: dict[str, str]
    before: int | None
    after: int | None
    errors: dict[str, list[str]]

    @property
    def keep(self) -> dict[str, Any]:
        """The arguments that paging carries on."""
        return {name: value for name, value in self.typed.items() if value and name not in PAGING}


def scope() -> Scope:
    """Whose events the viewer may read: of what they review or staff, and for the city's reviewers those of nobody."""
    viewer: access.Viewer = g.viewer
    homeless = viewer.at("audit.homeless")
    in_city = any(one.kind == "city_union" for one in organisations.every(reader()) if one.id in homeless)
    return Scope(viewer.at("audit.event"), homeless=in_city)


def query() -> Query:
    """Read this request's filters; those with a mistake are told and do not filter. Aborts with 404 beyond the scope."""
    values, errors = load(AuditQuery(), request.args)
    allowed = scope()
    wanted: dict[str, Any] = {"topic": values.get("topic"), "source": values.get("source")}
    if organisation := values.get("organisation"):
        if organisation not in allowed.organisations:
            abort(404)
        wanted["organisations"] = organisations.under(reader(), [organisation])
    if actor := values.get("actor"):
        wanted["actors"] = (actor, *people_called(actor, allowed), *in_office(actor, allowed))
    if thing := values.get("thing"):
        wanted |= about(things_called(thing, allowed))
    for name, typed_as in (("since", "from"), ("until", "to")):
        day = values.get(typed_as)
        wanted[name] = day.isoformat() if day else None
    known = Filter(allowed, by=values.get("by", "recorded"), late=bool(values.get("late")), **wanted)
    typed = {name: request.args.get(name, "").strip() for name in NAMES}
    return Query(known, typed, values.get("before"), values.get("after"), errors)


NAMES = ("actor", "thing", "organisation", "topic", "source", "from", "to", "by", "late")


def about(things: tuple[str, ...]) -> dict[str, Any]:
    """These things as the filter wants them: what mentions somebody who is sealed is not found by them."""
    seen = sight.of(thing.removeprefix("person:") for thing in things if thing.startswith("person:"))
    hidden = frozenset(f"person:{key}" for key, one in seen.items() if one.way == "hidden")
    return {"things": things, "hidden": hidden}


def people_called(text: str, allowed: Scope) -> tuple[str, ...]:
    """Ids of people of the scope whose name, pinyin or id is like this."""
    return tuple(one.id for one in search(text, MOST_MATCHES, allowed.organisations))


def in_office(text: str, allowed: Scope) -> list[str]:
    """Ids of those who hold the office of this name in the scope or above it, or did: either acts for the scope."""
    held = OFFICE_NAMES.get(text)
    return people.ever_in(reader(), held, organisations.above(reader(), allowed.organisations)) if held else []


def things_called(text: str, allowed: Scope) -> tuple[str, ...]:
    """Tags of what goes by this: a tag itself, an id of any kind, people by name, activities by title."""
    if ":" in text:
        return (text,)
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    titled = reader().execute(_titled, {"pattern": f"%{escaped}%", "text": text}).scalars()
    return (
        *(f"{kind}:{text}" for kind in ("person", "slot", "activity", "organisation", "bulletin", "record")),
        *(f"person:{one}" for one in people_called(text, allowed)),
        *(f"activity:{one}" for one in titled),
    )
