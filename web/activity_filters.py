"""What a list or a month of activities is narrowed to, and how its addresses keep that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import g, request, url_for

from domain.words import Side
from projections import activity_lists, enrolments, organisations
from projections.activities import Slot
from projections.activity_lists import Listed
from projections.enrolments import Commitment
from web import offers
from web.access import Viewer
from web.forms import load
from web.house import instant, reader
from web.schemas.activities import ONLY, SIDES, ListFilter


def asked() -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What the address asks for, with defaults for what is wrong in it, and the sentences about that."""
    wanted, errors = load(ListFilter(), request.args)
    return {"from": None, "q": "", "organisation": "", "side": "", "narrow": [], "day": None} | wanted, errors


def address(endpoint: str, wanted: dict[str, Any], **changed: Any) -> str:
    """A page's address with the filters as they are, some of them changed."""
    kept = {name: wanted[name] for name in ("from", "q", "organisation", "side", "narrow")} | changed
    return url_for(endpoint, **{name: value for name, value in kept.items() if value})


def fits(one: Listed, wanted: dict[str, Any], mine: dict[str, Commitment]) -> bool:
    """Whether a slot passes the filters of the chips."""
    slot, only, side = one.slot, wanted["narrow"], wanted["side"]
    sides = [name for name in SIDES if side in ("", name) and offers.has_side(slot, name)]
    return bool(sides) and (
        ("free" not in only or is_free(slot, instant(), sides))
        and ("unskilled" not in only or not slot.skills)
        and ("weekend" not in only or date.fromisoformat(slot.starts[:10]).weekday() >= 5)
        and ("evening" not in only or slot.starts[11:13] >= "18")
        and ("mine" not in only or is_mine(mine.get(slot.id)))
    )


def is_mine(place: Commitment | None) -> bool:
    """Whether somebody is on the list of the slot."""
    return place is not None and place.state in enrolments.HERE


def find(since: str, until: str, wanted: dict[str, Any]) -> tuple[list[Listed], dict[str, Commitment]]:
    """The slots between two local days that the search matches, and the viewer's place in each."""
    viewer: Viewer | None = g.viewer
    found = activity_lists.between(reader(), since, until, text=wanted["q"], **scope(wanted))
    slots = [one.slot.id for one in found]
    return found, enrolments.of_person_in(reader(), viewer.person, slots) if viewer else {}


def scope(wanted: dict[str, Any]) -> dict[str, Any]:
    """Whose drafts are in sight, and below which organisation is looked."""
    chosen = wanted["organisation"]
    return {
        "runs": g.viewer.at("planning.edit") if g.viewer else (),
        "within": organisations.under(reader(), [chosen]) if chosen else None,
    }


def switches(
    endpoint: str, wanted: dict[str, Any], names: tuple[str, ...], **more: Any
) -> list[tuple[str, str, bool, None]]:
    """The chips that turn filters on and off: words, address, whether on."""
    only = wanted["narrow"]
    found: list[tuple[str, str, bool, None]] = []
    for name in names:
        turned = [one for one in only if one != name] if name in only else [*only, name]
        found.append((ONLY[name], address(endpoint, wanted, narrow=turned, **more), name in only, None))
    for side, words in (("volunteer", "志愿者席"), ("participant", "参与者席")):
        is_on = wanted["side"] == side
        found.append((words, address(endpoint, wanted, side="" if is_on else side, **more), is_on, None))
    return found


def is_free(slot: Slot, at: str, sides: Sequence[Side] = SIDES) -> bool:
    """Whether one can still sign up at a local time and a seat of one of these sides is free."""
    return (
        slot.state == "open"
        and at <= offers.closes(slot)
        and any(offers.has_side(slot, side) and offers.has_room(slot, side) for side in sides)
    )
