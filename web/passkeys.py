"""Signing in with a passkey, adding one and taking one away."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from domain.accounts import ChangeFactor
from web import accounts_passkeys as passkeys
from web.accounts import Answer, Errors, account_page, confirmed
from web.accounts_entry import agent, begin, keep_nowhere, note
from web.accounts_question import site, to_make
from web.accounts_second import has_password
from web.accounts_store import accounts
from web.accounts_ways import LAST, LastWay, need_way
from web.forms import load
from web.house import now
from web.schemas.accounts import NewPasskey, UsedPasskey
from web.signin import MERGED, form

blueprint = Blueprint("passkeys", __name__)
blueprint.after_request(keep_nowhere)
NOT_KNOWN = "这个通行密钥不认识，或者等得太久了。再试一次，或者用密码登录。"


@blueprint.post("/sign-in/passkey")
def enter() -> Answer:
    """Sign in whoever's passkey signed the challenge: both factors at once."""
    values, errors = load(UsedPasskey(), request.form)
    fresh = None if errors else passkeys.spend(accounts(), "get", values["sealed"], now())
    person = passkeys.owner(accounts(), site(), values["answer"], fresh, now()) if fresh else None
    if person is None:
        return form(trouble=NOT_KNOWN), 422
    return begin(person, "passkey", "passkey") or (form(trouble=MERGED), 409)


@blueprint.get("/account/passkeys/new")
def new() -> str:
    """The page on which the browser is asked to make one."""
    return new_page({})


def new_page(errors: Errors) -> str:
    """The page, with what was wrong."""
    return render_template(
        "accounts/passkey.html",
        question=to_make(g.viewer.person, g.viewer.name),
        label=request.form.get("label") or agent(),
        has_password=has_password(g.viewer.person),
        errors=errors,
    )


@blueprint.post("/account/passkeys")
def add() -> Answer:
    """Keep what the browser made."""
    me: str = g.viewer.person
    values, errors = load(NewPasskey(), request.form)
    if not errors:
        errors = confirmed()
    fresh = None if errors else passkeys.spend(accounts(), "create", values["sealed"], now())
    if fresh is None:
        return new_page(errors or {"answer": ["等得太久了，请再来一次。"]}), 422
    made = passkeys.made(site(), me, values["label"], values["answer"], fresh, now())
    try:
        if made is None:
            raise passkeys.KnownAlready
        with passkeys.adding(accounts(), made):
            note(ChangeFactor(me, "passkey", "added"))
    except passkeys.KnownAlready:
        return new_page({"answer": ["浏览器的回答不对，没有加上。"]}), 422
    flash("加好了，下次登录可以不用密码。", "ok")
    return redirect(url_for("accounts.page"), 303)


@blueprint.post("/account/passkeys/<passkey_id>/removal")
def remove(passkey_id: str) -> Answer:
    """Take one's own passkey away."""
    me: str = g.viewer.person
    if passkey_id not in {one.id for one in passkeys.of_person(accounts(), me)}:
        abort(404)
    if errors := confirmed():
        return account_page(errors, passkey_id), 422
    try:
        with accounts().write() as connection:
            if not passkeys.remove(connection, me, passkey_id):
                abort(404)
            need_way(connection, me, needs_second=g.viewer.needs_second)
            note(ChangeFactor(me, "passkey", "removed"))
    except LastWay:
        return account_page({"current": [LAST]}, passkey_id), 409
    flash("撤下了。", "ok")
    return redirect(url_for("accounts.page"), 303)
