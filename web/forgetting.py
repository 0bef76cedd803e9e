"""Forgetting somebody at their request: what will be lost and what stays, how it was checked who asks, and doing it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.forgetting import ForgetPerson
from domain.sign_up import Withdraw
from domain.words import Side
from ledger.events import Act, Command, RuleBroken
from ledger.scrub import NotScrubbed
from projections import enrolments, hours, people, person_states, receipts
from web import sight
from web.forgotten import carry_out
from web.forms import load
from web.house import house, instant, new_id, now, reader
from web.person_acts import editable
from web.schemas.people import Forgetting
from web.sensitive import administers
from web.sight import need_open
from web.words import sentence
from web.writing import acting_for, command_id, write_all

blueprint = Blueprint("forgetting", __name__)


def subject(person_id: str) -> people.Person:
    """A living file, open to the viewer, of somebody whom an organisation knows that they administer. Aborts with 404."""
    found = editable(person_id)
    if not administers(person_id):
        abort(404)
    return need_open(found)


def awaiting() -> list[tuple[str, str, str, str]]:
    """Who asked to be forgotten and waits for the viewer, as lines of a work list."""
    found = person_states.asking(reader())
    theirs = people.known_among(reader(), found, g.viewer.at("forgetting.page")) - {g.viewer.person}
    names = sight.names(theirs)
    return [(names[key], "", "", url_for("forgetting.page", person_id=key)) for key in found if key in theirs]


def coming(found: people.Person) -> list[tuple[str, enrolments.Commitment]]:
    """The places that are given back first, each with the file that holds it."""
    files = people.files_of(reader(), found.id)
    every = [(file, one) for file in files for one in enrolments.coming(reader(), file, instant(), most=1000)]
    return [(file, one) for file, one in every if one.state in ("requested", "waiting", "accepted")]


@blueprint.get("/people/<person_id>/forgetting")
def page(person_id: str) -> str:
    """What will be lost, what stays, and the form."""
    return draw(subject(person_id), {})


def draw(found: people.Person, errors: dict[str, list[str]]) -> str:
    """The page."""
    files = people.files_of(reader(), found.id)
    sums = [one for file in files for one in hours.tally_of(reader(), file)]
    kept: dict[str, Any] = {
        "minutes": sum(one.minutes for one in sums if one.state != "voided"),
        "open": sum(one.entries for one in sums if one.state not in ("credited", "voided")),
        "enrolments": sum(len(enrolments.of_person(reader(), file)) for file in files),
        "receipts": sum(one.is_valid for one in receipts.of_person(reader(), files)),
    }
    return render_template(
        "people/forgetting.html",
        person=found,
        files=files,
        kept=kept,
        coming=[one for _, one in coming(found)],
        asked=found.asked is not None,
        errors=errors,
        values=request.form,
        command=request.form.get("command") or new_id("c"),
    )


@blueprint.post("/people/<person_id>/forgetting")
def carry(person_id: str) -> tuple[str, int] | Response:
    """Give places back and forget, in one transaction; then destroy what is left of it everywhere."""
    found = subject(person_id)
    values, errors = load(Forgetting(), request.form)
    if errors:
        return draw(found, errors), 422
    leaving = [Withdraw(one.slot, file, cast(Side, one.side)) for file, one in coming(found)]
    steps: list[Command] = [*leaving, ForgetPerson(found.id, values["how"])]
    try:
        write_all([(step, act(values["reason"], n)) for n, step in enumerate(steps)])
    except RuleBroken as broken:
        return draw(found, {"": [sentence(broken)]}), 409
    try:
        carry_out(house())
        flash("注销好了：姓名、电话和文字都已销毁，时长和合计不变。", "ok")
    except NotScrubbed:
        flash("注销好了，密钥已销毁。数据库文件里的旧痕迹等没人读时再擦，下次启动会接着做。", "look")
    return redirect(url_for("people.page", person_id=found.id), 303)


def act(reason: str, number: int) -> Act:
    """The circumstances of one step."""
    return Act(command_id(f"-{number}"), g.viewer.person, now(), acting_for(), reason=reason, override=reason)
