"""The gate before sensitive files: say why, and it is written down; for sealed ones a second person approves."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.consents import ADULT
from domain.sensitive import ApproveOpening, AskToOpen, ReadSensitive, SealPerson, UnsealPerson
from ledger.events import Command, RuleBroken
from projections import people, readings
from web.forms import load
from web.house import execute, instant, new_id, now, reader
from web.naming import persons
from web.person_acts import editable
from web.schemas.people import Reason
from web.words import sentence

blueprint = Blueprint("sensitive", __name__)
Answer = tuple[str, int] | Response


def kind_of(found: people.Person) -> str | None:
    """Why a file is sensitive: sealed, minor, or not at all."""
    if found.state == "sealed":
        return "sealed"
    return "minor" if found.born and now().year - found.born <= ADULT else None


def is_closed(found: people.Person) -> bool:
    """Whether the viewer must first say why they read this file; nobody asks that of the person themself."""
    what = kind_of(found)
    if what is None or found.id == g.viewer.person:
        return False
    return not readings.is_open(reader(), found.id, g.viewer.person, what, instant())


def administers(person: str) -> bool:
    """Whether the viewer administers an organisation that knows this person."""
    return people.is_known_to(reader(), person, g.viewer.at("sensitive.seal"))


def gate(found: people.Person, errors: dict[str, list[str]] | None = None) -> str:
    """The page instead of the file."""
    asked = readings.asked_for(reader(), found.id)
    return render_template(
        "people/gate.html",
        person=found,
        what=kind_of(found),
        asked=asked,
        names=persons({one.reader for one in asked}),
        waits=any(one.reader == g.viewer.person for one in asked),
        approves=administers(found.id),
        asks=people.is_known_to(reader(), found.id, g.viewer.at("sensitive.read")),
        errors=errors or {},
        values=request.form,
        command=new_id("c"),
    )


def carry(found: people.Person, command: Command, reason: str | None, done: str) -> Answer:
    """Carry out what was asked at the gate, and go to the file."""
    try:
        execute(command, reason=reason)
    except RuleBroken as broken:
        return gate(found, {"": [sentence(broken)]}), 409
    flash(done, "ok")
    return redirect(url_for("people.page", person_id=found.id), 303)


@blueprint.post("/people/<person_id>/reading")
def read(person_id: str) -> Answer:
    """Say why: opens the file of a minor, asks for a sealed one."""
    found = editable(person_id)
    values, errors = load(Reason(), request.form)
    if errors:
        return gate(found, errors), 422
    if kind_of(found) == "sealed":
        return carry(found, AskToOpen(found.id, g.viewer.person), values["reason"], "申请记下了，等另一个人批准。")
    return carry(found, ReadSensitive(found.id, g.viewer.person), values["reason"], "打开了，这一次查看已写进记录。")


@blueprint.post("/people/<person_id>/openings/<asker>")
def approve(person_id: str, asker: str) -> Answer:
    """Let somebody read a sealed file."""
    return carry(led(person_id), ApproveOpening(person_id, asker), None, "批准了，24 小时内可以看。")


@blueprint.post("/people/<person_id>/seal")
def seal(person_id: str) -> Answer:
    """Seal the file, or make a sealed one an ordinary file again."""
    found = led(person_id)
    values, errors = load(Reason(), request.form)
    if errors:
        return gate(found, errors), 422
    if found.state == "sealed":
        return carry(found, UnsealPerson(found.id), values["reason"], "解封了。")
    return carry(found, SealPerson(found.id), values["reason"], "封存了：查不到，也不导出，两个人才能打开。")


def led(person_id: str) -> people.Person:
    """A living file that the viewer administers. Aborts with 404."""
    found = editable(person_id)
    if not administers(person_id):
        abort(404)
    return found
