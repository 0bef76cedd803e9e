"""Letting somebody in: the links that staff issue, where those lead, and taking a lost second factor away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from domain.accounts import ChangeFactor, EndSessions, IssueLink, OpenAccount, Purpose
from ledger.events import RuleBroken
from projections import contacts, people
from web import accounts_factors as factors
from web import accounts_links as links
from web import accounts_sessions as sessions
from web.accounts import KINDS, Answer, Errors, chosen_names, note_names, refused_names, whose
from web.accounts_entry import begin, keep_nowhere, note
from web.accounts_secrets import hashed, weakness
from web.accounts_store import NameTaken, accounts
from web.forms import load
from web.house import house, now, reader
from web.person_acts import editable, offices
from web.provider_choice import offered_to
from web.schemas.accounts import Entry
from web.sight import need_open
from web.words import sentence

blueprint = Blueprint("accounts_invite", __name__)
blueprint.after_request(keep_nowhere)


@blueprint.get("/enter/<token>")
def arrive(token: str) -> str:
    """What a link leads to: one form, to choose a password. Looking at it does not use it up."""
    return entry(link_of(token), {})


@blueprint.post("/enter/<token>")
def enter(token: str) -> Answer:
    """Set the password, use the link up, sign in. Whoever was signed in to the account before is out."""
    link = link_of(token)
    names, errors = chosen_names() if link.purpose != "mail" else ([], {})
    values, wrong = load(Entry(), request.form)
    person = people.find(reader(), link.person)
    if person is None or person.root:
        abort(404)
    why = weakness(values.get("password", ""), [*names, person.name]) if not wrong else None
    errors |= wrong | ({"password": [why]} if why else {})
    files = people.files_of(reader(), link.person)
    errors = errors or refused_names(link.person, names, files)
    if not names and not accounts().names_of(link.person) and not errors.keys() & {"phone", "email", "name"}:
        errors["phone"] = ["手机号、邮箱、登录名至少填一个，下次用它登录。"]
    if errors:
        return entry(link, errors), 422
    try:
        with accounts().saving(person.id, hashed(values["password"]), names, now(), files) as connection:
            if not links.spend_within(connection, link, token):
                abort(404)
            note_entry(connection, person.id, names)
    except NameTaken as error:
        return entry(link, whose(error)), 409
    sessions.end_all(accounts(), person.id)
    sessions.forget_devices(accounts(), person.id)
    return begin(person.id, "link") or redirect(url_for("signin.page"), 303)


def note_entry(connection: Connection, person: str, names: list[str]) -> None:
    """Write down what changes, before it does: a password that nobody heard of is worse than one that did not come about."""
    is_new = accounts().find(person) is None
    if is_new:
        note(OpenAccount(person))
    note(ChangeFactor(person, "password", "added" if is_new else "renewed"))
    if names and not is_new and sorted(names) != sorted(accounts().names_of(person).values()):
        note_names(connection, person, names)


def link_of(token: str) -> links.Link:
    """What the link is for. Aborts with 404 where it works no more: used, replaced, too late."""
    found = links.find(accounts(), token, now())
    if found is None:
        why, advice = (
            "这个链接已经用过、过期，或者被新的代替了。",
            "请你的社工或管理员再发一个。已经设过密码的话，直接登录。",
        )
        page = render_template("errors/404.html", message=why, advice=advice, sign_in=url_for("signin.page"))
        abort(Response(page, 404, mimetype="text/html"))
    return found


def entry(link: links.Link, errors: Errors) -> str:
    """The form of a link."""
    known = people.find(reader(), link.person)
    values = request.form if errors else accounts().names_of(link.person)
    name = known.name if known else ""
    offered = offered_to(link.person) if link.purpose == "invitation" else {}
    return render_template(
        "accounts/enter.html", name=name, purpose=link.purpose, values=values, errors=errors, providers=offered
    )


@blueprint.get("/people/<person_id>/access")
def of_person(person_id: str) -> str:
    """What staff see of somebody's account: whether there is one, and the way to let them in."""
    return access_page(person_id)


def opened(person_id: str) -> people.Person:
    """A living file that is the viewer's to change, and open to them. Aborts with 404, or leads to the gate before it."""
    return need_open(editable(person_id))


