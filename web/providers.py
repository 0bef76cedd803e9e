"""An organisation's own provider for signing in: its administrators set it up, change it and take it away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from domain.providers import RemoveProvider, SetUpProvider
from projections import organisations
from web import accounts_providers as providers
from web import oidc
from web.access import here
from web.accounts import Answer, Errors, confirmed
from web.accounts_entry import keep_nowhere
from web.accounts_providers import Provider
from web.accounts_second import has_password
from web.accounts_store import accounts
from web.forms import load
from web.house import new_id, reader
from web.provider_choice import name_of
from web.schemas.accounts import ProviderForm
from web.sign_on import client_of, speaking
from web.writing import execute

blueprint = Blueprint("providers", __name__)
blueprint.after_request(keep_nowhere)


def led() -> dict[str, str]:
    """The organisations that the viewer administers, by name."""
    names = organisations.names(reader())
    return organisations.in_order({one: names[one] for one in here()})


def need_led(organisation: str) -> None:
    """Abort with 404 for what the viewer does not administer."""
    if organisation not in led():
        abort(404)


@blueprint.get("/providers")
def index() -> str:
    """Which of the organisations have one."""
    mine = led()
    having = {one: providers.find(accounts(), one) for one in providers.organisations(accounts()) if one in mine}
    return render_template("providers/index.html", organisations=mine, having=having)


@blueprint.get("/providers/<organisation>")
def page(organisation: str) -> str:
    """The form of one."""
    need_led(organisation)
    return form(organisation, {})


def form(organisation: str, errors: Errors) -> str:
    """The page; the secret is never shown again."""
    found = providers.find(accounts(), organisation)
    values: Any = request.form
    if not errors and found:
        values = {"issuer": found.issuer, "client": found.client, "domains": " ".join(found.domains)}
    return render_template(
        "providers/page.html",
        organisation=organisation,
        name=name_of(organisation),
        found=found,
        values=values,
        errors=errors,
        has_password=has_password(g.viewer.person),
        back=client_of(found or Provider(organisation, "", "", "", ())).back,
        command=request.form.get("command") or new_id("c"),
    )


@blueprint.post("/providers/<organisation>")
def save(organisation: str) -> Answer:
    """Keep it once it answers as it should."""
    need_led(organisation)
    values, errors = load(ProviderForm(), request.form)
    found = providers.find(accounts(), organisation)
    secret = values.get("secret") or (found.secret if found and is_same(found, values) else None)
    if secret is None and "secret" not in errors:
        errors["secret"] = ["这一项要填；换了 issuer 或客户端编号，也要重新填。"]
    errors = errors or confirmed()
    if not errors:
        errors = trouble_with(values["issuer"])
    if errors:
        return form(organisation, errors), 422
    wanted = Provider(organisation, values["issuer"], values["client"], str(secret), values["domains"])
    if wanted != found:
        has_new_secret = found is None or found.secret != wanted.secret
        asked = SetUpProvider(organisation, wanted.issuer, wanted.domains, has_new_secret)
        execute(asked, organisation=organisation)
        providers.save(accounts(), wanted)
    flash("记下了，登录页上可以用了。请你自己先试一次。", "ok")
    return redirect(url_for("providers.index"), 303)


def is_same(found: Provider, values: dict[str, Any]) -> bool:
    """Whether the secret that is known is for this provider and this client: it is never sent elsewhere."""
    return (found.issuer, found.client) == (values.get("issuer"), values.get("client"))


def trouble_with(issuer: str) -> Errors:
    """Why no provider can be used at this address; asks it."""
    try:
        speaking().discover(issuer)
    except oidc.NoProvider as why:
        return {"issuer": [str(why)]}
    return {}


@blueprint.post("/providers/<organisation>/removal")
def remove(organisation: str) -> Answer:
    """Nobody signs in by it any more; whoever came by it is out."""
    need_led(organisation)
    if providers.find(accounts(), organisation) is None:
        abort(404)
    if errors := confirmed():
        return form(organisation, {"removal": errors["current"]}), 422
    execute(RemoveProvider(organisation), organisation=organisation)
    providers.remove(accounts(), organisation)
    flash("撤下了。从那里登录的人都已经退出，要用别的方式登录。", "ok")
    return redirect(url_for("providers.index"), 303)
