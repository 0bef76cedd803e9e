"""The second factor at the door: the code that is asked for, and setting up the app that makes them."""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidTag
from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from domain.accounts import ChangeFactor, Factor
from web import accounts_codes as codes
from web import accounts_factors as factors
from web import accounts_limits as limits
from web import accounts_sessions as sessions
from web.access import Viewer, is_by_address
from web.accounts_entry import (
    become,
    begin,
    keep_nowhere,
    known_device,
    local_path,
    note,
    note_failure,
    onward,
    remember,
    renew,
)
from web.accounts_secrets import is_right
from web.accounts_store import accounts, seconds
from web.forms import load
from web.house import now
from web.schemas.accounts import Code, NewTotp

blueprint = Blueprint("signin_second", __name__)
blueprint.after_request(keep_nowhere)
Answer = str | tuple[str, int] | Response
WRONG = "这个码不对，或者已经用过了。App 里的码每 30 秒换一个，请等下一个；手机的时间也要准。"
WRONG_PASSWORD = "现在的密码不对。"
NOT_FRESH = "你没有密码，要刚登录过才能改：请退出，再登录一次，一刻钟之内来改。"
UNVOUCHED = (
    "你从单位的统一登录进来，它是只凭邮箱（或者在升级以前）连上的，还没有人证明是你本人，所以在这里不能加、不能改登录方式。"
    "请向你的社工或管理员要一个登录链接，用它设好密码就可以。"
)
FRESH = 900
OFFERED, OFFER = "app", 1800
"""Where the session keeps the secret that was offered, sealed, and for how many seconds it is offered again."""


@blueprint.get("/sign-in/code")
def page() -> Answer:
    """The form for the code; whoever has no second factor yet sets one up, whoever is in goes on."""
    if g.half is None:
        return redirect(onward(local_path()), 303)
    if not g.login.guarded:
        return redirect(url_for("signin_second.new", next=local_path()), 303)
    return code_form()


@blueprint.post("/sign-in/code")
def enter() -> Answer:
    """Check the code and let them in."""
    if g.half is None or not g.login.guarded:
        return page()
    values, errors = load(Code(), request.form)
    if errors:
        return code_form(errors=errors), 422
    person = g.half.person
    wanted = limits.limits(accounts(), "second", person, request.remote_addr, known_device(person))
    if wait := limits.take(accounts(), wanted, now()):
        return code_form(trouble=too_often(wait)), 429
    factor = factor_of(person, values["code"])
    if factor is None:
        return note_failure(person, "second_factor", Response(code_form(trouble=WRONG), 422, mimetype="text/html"))
    limits.give_back(accounts(), wanted)
    if factor == "recovery_codes":
        note(ChangeFactor(person, "recovery_codes", "spent"))
    return begin(person, g.login.means, factor) or page()


def too_often(wait: int) -> str:
    """Why nothing was looked at; `wait` in seconds."""
    return f"试得太多了，请 {limits.minutes(wait)} 分钟后再试。"


def factor_of(person: str, typed: str) -> Factor | None:
    """What was typed: a code of the app, a recovery code, or nothing that is right."""
    found = accounts().find(person)
    if found and re.fullmatch(r"[0-9 ]{6,8}", typed):
        return "totp" if factors.spend_totp(accounts(), found, typed, now()) else None
    return "recovery_codes" if codes.spend(accounts(), person, typed) else None


def code_form(*, errors: dict[str, list[str]] | None = None, trouble: str = "") -> str:
    """The page that asks for the code."""
    return render_template("signin/code.html", who=g.half, errors=errors or {}, trouble=trouble, next=local_path())


@blueprint.get("/account/app")
def new() -> Answer:
    """A secret for an app, as a picture and in letters; the same one again after a reload."""
    if g.half is not None and g.login.guarded:
        return redirect(url_for("signin_second.page", next=local_path()), 303)
    return app_form(offered((g.half or g.viewer).person))


