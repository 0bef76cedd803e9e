"""The figures of a month as a journal: every event that moves a figure is a line, so a figure opens into its events.

Figures themselves are sums over these lines (`figures.py`), as of any position.
"""

from __future__ import annotations

from typing import Any

from domain import hours, receipts
from domain.activities import (
    Cancelled,
    Drafted,
    HeadcountConfirmed,
    SlotAdded,
    SlotCancelled,
    SlotClosed,
    SlotReopened,
)
from domain.bulletins import FigureClaimed
from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged
from domain.records import Kept
from domain.words import activity_of
from ledger.events import Recorded
from ledger.projection import Rows
from projections.journal import bulletin, claim, counted, identity, write
from projections.journal import projection as projection
from projections.moments import day_of

FORMS = {"activity": "participations", "phone_visit": "visits", "home_visit": "visits", "counselling": "counselling"}
"""The measure that a receipt of a form adds one to."""
KEPT = {"WishCollected": "wishes", "TicketOpened": "tickets"}
"""Kinds of kept records that a bulletin counts, although their rules come later."""


@projection.on(SlotClosed, SlotReopened)
def session(rows: Rows, r: Recorded[SlotClosed | SlotReopened]) -> None:
    event = r.event
    amount = 1 if type(event) is SlotClosed else -1
    write(
        rows, r, "sessions", amount, day_of(event.starts),
        organisation=event.organisation, place=place_of(rows, event.slot), thing=f"slot:{event.slot}",
    )  # fmt: skip


@projection.on(HeadcountConfirmed)
def heads(rows: Rows, r: Recorded[HeadcountConfirmed]) -> None:
    """A later count replaces an earlier one, so the line is the difference."""
    event = r.event
    if event.side != "participant":
        return
    key = f"headcount:{event.slot}"
    before = rows.get(counted, key)
    write(
        rows, r, "participations", event.count - (before["amount"] if before else 0), day_of(event.starts),
        organisation=event.organisation, place=place_of(rows, event.slot), thing=f"slot:{event.slot}",
    )  # fmt: skip
    rows.change(counted, key, amount=event.count)


def place_of(rows: Rows, slot: str) -> str | None:
    """Where a slot takes place."""
    known = rows.get(counted, f"slot:{slot}")
    return known["place"] if known else None


@projection.on(receipts.Received)
def received(rows: Rows, r: Recorded[receipts.Received]) -> None:
    event = r.event
    about = {
        "organisation": event.organisation,
        "person": event.person,
        "place": event.place or (place_of(rows, event.slot) if event.slot else None),
        "household": event.household,
        "sealed": int(event.sealed),
    }
    rows.put(
        counted, thing=r.originator_id, day=event.day, measure=FORMS[event.form], minutes=event.minutes or 0, **about
    )
    write_receipt(rows, r, FORMS[event.form], event.day, event.minutes or 0, 1, about)


@projection.on(receipts.Voided)
def receipt_voided(rows: Rows, r: Recorded[receipts.Voided]) -> None:
    before = rows.get(counted, r.originator_id)
    if before is None:
        return
    about = {name: before[name] for name in ("organisation", "person", "place", "household", "sealed")}
    write_receipt(rows, r, before["measure"], before["day"], before["minutes"], -1, about)
    rows.delete(counted, r.originator_id)


def write_receipt(
    rows: Rows, r: Recorded[Any], measure: str, day: str, minutes: int, sign: int, about: dict[str, Any]
) -> None:
    """One contact, and for counselling its minutes beside it."""
    write(rows, r, measure, sign, day, **about)
    if measure == "counselling":
        write(rows, r, "counselling_minutes", sign * minutes, day, part=1, **about)


@projection.on(hours.Proposed)
def hours_proposed(rows: Rows, r: Recorded[hours.Proposed]) -> None:
    """Nothing counts yet, but whose hours they are and which day they fall on is said here and never again."""
    event = r.event
    rows.put(
        counted,
        thing=r.originator_id,
        day=day_of(event.starts),
        organisation=event.organisation,
        person=event.person,
        place=place_of(rows, event.slot),
    )


