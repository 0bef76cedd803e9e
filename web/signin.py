"""Signing in and out: with a password in the real thing, by picking a demo person in the try-out."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from domain.words import LABELS
from projections import joining, people
from web import access, accounts_kept, kept
from web import accounts_limits as limits
from web.access import FORM
from web.accounts_entry import begin, end_session, known_device, local_path, note_failure, onward
from web.accounts_question import to_sign
from web.accounts_secrets import hashed, is_outdated, is_right
from web.accounts_store import Account, accounts
from web.forms import load
from web.house import house, now, reader, today
from web.provider_choice import at_the_door
from web.schemas.accounts import SignIn

blueprint = Blueprint("signin", __name__)
tryout = Blueprint("signin_tryout", __name__)
real = Blueprint("signin_real", __name__)
WRONG = "登录名或密码不对。"
MERGED = "这份档案已经并入另一份。请向你的社工或管理员要一个新的登录链接。"


@blueprint.get("/")
def home() -> Response:
    """Everybody's first page: what they came for."""
    viewer = g.viewer
    if viewer is not None and viewer.may("months.latest") and not viewer.may("people.new"):
        return redirect(url_for("months.latest"))
    return redirect(url_for("activities.index"))


@blueprint.get("/sign-in")
def page() -> str | Response:
    """Whom one can be (try-out), or the form (the real thing); whoever owes the second factor goes on to that, and whoever is
    in by now to what they were sent here from: the same form sent twice, once before and once after.
    """
    if g.half is not None:
        return redirect(url_for("signin_second.page", next=local_path()), 303)
    if not house().is_tryout:
        return redirect(onward(local_path()), 303) if g.viewer and "next" in request.args else form()
    found = [(people.find(reader(), person), line) for person, line in house().cast.items()]
    shown = [(person, line, roles_of(person.id)) for person, line in found if person and not person.root]
    return render_template("signin/cast.html", cast=shown, next=local_path())


def roles_of(person: str) -> str:
    """What somebody is today, in words."""
    return "、".join(dict.fromkeys(LABELS[role.role] for role in people.roles_on(reader(), person, today()))) or "职工"


@tryout.post("/sign-in")
def pick() -> Response | str:
    """Become a demo person, and go on with what they had typed before. Registered in the try-out only."""
    person = request.form.get("person", "")
    if not house().is_tryout or people.find(reader(), person) is None:
        abort(404)
    session.clear()
    session["person"] = person
    if form := kept.unseal(request.form.get("kept", ""), person):
        g.viewer = access.load_viewer(person)
        return render_template("signin/again.html", kept=form)
    return redirect(local_path(), 303)


@real.get("/sign-in/form")
def kept_form() -> str | Response:
    """What somebody sent after their session had ended, to be sent again by them; by nobody else."""
    found = accounts_kept.find(accounts(), session.get(FORM, ""), g.viewer.person, now())
    return render_template("signin/again.html", kept=found) if found else redirect(url_for("signin.home"))


@real.post("/sign-in")
def enter() -> str | tuple[str, int] | Response:
    """Check the password. The answer is the same whether there is no such account or the password is wrong."""
    values, errors = load(SignIn(), request.form)
    if errors:
        return form(errors=errors), 422
    found = accounts().called(values["name"])
    device = known_device(found.person if found else "")
    wanted = limits.limits(accounts(), "password", values["name"], request.remote_addr, device)
    if wait := limits.take(accounts(), wanted, now()):
        return form(wait=wait), 429
    if found is None or not is_right(found.password, values["password"]):
        if found is None:
            is_right(None, values["password"])
        return refused(found)
    limits.give_back(accounts(), wanted)
    if is_outdated(found.password or ""):
        accounts().change(found.person, password=hashed(values["password"]))
    return begin(found.person, "password") or (form(trouble=MERGED), 409)


def refused(found: Account | None) -> Response:
    """The form again, with the sentence that tells nothing; a failure against an account is written down."""
    response = Response(form(trouble=WRONG), 422, mimetype="text/html")
    return note_failure(found.person, "password", response) if found else response


def form(*, errors: dict[str, list[str]] | None = None, trouble: str = "", wait: int = 0) -> str:
    """The form; `wait`: the seconds after which one may try again."""
    return render_template(
        "signin/page.html",
        errors=errors or {},
        trouble=trouble,
        minutes=limits.minutes(wait),
        name=request.form.get("name", ""),
        next=local_path(),
        passkey=to_sign(),
        has_form=FORM in session,
        providers=at_the_door(),
        can_join=bool(joining.open_ones(reader())),
    )


@blueprint.post("/sign-out")
def leave() -> Response:
    """End the session."""
    if not house().is_tryout:
        end_session(told=True)
    was_in = bool(session)
    session.clear()
    if was_in:
        flash("已经退出。", "ok")
    response = redirect(url_for("signin.page"), 303)
    if current_app.config["SESSION_COOKIE_SECURE"]:  # browsers listen to it by https only
        response.headers["Clear-Site-Data"] = '"cache"'
    return response
