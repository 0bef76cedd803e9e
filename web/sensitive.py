"""The gate before sensitive files: say why, and it is written down; for sealed and restricted ones a second person approves."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.openings import (
    ApproveOpening,
    AskToOpen,
    RefuseOpening,
    SealPerson,
    UnsealPerson,
    WithdrawOpening,
)
from domain.person_states import BY_TWO
from domain.sensitive import MarkSensitive, ReadSensitive
from ledger.events import Command, RuleBroken
from projections import people, readings
from web import sight
from web.forms import load
from web.house import instant, new_id, reader
from web.person_acts import editable
from web.schemas.people import Marks, Reason
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("sensitive", __name__)
Answer = tuple[str, int] | Response


WORDS = {
    "sealed": "已封存：提出申请，另一个人批准以后，24 小时内可以看。",
    "restricted": "限制使用：提出申请，另一个人批准以后，24 小时内可以看。",
    "marked": "标为敏感的档案：写明理由才能看，看过 1 小时后要重新写。",
    "minor": "未成年人的档案：写明理由才能看，看过 1 小时后要重新写。",
}
"""Why a file does not open by itself."""
NOT_SENSITIVE = "可以在这里标为敏感，或者封存。封存以后，查不到，也不导出，两个人才能打开。"


def may_mark(person: str) -> bool:
    """Whether the viewer looks after people somewhere where this person is known."""
    return people.is_known_to(reader(), person, g.viewer.at("sensitive.mark"))


def administers(person: str) -> bool:
    """Whether the viewer administers an organisation that knows this person."""
    return people.is_known_to(reader(), person, g.viewer.at("sensitive.seal"))


def awaiting() -> list[tuple[str, str, str, str]]:
    """Who waits for the viewer to let them into a file: lines of a work list, which name no one whose file it is."""
    found = readings.waiting(reader(), instant())
    files = people.known_among(reader(), {one.person for one in found}, g.viewer.at("sensitive.approve"))
    found = [one for one in found if one.person in files - {g.viewer.person} and one.reader != g.viewer.person]
    names = sight.names({one.reader for one in found})
    return [
        (f"档案 {one.person}", f"{names[one.reader]}：“{one.reason}”", "", url_for("people.page", person_id=one.person))
        for one in found
    ]


def own() -> list[tuple[str, str, str, str]]:
    """What the viewer asked to open that two open, as lines of a work list: no search finds the way there."""
    now, me = instant(), g.viewer.person
    said = {one.person: "等另一个人批准" for one in readings.waiting(reader(), now) if one.reader == me}
    said |= {
        key: "批准了，可以看" for key, what in readings.open_to(reader(), me, now).items() if set(what) & set(BY_TWO)
    }
    return [(f"档案 {key}", words, "", url_for("people.page", person_id=key)) for key, words in said.items()]


def gate(found: people.Person, errors: dict[str, list[str]] | None = None) -> str:
    """The page instead of the file."""
    asked, what = readings.asked_for(reader(), found.id, instant()), sight.one(found.id).asks
    return render_template(
        "people/gate.html",
        person=found,
        what=what,
        by_two=what in BY_TWO,
        words=WORDS[what] if what else NOT_SENSITIVE,
        asked=asked,
        names=sight.names({one.reader for one in asked}),
        waits=any(one.reader == g.viewer.person for one in asked),
        refusal=readings.refusal(reader(), found.id, g.viewer.person),
        approves=administers(found.id),
        asks=people.is_known_to(reader(), found.id, g.viewer.at("sensitive.read")),
        errors=errors or {},
        values=request.form,
        at=f"{request.endpoint} {(request.view_args or {}).get('asker', '')}",
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
    """Say why: opens the file of a minor or a marked one, asks for a sealed or restricted one."""
    found = editable(person_id)
    values, errors = load(Reason(), request.form)
    if errors:
        return gate(found, errors), 422
    if found.state in BY_TWO:
        return carry(found, AskToOpen(found.id), values["reason"], "申请记下了，等另一个人批准。")
    return carry(found, ReadSensitive(found.id), values["reason"], "打开了，这一次查看已写进记录。")


@blueprint.post("/people/<person_id>/openings/<asker>")
def approve(person_id: str, asker: str) -> Answer:
    """Let somebody read a file that two persons open."""
    return carry(led(person_id), ApproveOpening(person_id, asker), None, "批准了，24 小时内可以看。")


@blueprint.post("/people/<person_id>/openings/<asker>/refusal")
def refuse(person_id: str, asker: str) -> Answer:
    """Do not let them; the one who asked reads why."""
    found = led(person_id)
    values, errors = load(Reason(), request.form)
    if errors:
        return gate(found, errors), 422
    return carry(found, RefuseOpening(person_id, asker), values["reason"], "没有批准，申请的人看得到原因。")


@blueprint.post("/people/<person_id>/openings/withdrawal")
def withdraw(person_id: str) -> Answer:
    """Ask no longer."""
    return carry(editable(person_id), WithdrawOpening(person_id), None, "撤回了申请。")


@blueprint.post("/people/<person_id>/marks")
def mark(person_id: str) -> Answer:
    """Say what is sensitive about a file, or that nothing is any more; whoever does must have it open."""
    found = editable(person_id)
    if not may_mark(person_id):
        abort(404)
    sight.need_open(found)
    values, errors = load(Marks(), request.form)
    kinds = tuple(values.get("kinds", ()))
    if not errors and set(kinds) == set((found.marks or "").split()):
        flash("和原来一样，没有改动。", "ok")
        return redirect(url_for("people.page", person_id=found.id), 303)
    if errors:
        return gate(found, errors), 422
    done = "标好了：以后要写明理由才能看。" if kinds else "改回了：和别的档案一样。"
    return carry(found, MarkSensitive(found.id, kinds), values["reason"], done)


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