@projection.on(hours.Confirmed, hours.Adjusted, hours.Voided)
def hours_counted(rows: Rows, r: Recorded[hours.Confirmed | hours.Adjusted | hours.Voided]) -> None:
    """Confirmed minutes count, corrections by their difference, struck out ones not at all."""
    before = rows.get(counted, r.originator_id)
    if before is None:
        return
    minutes = getattr(r.event, "minutes", 0)
    about = {name: before[name] for name in ("organisation", "person", "place")}
    write(rows, r, "volunteer_minutes", minutes - before["minutes"], before["day"], **about)
    rows.change(counted, r.originator_id, minutes=minutes)


@projection.on(Drafted)
def planned(rows: Rows, r: Recorded[Drafted]) -> None:
    """`due` says the month while no slot does."""
    event = r.event
    plan(rows, r, event.activity, event.due, 1, event.organisation, event.place)


@projection.on(SlotAdded)
def slot_added(rows: Rows, r: Recorded[SlotAdded]) -> None:
    """The first slot of a month plans the activity for that month; a due month without a slot gives way to it."""
    event = r.event
    day = day_of(event.starts)
    rows.put(counted, thing=f"slot:{event.slot}", day=day, organisation=event.organisation, place=event.place or None)
    drafted = rows.get(counted, f"plan:{event.activity}")
    if drafted and drafted["day"]:
        plan(rows, r, event.activity, drafted["day"], -1, event.organisation, event.place, part=1)
    plan_slot(rows, r, event.activity, day, 1, event.organisation, event.place)


@projection.on(SlotCancelled)
def slot_cancelled(rows: Rows, r: Recorded[SlotCancelled]) -> None:
    slot = rows.get(counted, f"slot:{r.event.slot}")
    if slot:
        plan_slot(rows, r, activity_of(r.event.slot), slot["day"], -1, slot["organisation"], slot["place"])


@projection.on(Cancelled)
def cancelled(rows: Rows, r: Recorded[Cancelled]) -> None:
    drafted = rows.get(counted, f"plan:{r.event.activity}")
    if drafted and drafted["day"]:
        plan(rows, r, r.event.activity, drafted["day"], -1, drafted["organisation"], drafted["place"])


def plan(
    rows: Rows, r: Recorded[Any], activity: str, due: str | None, sign: int, organisation: str, place: str | None,
    part: int = 0,
) -> None:  # fmt: skip
    """Count an activity in its due month, or take that back."""
    key = f"plan:{activity}"
    rows.put(counted, thing=key, day=due if sign > 0 else None, organisation=organisation, place=place or None)
    if due:
        write(rows, r, "planned", sign, due, part, organisation=organisation, place=place or None)


def plan_slot(
    rows: Rows, r: Recorded[Any], activity: str, day: str, sign: int, organisation: str, place: str | None
) -> None:
    """Count an activity once in every month in which it has a slot."""
    key = f"plan:{activity}/{day[:7]}"
    known = rows.get(counted, key)
    slots = known["amount"] if known else 0
    rows.change(counted, key, amount=slots + sign)
    if min(slots, slots + sign) == 0:
        write(rows, r, "planned", sign, day[:7], organisation=organisation, place=place or None)


@projection.on(Kept)
def kept(rows: Rows, r: Recorded[Kept]) -> None:
    measure = KEPT.get(r.event.kind)
    if measure:
        write(rows, r, measure, 1, r.event.period or day_of(r.at), organisation=r.organisation)
    elif r.event.kind == "BulletinPublished":
        data = r.event.data
        rows.put(
            bulletin, record=r.event.record, period=r.event.period, organisation=r.organisation,
            title=str(data.get("title") or ""), issue=str(data.get("issue") or ""), position=r.position,
        )  # fmt: skip


@projection.on(FigureClaimed)
def claimed(rows: Rows, r: Recorded[FigureClaimed]) -> None:
    event = r.event
    rows.put(
        claim,
        bulletin=event.bulletin,
        figure=event.figure,
        position=r.position,
        period=event.period,
        organisation=event.organisation or r.organisation,
        section=event.section,
        value=event.value,
        unit=event.unit,
        what=event.what,
        measure=event.measure,
        as_of=event.as_of,
    )


@projection.on(DuplicateFlagged, DuplicateDismissed, Merged)
def judged(rows: Rows, r: Recorded[Any]) -> None:
    event = r.event
    is_merge = type(event) is Merged
    persons = (event.into, event.person, *event.carried) if is_merge else event.candidates
    verb = event.topic.rpartition(".")[2].removeprefix("duplicate_")
    rows.put(identity, position=r.position, verb=verb, persons=" ".join(persons))
