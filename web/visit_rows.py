"""The rows of the visits grid: what was typed, what is wrong with it, what looks like it was written before, and writing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import g
from werkzeug.datastructures import MultiDict

from domain.duplicates import FlagDuplicate
from domain.receipts import RecordReceipt
from domain.words import ZONE
from ledger.events import RuleBroken
from projections import receipts
from projections.people import Person
from web import sight
from web.access import here
from web.forms import load
from web.house import new_id, reader, today
from web.pickers import resolve, words_of
from web.schemas.visits import ROWS, Visit
from web.words import day, label, sentence
from web.writing import acting_for, answered_before, execute

FIELDS = ("person", "form", "place", "day", "minutes", "outcome", "note", "next_step", "helper", "anyway", "flag")
MEANT = ("person", "place", "minutes", "outcome", "note", "next_step", "helper")
"""A row counts as written when one of these is filled; day and form come with the empty row."""
LATELY = timedelta(days=7)


@dataclass
class Row:
    """One row. `id` is the row's own, so that it counts once however often it is sent."""

    id: str
    typed: dict[str, str]
    errors: dict[str, list[str]] = field(default_factory=dict)
    hint: str = ""
    alike: list[str] = field(default_factory=list)
    saved: bool = False
    repeated: bool = False


def blank() -> Row:
    """An empty row of today."""
    return Row(new_id("r"), {"day": today(), "form": "phone_visit"})


def typed(form: MultiDict[str, str]) -> list[Row]:
    """The rows of the form in which something was written."""
    found = []
    for number in range(1, ROWS + 1):
        values = {name: form.get(f"{name}-{number}", "").strip() for name in FIELDS}
        if any(values[name] for name in MEANT):
            found.append(Row(form.get(f"row-{number}") or new_id("r"), values))
    return found


def judge(row: Row) -> Row:
    """Write the row where it is complete and new; otherwise say what is wrong, or what it looks like."""
    values, row.errors = load(Visit(), row.typed)
    person, helper = (pick(row, values, name) for name in ("person", "helper"))
    if person is None or row.errors:
        return row
    row.typed["person"] = words_of(person)
    contact = "v" + row.id[1:]
    if receipts.find(reader(), contact, person.id):
        row.saved = row.repeated = True
        answered_before()
        return row
    if not row.typed["anyway"] and look_alike(row, person, values):
        return row
    try:
        write(contact, person, helper, values, row)
    except RuleBroken as broken:
        row.errors["person"] = [sentence(broken)]
    return row


def pick(row: Row, values: dict[str, Any], name: str) -> Person | None:
    """Whom a field of the row means; the sentence goes to the row's errors."""
    if not values.get(name):
        return None
    person, why = resolve(values[name])
    if why:
        row.errors[name] = [why]
    return person


def look_alike(row: Row, person: Person, values: dict[str, Any]) -> bool:
    """Whether somebody wrote this contact already, or another file of this name at this place was contacted lately."""
    when = values["day"].isoformat()
    since = (values["day"] - LATELY).isoformat()
    found = sight.dressed(receipts.alike(reader(), here(), person.id, person.name, values["place"] or "?", since))
    same_day = [one for one in found if one.person == person.id and one.day == when]
    others = [one for one in found if one.person != person.id]
    for one in (*same_day, *others)[:1]:
        who = f"{one.name}（{one.place}）" if one.place else one.name
        told = f"{who}{day(one.day)}已由{one.worker_name or '同事'}{label(one.form)}过"
        row.hint = (
            f"{told}，是不是同一通？" if same_day else f"{told}，那是另一份档案（{one.person}），会不会是同一个人？"
        )
    row.alike = sorted({one.person for one in others})
    return bool(row.hint)


def write(contact: str, person: Person, helper: Person | None, values: dict[str, Any], row: Row) -> None:
    """Record the visit and, where asked, flag the files that may be one person. Raises RuleBroken."""
    outcome = execute(
        RecordReceipt(
            contact=contact,
            person=person.id,
            form=values["form"],
            organisation=own(),
            day=values["day"].isoformat(),
            place=values["place"],
            minutes=values["minutes"],
            worker=g.viewer.person,
            assisted_by=(helper.id,) if helper else (),
            outcome=values["outcome"],
            next_step=values["next_step"],
            note=values["note"],
        ),
        part=row.id,
        organisation=own(),
        **happened(values["day"]),
    )
    row.saved, row.repeated = True, outcome.repeated
    if row.typed["flag"]:
        others = [other for other in row.typed["flag"].split() if other != person.id]
        execute(FlagDuplicate(person.id, (person.id, *others)), part=row.id + "f", organisation=own())


def own() -> str:
    """The organisation for which the viewer visits."""
    return str(acting_for())


def happened(on: date) -> dict[str, Any]:
    """When it happened, as precisely as is known: today's is being written down now, an earlier one was some time that day."""
    if on.isoformat() == today():
        return {}
    return {"occurred": datetime(on.year, on.month, on.day, tzinfo=ZONE), "precision": "day", "source": "late"}
