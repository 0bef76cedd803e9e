"""The facts from which journeys from served to serving are read: what was received, signed up for, given, and by which human. (§5)

Only facts are kept, each under the event that can take it back, so that a void, a correction or a merge needs no
recomputing: `projections.stories` reads the journey from the facts that stand.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from domain import hours, receipts
from domain.activities import SlotAdded
from domain.enrolments import Accepted, Requested, Waitlisted
from domain.person_merges import Merged
from ledger.events import Recorded
from ledger.projection import Projection, Rows
from projections.moments import local

tables = MetaData()
served = Table(
    "served",  # every receipt that stands
    tables,
    Column("contact", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("latest", Text, nullable=False),  # the last instant it can have been, as sortable text (see `latest`)
    Column("sealed", Integer, default=0),
    Column("assisted_by", Text),  # person ids joined by a blank
    Column("position", Integer),
)
joined = Table(
    "joined",  # the first sign-up of a volunteer for a slot
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("moment", Text, nullable=False),  # local wall time
    Column("organisation", Text),  # whose slot it is
    Column("position", Integer),
)
held = Table(
    "held",  # whose a slot is
    tables,
    Column("slot", Text, primary_key=True),
    Column("organisation", Text),
)
gave = Table(
    "gave",  # every entry of hours that is not voided; it counts once confirmed
    tables,
    Column("slot", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("starts", Text, nullable=False),  # local wall time of the slot
    Column("minutes", Integer, nullable=False),
    Column("confirmed", Integer, default=0),  # the position of the confirmation
)
assist = Table(
    "assist",  # who helped at a visit; who helped at an activity is told by `gave`
    tables,
    Column("contact", Text, primary_key=True),
    Column("person", Text, primary_key=True),  # who received
    Column("volunteer", Text, primary_key=True),
)
human = Table(
    "human",  # files that were merged away
    tables,
    Column("person", Text, primary_key=True),
    Column("root", Text, nullable=False),
)
Index("served_person", served.c.person)
Index("joined_person", joined.c.person)
Index("gave_person", gave.c.person, gave.c.starts)
Index("assist_volunteer", assist.c.volunteer)
Index("human_root", human.c.root)
projection = Projection("journeys", 2, served, held, joined, gave, assist, human, weight=3)


def latest(r: Recorded[receipts.Received]) -> str:
    """The last instant at which a service can have been received: the moment of an activity's check-in, else `day~`.

    `~` sorts behind every time of that day and behind every day of a month, so that whoever is said to have been served
    first surely was.
    """
    day = r.event.day
    if r.event.slot and r.precision in ("moment", "minute"):
        moment = local(r.at)
        if moment.startswith(day):
            return moment
    return day + "~"


@projection.on(receipts.Received)
def received(rows: Rows, r: Recorded[receipts.Received]) -> None:
    e = r.event
    rows.put(
        served,
        contact=e.contact,
        person=e.person,
        organisation=e.organisation,
        day=e.day,
        latest=latest(r),
        sealed=int(e.sealed),
        assisted_by=" ".join(e.assisted_by),
        position=r.position,
    )
    for volunteer in e.assisted_by:
        rows.put(assist, contact=e.contact, person=e.person, volunteer=volunteer)


@projection.on(receipts.Voided)
def receipt_voided(rows: Rows, r: Recorded[receipts.Voided]) -> None:
    e = r.event
    for volunteer in ((rows.get(served, e.contact, e.person) or {}).get("assisted_by") or "").split():
        rows.delete(assist, e.contact, e.person, volunteer)
    rows.delete(served, e.contact, e.person)


@projection.on(SlotAdded)
def slot_added(rows: Rows, r: Recorded[SlotAdded]) -> None:
    rows.put(held, slot=r.event.slot, organisation=r.event.organisation)


@projection.on(Requested, Accepted, Waitlisted)
def signed_up(rows: Rows, r: Recorded[Requested | Accepted | Waitlisted]) -> None:
    e = r.event
    if e.side == "volunteer":
        moment = local(r.at)
        owner = (rows.get(held, e.slot) or {}).get("organisation")
        rows.keep(joined, slot=e.slot, person=e.person, moment=moment, organisation=owner, position=r.position)


@projection.on(hours.Proposed)
def proposed(rows: Rows, r: Recorded[hours.Proposed]) -> None:
    e = r.event
    starts = local(e.starts)
    rows.put(
        gave,
        slot=e.slot,
        person=e.person,
        activity=e.activity,
        organisation=e.organisation,
        starts=starts,
        minutes=e.minutes,
    )


@projection.on(hours.Confirmed)
def confirmed(rows: Rows, r: Recorded[hours.Confirmed]) -> None:
    rows.change(gave, r.event.slot, r.event.person, minutes=r.event.minutes, confirmed=r.position)


@projection.on(hours.Adjusted)
def adjusted(rows: Rows, r: Recorded[hours.Adjusted]) -> None:
    rows.change(gave, r.event.slot, r.event.person, minutes=r.event.minutes)


@projection.on(hours.Voided)
def hours_voided(rows: Rows, r: Recorded[hours.Voided]) -> None:
    rows.delete(gave, r.event.slot, r.event.person)


@projection.on(Merged)
def merged(rows: Rows, r: Recorded[Merged]) -> None:
    for file in (r.event.person, *r.event.carried):
        rows.put(human, person=file, root=r.event.into)
