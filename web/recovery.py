"""A forgotten password: a way back in by the person's own mail. The answer is the same whether there is such an account."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from werkzeug.wrappers import Response

from domain.accounts import AskRecovery
from web import accounts_limits as limits
from web.accounts import Answer, Errors
from web.accounts_entry import keep_nowhere, known_device, note_later
from web.accounts_store import accounts
from web.forms import load
from web.house import now
from web.schemas.accounts import Forgotten

blueprint = Blueprint("recovery", __name__)
blueprint.after_request(keep_nowhere)


@blueprint.get("/sign-in/forgotten")
def page() -> str:
    """The form, or why it cannot be done here."""
    return form({})


@blueprint.post("/sign-in/forgotten")
def ask() -> Answer:
    """Ask for the mail. The link is made when the mail is sent, to an address that is known already, never to a typed one."""
    values, errors = load(Forgotten(), request.form)
    if not can_mail():
        return form({}), 409
    if errors:
        return form(errors), 422
    found = accounts().called(values["name"])
    device = known_device(found.person if found else "")
    wanted = limits.recovering(accounts(), values["name"], request.remote_addr, device)
    if wait := limits.take(accounts(), wanted, now()):
        return form({}, minutes=limits.minutes(wait)), 429
    response = Response(form({}, is_asked=True), mimetype="text/html")
    return note_later(AskRecovery(found.person if found else "nobody"), response, is_true=found is not None)


def can_mail() -> bool:
    """Whether mail goes out from here, and a link in it leads back here."""
    channel = current_app.extensions["desk"].channel
    return bool(channel and channel.link)


def form(errors: Errors, *, is_asked: bool = False, minutes: int = 0) -> str:
    """The page; `is_asked`: what happens now, if there is such an account; `minutes`: when one can ask again."""
    return render_template(
        "signin/forgotten.html",
        errors=errors,
        name=request.form.get("name", ""),
        is_asked=is_asked,
        minutes=minutes,
        can_mail=can_mail(),
    )
