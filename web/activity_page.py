"""One activity as somebody sees it: what its slots offer them, what to know before, how it was earlier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import g, render_template, request

from domain.documents import DOCUMENTS
from domain.words import Side
from projections import activities, activity_lists, organisations, people
from projections.activities import Activity, Slot
from projections.activity_lists import Busy
from web import activity_facts, offers
from web.access import Viewer
from web.house import instant, reached, reader
from web.schemas.activities import SIDES


def draw(activity: Activity, *, side: str = "", refused: dict[str, Any] | None = None) -> str:
    """The page; `side` is whose seats it shows (else what the address says), `refused` what was tried in vain, and why."""
    viewer: Viewer | None = g.viewer
    moment, at = instant(), reached()
    slots = activities.slots(reader(), activity.id)
    busy = busy_with(viewer, slots)
    chosen = side_of(side or request.args.get("side", ""), slots, busy)
    who = offers.asker(viewer, busy, slots)
    offered = [offers.offer(one, chosen, who, moment) for one in slots]
    first = slots[0].starts if slots else moment
    times, earlier = activity_lists.earlier(reader(), activity.title, activity.id, first)
    return render_template(
        "activities/page.html",
        activity=activity,
        home=f"/activities/{quote(activity.id)}",
        when=activity_facts.when(activity, slots) or "还没定日子",
        dated=len({one.starts[:10] for one in slots}) > 1,
        under=under(activity, slots),
        side=chosen,
        coming=[one for one in offered if offers.end_of(one.slot.starts, one.slot.ends) > moment],
        past=[one for one in offered if offers.end_of(one.slot.starts, one.slot.ends) <= moment],
        sides=[name for name in SIDES if any(offers.has_side(one, name) for one in slots)],
        parts=activity_facts.parts(slots),
        said=activity_facts.said_first(activity, slots),
        times=times,
        last=earlier[0] if earlier else None,
        shown=len(earlier),
        chart=activity_facts.chart(earlier),
        runs=viewer is not None and activity.organisation in viewer.at("planning.edit"),
        may_trace=viewer is not None and activity.organisation in viewer.at("audit.thing"),
        documents=DOCUMENTS,
        there=set((activity.documents or "").split()),
        refused=refused,
        phase=offers.phase,
        now=moment,
        at=at,
    )


def busy_with(viewer: Viewer | None, slots: Sequence[Slot]) -> list[Busy]:
    """What the viewer is on a list for around the time of the slots."""
    if viewer is None or not slots:
        return []
    until = max(offers.end_of(one.starts, one.ends) for one in slots)
    return activity_lists.busy(reader(), viewer.person, offers.day_before(slots[0].starts), until)


def side_of(wanted: str, slots: Sequence[Slot], busy: Sequence[Busy]) -> Side:
    """The side that is shown: the wanted one, else where the viewer is, else volunteers where there are seats for any."""
    ids = {slot.id for slot in slots}
    if wanted not in SIDES:
        wanted = next((one.side for one in busy if one.slot in ids), "")
    if not wanted:
        wanted = "volunteer" if not slots or any(slot.volunteer_seats != 0 for slot in slots) else "participant"
    return "participant" if wanted == "participant" else "volunteer"


def under(activity: Activity, slots: Sequence[Slot]) -> str:
    """Whose it is, whom one can ask (they act in office), and how places are given."""
    organisation = organisations.find(reader(), activity.organisation)
    ids = (activity.contacts or "").split()
    known = people.names(reader(), ids)
    contacts = "、".join(known[one] for one in ids if one in known)
    reviewed = any(slot.approval == "reviewed" for slot in slots)
    parts = (
        organisation.name if organisation else "",
        f"联系人 {contacts}" if contacts else "",
        "报名要审核" if reviewed else "报名先到先得" if slots else "",
    )
    return " · ".join(part for part in parts if part)
