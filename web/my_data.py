"""我的数据: everything about me to read and to take along; have it corrected, restricted, or destroyed."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.contacts import ChangeContact
from domain.forgetting import AskToBeForgotten, StayOnFile
from domain.own_data import CorrectDetails, RestrictPerson
from ledger.events import Command, RuleBroken
from projections import contacts, people
from web import sight
from web.accounts import KINDS
from web.forms import load
from web.house import house, new_id, reader
from web.own_record import everything, organisation_names
from web.schemas.own_data import Correction, Restriction
from web.words import sentence
from web.writing import execute

blueprint = Blueprint("my_data", __name__)
Answer = tuple[str, int] | BaseResponse


@blueprint.get("/me/data")
def page() -> str:
    """Everything, to read."""
    return draw({}, "")


def draw(errors: dict[str, list[str]], act: str) -> str:
    """The page; `act` and `errors`: the form on it that was refused, and why."""
    found = people.find(reader(), g.viewer.person)
    if found is None:
        abort(404)
    known = everything(found.id)
    return render_template(
        "people/my_data.html",
        person=found,
        phone=sight.phones([found.id]).get(found.id),
        contact=contacts.find(reader(), house().ledger, found.id),
        known=known,
        kinds=KINDS,
        organisations=organisation_names(),
        latest=known["history"][:-31:-1],
        readers=sight.names({one["reader"] for one in known["read_by"]}),
        errors=errors,
        act=act,
        values=request.form,
        command=new_id("c"),
    )


@blueprint.get("/me/data.json")
def file() -> Response:
    """Everything, as a file that other programs read."""
    text = json.dumps(everything(g.viewer.person), ensure_ascii=False, indent=1)
    return Response(
        text,
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="liandong-my-data.json"'},
    )


@blueprint.post("/me/data/correction")
def correct() -> Answer:
    """My name, phone or e-mail address is another one."""
    values, errors = load(Correction(), request.form)
    found, contact = people.find(reader(), g.viewer.person), contacts.find(reader(), house().ledger, g.viewer.person)
    if found is None:
        abort(404)
    if errors:
        return draw(errors, "correction"), 422
    steps: list[Command] = []
    phone_now = sight.phones([found.id]).get(found.id, "")
    name = values["name"] if values["name"] != found.name else None
    phone = (values["phone"] or "") if (values["phone"] or "") != phone_now else None
    if name is not None or phone is not None:
        steps.append(CorrectDetails(found.id, name, phone))
    if values["email"] != (contact.email if contact else None):
        steps.append(ChangeContact(found.id, values["email"], "en" if contact and contact.language == "en" else "zh"))
    return carry(steps, "correction", "改好了。" if steps else "和原来一样，没有改动。")


@blueprint.post("/me/data/restriction")
def restrict() -> Answer:
    """I object: keep my data and do nothing else with it."""
    values, errors = load(Restriction(), request.form)
    if errors:
        return draw(errors, "restriction"), 422
    done = "记下了：从现在起，别人查找和导出时都没有你。"
    return carry([RestrictPerson(g.viewer.person, values["why"])], "restriction", done)


@blueprint.post("/me/data/forgetting")
def ask() -> Answer:
    """I want to be forgotten."""
    return carry([AskToBeForgotten(g.viewer.person)], "forgetting", "记下了。管理员会先核实是你本人，再办理。")


@blueprint.post("/me/data/forgetting/withdrawal")
def stay() -> Answer:
    """I do not want to be forgotten after all."""
    return carry([StayOnFile(g.viewer.person)], "forgetting", "撤回了，资料照旧保存和使用。")


def carry(steps: list[Command], act: str, done: str) -> Answer:
    """Carry out what the form asks, and go back to the page."""
    try:
        for number, step in enumerate(steps):
            execute(step, part=f"-{number}")
    except RuleBroken as broken:
        errors: dict[str, Any] = {"": [sentence(broken)]}
        return draw(errors, act), 409
    flash(done, "ok")
    return redirect(url_for("my_data.page"), 303)
