"""Which services a union buys, from when until when: stated by the buyer's side, because the seller then confirms nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.organisations import LADDER
from domain.purchases import AgreePurchase, EndPurchase
from ledger.events import Command, RuleBroken
from projections import organisations
from web.access import here
from web.forms import load
from web.house import new_id, reader, today
from web.schemas.purchases import Agreement, Ending
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("purchases", __name__)
Answer = str | tuple[str, int] | Response


@blueprint.get("/purchases")
def page() -> str:
    """What is bought by the viewer's organisations, and the form for another one."""
    return draw({})


def draw(errors: dict[str, list[str]]) -> str:
    """The page; `errors` of the form."""
    mine = [one for one in organisations.every(reader()) if one.id in here()]
    found = [one for one in organisations.purchases(reader()) if one.buyer in here()]
    return render_template(
        "purchases/page.html",
        found=found,
        names=organisations.names(reader()),
        buyers=choices(one for one in mine if one.kind in LADDER),
        sellers=choices(one for one in mine if one.kind not in LADDER),
        values=request.form,
        errors=errors,
        today=today(),
        command=request.form.get("command") or new_id("c"),
    )


def choices(found: Iterable[organisations.Organisation]) -> list[tuple[str, str]]:
    """Options of a field, by the sound of their names."""
    return list(organisations.in_order({one.id: one.name for one in found}).items())


@blueprint.post("/purchases")
def agree() -> Answer:
    """Note a purchase."""
    values, errors = load(Agreement(), request.form)
    if errors:
        return draw(errors), 422
    return carry(AgreePurchase(values["organisation"], values["buyer"], values["since"]), values, "记下了。")


@blueprint.post("/purchases/ending")
def end() -> Answer:
    """Note its last day."""
    values, errors = load(Ending(), request.form)
    if errors:
        return draw(errors), 422
    return carry(EndPurchase(values["organisation"], values["buyer"], values["until"]), values, "记下了最后一天。")


def carry(command: Command, values: dict[str, Any], done: str) -> Answer:
    """Carry it out for the buyer; 404 for organisations that are not the viewer's."""
    if not {values["organisation"], values["buyer"]} <= here():
        abort(404)
    try:
        execute(command, organisation=values["buyer"])
    except RuleBroken as broken:
        return draw({"": [sentence(broken)]}), 409
    flash(done, "ok")
    return redirect(url_for("purchases.page"), 303)
