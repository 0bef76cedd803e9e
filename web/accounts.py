"""One's own account: names, password, second factor, and where one is signed in."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from domain.accounts import ChangeFactor, EndSessions
from web import accounts_codes as codes
from web import accounts_factors as factors
from web import accounts_limits as limits
from web import accounts_passkeys as passkeys
from web import accounts_providers as providers
from web import accounts_sessions as sessions
from web.access import is_by_address
from web.accounts_doors import remember_address
from web.accounts_entry import keep_nowhere, local_path, note, remember, renew
from web.accounts_second import UNVOUCHED, refusal, too_often
from web.accounts_secrets import Kind, hashed, kind_of, weakness
from web.accounts_store import NameTaken, accounts
from web.forms import load
from web.house import now
from web.provider_choice import offered_to
from web.schemas import accounts as schemas

blueprint = Blueprint("accounts", __name__)
blueprint.after_request(keep_nowhere)
Answer = str | tuple[str, int] | Response
KINDS: dict[Kind, str] = {"phone": "手机号", "email": "邮箱", "name": "登录名"}
Errors = dict[str, list[str]]


@blueprint.get("/account")
def page() -> str:
    """One's own account."""
    return account_page({})


def account_page(errors: Errors, act: str = "") -> str:
    """The page; `act` and `errors`: the form on it that was refused, and why."""
    me: str = g.viewer.person
    found, linked = accounts().find(me), providers.of_person(accounts(), me)
    has_password = found is not None and found.password is not None
    return render_template(
        "accounts/page.html",
        kinds=KINDS,
        names=accounts().names_of(me),
        has_app=found is not None and found.totp is not None,
        must_have=g.viewer.needs_second,
        codes_left=codes.left(accounts(), me),
        has_new_codes=codes.waiting(accounts(), me, now()) is not None,
        passkeys=passkeys.of_person(accounts(), me),
        has_password=has_password,
        unvouched=UNVOUCHED if is_by_address() and not has_password else "",
        offered=offered_to(me),
        linked=linked,
        by_mail=set(linked) - set(providers.proven(accounts(), me)),
        sessions=sessions.of_person(accounts(), me, now()),
        here=g.login.id,
        errors=errors,
        act=act,
        values=request.form if act == "names" else accounts().names_of(me),
    )


@blueprint.post("/account/names")
def rename() -> Answer:
    """Sign in under other names from now on."""
    names, errors = chosen_names()
    errors |= confirmed()
    if not names and not errors:
        errors["phone"] = ["至少留一个，下次用它登录。"]
    errors = errors or refused_names(g.viewer.person, names)
    if errors:
        return account_page(errors, "names"), 422
    try:
        with accounts().renaming(g.viewer.person, names) as connection:
            note_names(connection, g.viewer.person, names)
    except NameTaken as error:
        return account_page(whose(error), "names"), 409
    return back("改好了，下次用新的登录。")


@blueprint.post("/account/password")
def repassword() -> Answer:
    """Another password; whoever is signed in elsewhere is out."""
    me: str = g.viewer.person
    values, errors = load(schemas.NewPassword(), request.form)
    if not errors and (why := weakness(values["password"], [*accounts().names_of(me).values(), g.viewer.name])):
        errors["password"] = [why]
    if not errors and (wrong := refusal(me, values["current"])):
        errors["current"] = [wrong]
    if not errors and values["password"] == values["current"]:
        errors["password"] = ["和现在的密码一样，没有换。"]
    if errors:
        return account_page(errors, "password"), 422
    note(ChangeFactor(me, "password", "renewed"))
    accounts().change(me, password=hashed(values["password"]))
    sessions.end_all(accounts(), me, but=g.login.id)
    sessions.forget_devices(accounts(), me)
    renew()
    return remember(me, back("密码换好了，其他地方的登录都已经结束。"))