def access_page(person_id: str, **more: Any) -> str:
    """The page; `link` the new link, `trouble` why there is none."""
    person = opened(person_id)
    found = accounts().find(person.id)
    context: dict[str, Any] = {
        "person": person,
        "account": found,
        "kinds": [KINDS[kind] for kind in accounts().names_of(person.id)],
        "held": offices(person.id),
        "logins": len(sessions.of_person(accounts(), person.id, now())),
        "link": None,
        "handed_out": links.handed_out(accounts(), person.id, now()),
        "trouble": "",
        "unreached": unreached(person.id),
        "lasts": links.LASTS,
    }
    return render_template("accounts/access.html", **context | more)


def unreached(person: str) -> str:
    """Why no letter about their account reaches somebody, empty where one does."""
    if current_app.extensions["desk"].channel is None:
        return "这里寄不了信"
    file = contacts.find(reader(), house().ledger, person)
    has_address = (file and file.email) or "email" in accounts().names_of(person)
    return "" if has_address else "他没有留邮箱"


@blueprint.post("/people/<person_id>/access/link")
def issue(person_id: str) -> Answer:
    """A link for somebody, shown once. Not for whoever holds an office that the viewer could not give: it would be theirs."""
    person = opened(person_id)
    purpose: Purpose = "recovery" if accounts().find(person.id) else "invitation"
    if held := offices(person.id):
        return access_page(person.id, trouble=f"这个人是{held}，请由能给这个角色的管理员来发。"), 409
    try:
        note(IssueLink(person.id, purpose), actor=g.viewer.person)
    except RuleBroken as broken:
        return access_page(person.id, trouble=sentence(broken)), 409
    token = links.issue(accounts(), person.id, purpose, now())
    return access_page(person.id, link=url_for("accounts_invite.arrive", token=token, _external=True))


def reason_for(person: people.Person, asked: str) -> str | tuple[str, int]:
    """The reason that was typed, else the page with why not: nobody touches the account of somebody above them, nor without
    saying why, which `asked` asks for.
    """
    if held := offices(person.id):
        return access_page(person.id, trouble=f"这个人是{held}，请由能给这个角色的管理员来办。"), 409
    return request.form.get("reason", "").strip()[:200] or (access_page(person.id, trouble=asked), 422)


@blueprint.post("/people/<person_id>/access/app-removal")
def unguard(person_id: str) -> Answer:
    """Take a lost second factor away from somebody whom one checked to be themselves; a reason is needed."""
    person = opened(person_id)
    reason = reason_for(person, "请写明原因：怎么知道是本人。")
    if isinstance(reason, tuple):
        return reason
    note(ChangeFactor(person.id, "totp", "removed"), actor=g.viewer.person, reason=reason)
    factors.remove(accounts(), person.id)
    sessions.end_all(accounts(), person.id)
    flash("验证码撤下了，下次登录只要密码；他的角色要求两步登录的，会先请他重新设置。", "ok")
    return redirect(url_for("accounts_invite.of_person", person_id=person.id), 303)


@blueprint.post("/people/<person_id>/access/sessions-ending")
def end_sessions(person_id: str) -> Answer:
    """Sign somebody out everywhere, who lost a phone or is not to be in any more; they are told. A reason is needed."""
    person = opened(person_id)
    reason = reason_for(person, "请写明原因：为什么要让他在各处退出。")
    if isinstance(reason, tuple):
        return reason
    if accounts().find(person.id) is None:
        return access_page(person.id, trouble="还没有账号，没有可以结束的登录。"), 409
    note(EndSessions(person.id, "by_staff"), actor=g.viewer.person, reason=reason)
    sessions.end_all(accounts(), person.id)
    sessions.forget_devices(accounts(), person.id)
    why = unreached(person.id)
    told = f"。{why}，请你告诉他一声。" if why else "，会收到一封信。"
    flash(f"他在各处都退出了{told}密码没有变：要他也不能再进来，就结束他的角色，或者发一个新的登录链接。", "ok")
    return redirect(url_for("accounts_invite.of_person", person_id=person.id), 303)
