"""Joining by oneself, where an organisation allows it; and the page on which it says so."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.joining import ByInvitationOnly, CloseJoining, Join, OpenJoining
from ledger.events import Act, RuleBroken
from projections import joining, organisations
from web import accounts_limits as limits
from web.access import here
from web.accounts import Answer, Errors, chosen_names, taken
from web.accounts_secrets import hashed, kind_of, weakness
from web.accounts_store import NameTaken, accounts
from web.forms import load
from web.house import house, id_from, new_id, now, reader
from web.schemas.accounts import Joining
from web.words import sentence
from web.writing import execute, write

blueprint = Blueprint("joining", __name__)
LABELS = {
    "organisation": "加入哪里",
    "called": "姓名",
    "phone": "手机号",
    "email": "邮箱",
    "name": "登录名",
    "password": "密码",
}


class SentBefore(Exception):
    """This very form opened its file and its account before."""


@blueprint.get("/join")
def page() -> str:
    """The form for whoever has no account yet."""
    return form({})


@blueprint.post("/join")
def join() -> Answer:
    """Open a file and an account. Where the phone number or address is somebody's already, nothing is opened and the answer is
    the same: a stranger does not learn who has an account.
    """
    names, errors = chosen_names()
    values, wrong = load(Joining(), request.form)
    errors |= wrong
    if not wrong and (why := weakness(values["password"], [*names, values["called"]])):
        errors["password"] = [why]
    if not names and not errors.keys() & {"phone", "email", "name"}:
        errors["phone"] = ["手机号、邮箱、登录名至少填一个，以后用它登录。"]
    if errors:
        return form(errors), 422
    if values["organisation"] not in joining.open_ones(reader()):  # before the names: what is taken must not be seen
        return form({}, trouble=ByInvitationOnly.sentence), 409
    wanted = limits.joining(accounts(), request.remote_addr)
    if wait := limits.take(accounts(), wanted, now()):
        return form({}, trouble=f"从这个网络注册的人太多了，请 {limits.minutes(wait)} 分钟后再试。"), 429
    password = hashed(values["password"])
    if not taken("", names):
        try:
            open_file(values, names, password)
        except (NameTaken, SentBefore):  # a moment ago: the answer is the same
            pass
        except RuleBroken as broken:
            return form({}, trouble=sentence(broken)), 409
    flash(
        "收到了。请用刚才填的登录。进不去的话，填的手机号、邮箱或登录名可能早有人用了：换一个再注册，或者联系机构的社工。",
        "ok",
    )
    return redirect(url_for("signin.page"), 303)


def open_file(values: dict[str, Any], names: list[str], password: str) -> None:
    """The file, by events, then the account. The same form sent twice opens one. Raises RuleBroken, NameTaken, SentBefore."""
    command = request.form.get("command", "")
    person = id_from(command, "p")
    phone = next((name for name in names if kind_of(name) == "phone"), None)
    asked = Join(person, values["organisation"], values["called"], phone, 18 if values["adult"] else None)
    act = Act(f"{person}:join", person, now(), values["organisation"], reason="自己注册")
    with accounts().saving(person, password, names, now()):
        outcome = write(asked, act)
        if outcome.repeated:
            raise SentBefore
    house().follower.wait_for(outcome.position)


def form(errors: Errors, trouble: str = "") -> str:
    """The page; without an organisation that allows it, it says so."""
    return render_template(
        "joining/join.html",
        organisations=list(joining.open_ones(reader()).items()),
        errors=errors,
        trouble=trouble,
        labels=LABELS,
        values=request.form,
        command=request.form.get("command") or new_id("c"),
    )


def headed() -> dict[str, str]:
    """The organisations that the viewer leads, by the sound of their names."""
    names = organisations.names(reader())
    return organisations.in_order({one: names[one] for one in here()})


@blueprint.get("/joining")
def settings() -> str:
    """Which of the organisations that the viewer leads may be joined by oneself."""
    return render_template("joining/settings.html", organisations=headed(), open_ones=joining.open_ones(reader()))


@blueprint.post("/joining/<organisation>")
def change(organisation: str) -> Response:
    """Allow it, or stop it."""
    if organisation not in headed():
        abort(404)
    wanted = OpenJoining(organisation) if request.form.get("open") == "1" else CloseJoining(organisation)
    execute(wanted, organisation=organisation)
    flash(
        f"{headed()[organisation]}：" + ("现在可以自己注册。" if request.form.get("open") == "1" else "又要邀请了。"),
        "ok",
    )
    return redirect(url_for("joining.settings"), 303)