@blueprint.post("/account/codes")
def renew_codes() -> Answer:
    """Fresh recovery codes."""
    me: str = g.viewer.person
    found = accounts().find(me)
    if found is None or found.totp is None:
        abort(404)
    if errors := confirmed():
        return account_page(errors, "codes"), 422
    with accounts().write() as connection:
        note(ChangeFactor(me, "recovery_codes", "renewed"))
        codes.renew(connection, accounts(), me, now())
    return redirect(url_for("accounts.codes_page", next=url_for("accounts.page")), 303)


@blueprint.get("/account/codes")
def codes_page() -> Answer:
    """New recovery codes, as often as they are asked for until their owner says that they wrote them down."""
    fresh = codes.waiting(accounts(), g.viewer.person, now())
    if fresh is None:
        return redirect(local_path(), 303)
    return render_template("accounts/codes.html", fresh=fresh, next=local_path())


@blueprint.post("/account/codes/written-down")
def codes_written_down() -> Answer:
    """They are shown no more."""
    codes.written_down(accounts(), g.viewer.person)
    return redirect(local_path(), 303)


@blueprint.post("/account/app/removal")
def remove_app() -> Answer:
    """No second factor any more, where no role asks for one."""
    me: str = g.viewer.person
    if g.viewer.needs_second:
        abort(404)
    if errors := confirmed():
        return account_page(errors, "app"), 422
    note(ChangeFactor(me, "totp", "removed"))
    factors.remove(accounts(), me)
    renew()
    return back("不再要验证码了，登录只要密码。")


@blueprint.post("/account/sessions/<session_id>/ending")
def end(session_id: str) -> Answer:
    """End a session that is one's own: on a lost phone, in a shared office."""
    if not sessions.end(accounts(), g.viewer.person, session_id):
        abort(404)
    note(EndSessions(g.viewer.person, "ended"))
    return back("那一处已经退出。")


@blueprint.post("/account/sessions/ending")
def end_others() -> Answer:
    """End all sessions but this."""
    note(EndSessions(g.viewer.person, "all_ended"))
    sessions.end_all(accounts(), g.viewer.person, but=g.login.id)
    sessions.forget_devices(accounts(), g.viewer.person)
    return back("其他地方都已经退出。")


def confirmed() -> Errors:
    """What is wrong with the password that was typed again."""
    values, errors = load(schemas.Confirmed(), request.form)
    wrong = refusal(g.viewer.person, values["current"]) if not errors else None
    return {"current": [wrong]} if wrong else errors


def back(said: str) -> Response:
    """To the page of the account."""
    flash(said, "ok")
    return redirect(url_for("accounts.page"), 303)


def note_names(connection: Connection, person: str, names: list[str]) -> None:
    """Write down that somebody signs in under other names from now on, and keep the address that is told so."""
    before = accounts().names_of(person).get("email")
    position = note(ChangeFactor(person, "names", "renewed"))
    if before and before not in names:
        remember_address(connection, accounts(), person, before, position, now())


def chosen_names() -> tuple[list[str], Errors]:
    """The names of the form, and what is wrong with them."""
    values, errors = load(schemas.Names(), request.form)
    return [name for name in values.values() if name], errors


def refused_names(person: str, names: list[str], files: Collection[str] = ()) -> Errors:
    """Which of these are another's; nothing is looked at where somebody asked for too many that are not their own."""
    own = {accounts().blind(name) for name in accounts().names_of(person).values()}
    if fresh := [name for name in names if accounts().blind(name) not in own]:
        wanted = limits.naming(accounts(), person, request.remote_addr)
        if wait := limits.take(accounts(), wanted, now()):
            return {kind_of(fresh[0]): [too_often(wait)]}
    return taken(person, names, files)


def taken(person: str, names: list[str], files: Collection[str] = ()) -> Errors:
    """Which of these somebody else signs in with."""
    try:
        accounts().check_names(person, names, files)
    except NameTaken as error:
        return whose(error)
    return {}


def whose(error: NameTaken) -> Errors:
    """What is wrong with a name that is another's, also where they took it a moment ago."""
    kind = kind_of(error.args[0])
    return {kind: [f"这个{KINDS[kind]}已经有人用来登录，请换一个，或者不填。"]}