@blueprint.post("/account/app")
def add() -> Answer:
    """Take the app over once it shows that it has the secret; then the recovery codes are shown."""
    if g.half is not None and g.login.guarded:  # a password alone never replaces the factor that guards it
        return redirect(url_for("signin_second.page", next=local_path()), 303)
    who: Viewer = g.half or g.viewer
    values, errors = load(NewTotp(), request.form)
    secret = unsealed(who.person, values.get("sealed", ""))
    if secret is None:
        return redirect(url_for("signin_second.new", next=local_path()), 303)
    if g.half is None and not errors and (wrong := wrong_password(who.person, values["current"])):
        errors["current"] = [wrong]
    step = factors.step_of(secret, values.get("code", ""), now())
    if step is None and "code" not in errors:
        errors["code"] = [
            "这不是 App 现在显示的码。看看 App 里的是不是这一页的这一个，手机的时间准不准；不确定就删掉，重新扫这张图。"
        ]
    if errors or step is None:
        return app_form(secret, errors), 422
    return take_over(who.person, secret, step)


def take_over(person: str, secret: str, step: int) -> Response:
    """From now on the app's codes are asked for; then the recovery codes are shown. The same form sent twice does it once."""
    with accounts().write() as connection:
        is_app = factors.is_app(connection, accounts(), person, secret)
        if g.half is not None and is_app is False:  # meanwhile another app guards it
            return redirect(url_for("signin_second.page", next=local_path()), 303)
        if not is_app:
            note(ChangeFactor(person, "totp", "added"))
            factors.take_over(connection, accounts(), person, secret, step)
            codes.renew(connection, accounts(), person, now())
    session.pop(OFFERED, None)
    if g.half is not None:
        become(person, g.login.means, "totp")
    else:
        sessions.confirm(accounts(), person, g.login.id, "totp")
        renew()
    return remember(person, redirect(onward(local_path()), 303))


def has_password(person: str) -> bool:
    """Whether somebody signs in with a password, or by a passkey or a provider alone."""
    found = accounts().find(person)
    return found is not None and found.password is not None


def wrong_password(person: str, typed: str | None) -> str | None:
    """Why what was typed is not the person's password; a field left empty is no attempt. Whoever has none types none."""
    return "这一项要填。" if not typed and has_password(person) else refusal(person, typed or "")


def refusal(person: str, password: str) -> str | None:
    """Why this is not the person's password, counted like any attempt; None: it is. Whoever has none may change what they sign in
    with a moment after signing in, but never when an address alone says who they are: nobody let in what they would make.
    """
    found = accounts().find(person)
    if found and found.password is None and is_by_address():
        return UNVOUCHED
    wanted = limits.limits(accounts(), "again", person, request.remote_addr, None)
    if wait := limits.take(accounts(), wanted, now()):
        return too_often(wait)
    if found and found.password is None and is_fresh():
        limits.give_back(accounts(), wanted)
        return None
    if not is_right(found.password if found else None, password):
        return WRONG_PASSWORD if found and found.password else NOT_FRESH
    limits.give_back(accounts(), wanted)
    return None


def is_fresh() -> bool:
    """Whether this session began a moment ago: what counts for whoever has no password to type again."""
    return seconds(now()) - int(g.login.opened) < FRESH


def offered(person: str) -> str:
    """The secret that this browser was offered a while ago, for whoever scanned it and reloaded the page; else a fresh one."""
    sealed, until = session.get(OFFERED) or ("", 0)
    secret = unsealed(person, sealed) if seconds(now()) < until else None
    if secret is None:
        secret = factors.new_secret()
        session[OFFERED] = [accounts().keys.seal(f"new {person}", secret).hex(), seconds(now()) + OFFER]
    return secret


def unsealed(person: str, sealed: str) -> str | None:
    """The secret that this page offered to this person."""
    try:
        return accounts().keys.unseal(f"new {person}", bytes.fromhex(sealed))
    except (InvalidTag, ValueError):
        return None


def app_form(secret: str, errors: dict[str, list[str]] | None = None) -> str:
    """The page that sets up an app."""
    who: Viewer = g.half or g.viewer
    return render_template(
        "accounts/app.html",
        who=who,
        is_asked=g.half is not None,
        has_password=has_password(who.person),
        picture=factors.picture(secret, who.name),
        letters=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        sealed=accounts().keys.seal(f"new {who.person}", secret).hex(),
        errors=errors or {},
        next=local_path(),
    )
