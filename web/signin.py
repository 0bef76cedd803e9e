"""Signing in. For now: pick a demo person, in the try-out only; accounts come with their own tables, never in the log."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from domain.words import LABELS
from projections import people
from web import access, kept
from web.access import allow
from web.house import house, reader, today

blueprint = Blueprint("signin", __name__)
tryout = Blueprint("signin_tryout", __name__)


@blueprint.get("/")
@allow("everybody")
def home() -> Response:
    """Everybody's first page: what they came for."""
    viewer = g.viewer
    if viewer is not None and viewer.is_reviewer and not viewer.is_staff:
        return redirect(url_for("months.latest"))
    return redirect(url_for("activities.index"))


@blueprint.get("/sign-in")
@allow("everybody")
def page() -> str:
    """Whom one can be (try-out), or that accounts are not there yet (the real thing)."""
    cast = house().cast if house().is_tryout else {}
    found = [(people.find(reader(), person), line) for person, line in cast.items()]
    shown = [(person, line, roles_of(person.id)) for person, line in found if person and not person.root]
    return render_template("signin/page.html", cast=shown, next=local_path())


def roles_of(person: str) -> str:
    """What somebody is today, in words."""
    return "、".join(dict.fromkeys(LABELS[role.role] for role in people.roles_on(reader(), person, today()))) or "职工"


@tryout.post("/sign-in")
@allow("everybody")
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


@blueprint.post("/sign-out")
@allow("everybody")
def leave() -> Response:
    """End the session."""
    session.clear()
    return redirect(url_for("signin.page"), 303)


def local_path() -> str:
    """Where to go afterwards: a path of this site, never another site."""
    wanted = request.values.get("next", "/")
    parts = urlsplit(wanted)
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if is_local else "/"
