"""The tree of organisations: who stands under whom, who is in office there; administrators register, move and suspend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.organisations import (
    LADDER,
    RegisterOrganisation,
    ReparentOrganisation,
    ResumeOrganisation,
    SuspendOrganisation,
)
from domain.renaming import RenameOrganisation
from domain.words import LABELS, OrganisationKind
from ledger.events import Command, RuleBroken
from projections import organisations as known
from projections import viewers
from projections.organisations import Organisation
from projections.pinyin import sound
from web import sight
from web.access import here
from web.forms import load
from web.house import id_from, new_id, reader, today
from web.rights import OFFICES
from web.schemas.organisations import Move, Registration, Renaming
from web.schemas.people import Reason
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("organisations", __name__)
Answer = str | tuple[str, int] | Response
Errors = dict[str, list[str]]
KINDS: tuple[OrganisationKind, ...] = get_args(OrganisationKind)
FROM_ABOVE = "这要由上一级机构的管理员来办。"


def tree(found: Iterable[Organisation]) -> list[tuple[int, Organisation]]:
    """The organisations with their depth, each after the one above it, side branches first, then by their sound."""
    return known.tree(sorted(found, key=lambda one: (one.kind in LADDER, sound(one.name), one.id)))


@blueprint.get("/organisations")
def index() -> str:
    """The viewer's part of the tree, and how many are in office in each."""
    mine = [one for one in known.every(reader()) if one.id in here()]
    holders: dict[str, dict[str, int]] = {}
    for one in viewers.holders(reader(), OFFICES, today(), [each.id for each in mine]):
        roles = holders.setdefault(one.organisation, {})
        roles[one.role] = roles.get(one.role, 0) + 1
    return render_template(
        "organisations/index.html", rows=tree(mine), holders=holders, leads=g.viewer.may("organisations.register")
    )


@blueprint.get("/organisations/<organisation>")
def page(organisation: str) -> str:
    """One organisation."""
    return draw(seen(organisation), {})


def seen(organisation: str) -> Organisation:
    """One for which this page is the viewer's. Aborts with 404."""
    found = known.find(reader(), organisation)
    if found is None or organisation not in here():
        abort(404)
    return found


def draw(found: Organisation, errors: Errors, act: str = "") -> str:
    """The page; `act` and `errors`: the form on it that was refused, and why."""
    every = {one.id: one for one in known.every(reader())}
    led = g.viewer.at("organisations.register")
    holders = viewers.holders(reader(), OFFICES, today(), [found.id])
    return render_template(
        "organisations/page.html",
        one=found,
        line=list(known.upwards(every, found.parent))[::-1],
        sees=lambda organisation: organisation in here() | g.viewer.at("organisations.page"),
        below=[
            every[one] for one in known.in_order({one.id: one.name for one in every.values() if one.parent == found.id})
        ],
        holders=holders,
        names=sight.names({one.person for one in holders}),
        leads=found.id in led,
        leads_above=found.parent in led,
        kinds=kinds_below(found),
        places=places_for(found, every, led),
        errors=errors,
        act=act,
        values=request.form if act else {},
        command=request.form.get("command") or new_id("c"),
    )


def kinds_below(found: Organisation) -> list[tuple[str, str]]:
    """Which kinds may stand under this one: lower rungs of its line, and side branches; under a side branch those alone."""
    rung = LADDER.index(found.kind) if found.kind in LADDER else len(LADDER)
    return [(kind, LABELS[kind]) for kind in KINDS if kind not in LADDER or LADDER.index(kind) > rung]


def places_for(found: Organisation, every: Mapping[str, Organisation], led: frozenset[str]) -> list[tuple[str, str]]:
    """Under which of the viewer's organisations it may be moved: none of its own branch, and none where it stands."""
    own = known.under(reader(), [found.id])
    may = [one for one in every.values() if one.id in led - own - {found.parent or ""}]
    fitting = (one for one in may if found.kind in {kind for kind, _ in kinds_below(one)})
    return [*known.in_order({one.id: one.name for one in fitting}).items()]


@blueprint.post("/organisations/<organisation>/registration")
def register(organisation: str) -> Answer:
    """Register another below this one."""
    above = seen(organisation)
    values, errors = load(Registration(), request.form)
    key = id_from(request.form.get("command", ""), "o")
    errors = errors or taken(values["name"], key)
    if errors:
        return draw(above, errors, "register"), 422
    command = RegisterOrganisation(key, values["name"], values["kind"], above.id, values["code"])
    return carry(above, "register", command, above.id, f"登记好了：{values['name']}。", goes_to=key)


def taken(name: str, key: str) -> Errors:
    """What to say where another organisation has that name already. A courtesy and no rule: two at once may take one name, and
    commands then ask for the id.
    """
    if any(one.name == name and one.id != key for one in known.every(reader())):
        return {"name": [f"已经有机构叫“{name}”了。"]}
    return {}


@blueprint.post("/organisations/<organisation>/name")
def rename(organisation: str) -> Answer:
    """Write its name and code anew."""
    found = seen(organisation)
    values, errors = load(Renaming(), request.form)
    errors = errors or taken(values["name"], found.id)
    if errors:
        return draw(found, errors, "rename"), 422
    if (values["name"], values["code"]) == (found.name, found.code):
        flash("和原来一样，没有改动。", "ok")
        return redirect(url_for("organisations.page", organisation=found.id), 303)
    command = RenameOrganisation(found.id, values["name"], values["code"])
    return carry(found, "rename", command, found.id, "改好了。", reason=values["reason"])


@blueprint.post("/organisations/<organisation>/move")
def move(organisation: str) -> Answer:
    """Put it under another one. Both the one above it now and the new one are the viewer's."""
    found = seen(organisation)
    values, errors = load(Move(), request.form)
    if errors:
        return draw(found, errors, "move"), 422
    if values["parent"] not in here():
        abort(404)
    return from_above(found, "move", ReparentOrganisation(found.id, values["parent"]), values, "移好了。")


@blueprint.post("/organisations/<organisation>/suspension")
def suspend(organisation: str) -> Answer:
    """Stop it from publishing."""
    return switch(SuspendOrganisation(organisation), "停用了：不能再发布新的活动。")


@blueprint.post("/organisations/<organisation>/resumption")
def resume(organisation: str) -> Answer:
    """Let it publish again."""
    return switch(ResumeOrganisation(organisation), "恢复了。")


def switch(command: SuspendOrganisation | ResumeOrganisation, done: str) -> Answer:
    """Carry out either, with a reason."""
    found = seen(command.organisation)
    values, errors = load(Reason(), request.form)
    if errors:
        return draw(found, errors, "suspend"), 422
    return from_above(found, "suspend", command, values, done)


def from_above(found: Organisation, act: str, command: Command, values: dict[str, Any], done: str) -> Answer:
    """Carry it out for the organisation above: nobody moves their own out of sight of those above, or suspends it."""
    if found.parent is None or found.parent not in here():
        return draw(found, {"": [FROM_ABOVE]}, act), 409
    return carry(found, act, command, found.parent, done, reason=values["reason"])


def carry(
    found: Organisation,
    act: str,
    command: Command,
    acting: str,
    done: str,
    *,
    reason: str | None = None,
    goes_to: str | None = None,
) -> Answer:
    """Carry it out for an organisation, and go to the page of the one it was about."""
    try:
        execute(command, reason=reason, organisation=acting)
    except RuleBroken as broken:
        return draw(found, {"": [sentence(broken)]}, act), 409
    flash(done, "ok")
    return redirect(url_for("organisations.page", organisation=goes_to or found.id), 303)
