"""The one door: who may open which page, and which things are theirs to know. What is not, is not there (404)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from projections import activities, organisations, people, viewers
from web import accounts_kept, kept
from web import accounts_sessions as sessions
from web.accounts_store import accounts
from web.house import house, now, reader, today

Who = Literal["everybody", "half_signed_in", "signed_in", "staff", "reviewer"]
"""`half_signed_in`: whoever gave a password and still owes the second factor, too."""
FORM = "form"
"""Where a session says which form waits for whoever typed it."""
View = TypeVar("View", bound=Callable[..., Any])

STAFF_ROLES = frozenset({"organiser", "social_worker", "station_lead", "agency_manager", "counsellor", "administrator"})
"""They publish, run the door, close hours and log visits for their organisation and what stands under it."""
REVIEW_ROLES = frozenset({"union_officer", "reviewer", "auditor", "administrator"})
"""They read figures and the audit trail of their organisation and what stands under it."""
SECOND_FACTOR_ROLES = frozenset({"reviewer", "auditor", "administrator"})
"""Whoever sees the records of others that nobody looks over: a password alone does not let them in."""


@dataclass(frozen=True)
class Viewer:
    """Whoever is signed in, and where they may do what."""

    person: str
    name: str
    roles: tuple[tuple[str, str], ...]
    staff_of: frozenset[str]
    reviews: frozenset[str]
    organisation: str | None
    organisation_name: str

    @property
    def initial(self) -> str:
        """What stands in the round of the masthead: a family name, or the number of a pseudonym."""
        return self.name[-2:] if self.name[-2:].isdigit() else self.name[:1]

    @property
    def url(self) -> str | None:
        """Their account; in the try-out nobody has one."""
        return None if house().is_tryout else url_for("accounts.page")

    @property
    def is_staff(self) -> bool:
        """Whether they act for any organisation."""
        return bool(self.staff_of)

    @property
    def is_reviewer(self) -> bool:
        """Whether they review any organisation."""
        return bool(self.reviews)

    def may(self, who: Who) -> bool:
        """Whether pages of this kind are open to them."""
        if who == "staff":
            return self.is_staff
        if who == "reviewer":
            return self.is_reviewer or self.is_staff
        return who in ("everybody", "half_signed_in", "signed_in")


def allow(who: Who) -> Callable[[View], View]:
    """Say who may open a page. A page without this is closed to everybody."""

    def mark(view: View) -> View:
        view.allowed_to = who  # type: ignore[attr-defined]  # read back by `guard_door`
        return view

    return mark


def guard_door() -> Response | None:
    """Before every request: default deny. Sends strangers to the sign-in page and back; a page not theirs is not there."""
    if request.endpoint == "static":
        g.viewer = None
        return None
    notice_who_is_there()
    if request.endpoint is None:
        return None
    who: Who | None = getattr(current_app.view_functions[request.endpoint], "allowed_to", None)
    if who == "everybody":
        return None
    if who == "half_signed_in" and g.half is not None:
        return None
    if g.viewer is None:
        return redirect(url_for("signin.page", next=where_to_go_on()), 303)
    if who is None or not g.viewer.may(who):
        abort(404)
    return None


def where_to_go_on() -> str:
    """Where whoever has to sign in goes afterwards: to this page, or to the form that they sent, which is kept for them."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    form = None if house().is_tryout else kept.sent()
    token = accounts_kept.keep(accounts(), form, now()) if form else None
    if token is None:
        return "/"
    session[FORM] = token
    return url_for("signin_real.kept_form")


def notice_who_is_there() -> None:
    """Set `g.viewer`, who is signed in; `g.half`, who would be after the second factor; `g.login`, the session of either.

    In the try-out the cookie names whom one picked. Else it holds a token, and the server knows whose session that is.
    """
    g.viewer = g.half = g.login = None
    if house().is_tryout:
        g.viewer = load_viewer(session.get("person"))
    elif token := session.get("token"):
        g.login = sessions.find(accounts(), token, now())
    if g.login is not None:
        found = load_viewer(g.login.person)
        if found and (found.is_staff or found.is_reviewer) and sessions.is_over(g.login, sessions.OFFICE, now()):
            sessions.end(
                accounts(), g.login.person, g.login.id
            )  # for good: this very request was noted as its last visit
            g.login = found = None
        if found and g.login.second is None and owes_second(found, g.login.guarded):
            g.half = found
        else:
            g.viewer = found


def owes_second(viewer: Viewer, guarded: bool) -> bool:
    """Whether a password is not enough for this person: they set up a second factor (`guarded`), or a role asks for one."""
    return guarded or any(role in SECOND_FACTOR_ROLES for role, _ in viewer.roles)


def load_viewer(person: str | None) -> Viewer | None:
    """The viewer with this person id, with the roles that hold today."""
    if person is None:
        return None
    connection = reader()
    standing = viewers.standings(connection, person, today())
    if not standing or standing[0].root or standing[0].is_forgotten:
        return None
    roles = tuple((one.role, one.organisation) for one in standing if one.role)
    staff = [one for one in standing if one.role in STAFF_ROLES and one.organisation]
    review = [one for one in standing if one.role in REVIEW_ROLES and one.organisation]
    first = next(iter(staff + review), None)
    return Viewer(
        person=person,
        name=standing[0].name,
        roles=roles,
        staff_of=organisations.under(connection, [one.organisation for one in staff]),
        reviews=organisations.under(connection, [one.organisation for one in review]),
        organisation=first.organisation if first else standing[0].home,
        organisation_name=first.organisation_name if first else standing[0].home_name,
    )


def activity(activity_id: str, *, to_run: bool = False) -> activities.Activity:
    """An activity that the viewer may see (published ones: everybody) or, `to_run`, may run. Aborts with 404."""
    found = activities.find(reader(), activity_id)
    viewer: Viewer | None = g.viewer
    if found is None:
        abort(404)
    runs = viewer is not None and found.organisation in viewer.staff_of
    reads = viewer is not None and found.organisation in viewer.reviews
    if not runs and (to_run or (found.state == "draft" and not reads)):
        abort(404)
    return found


def slot(slot_id: str, *, to_run: bool = False) -> activities.Slot:
    """A slot of an activity that the viewer may see or, `to_run`, may run. Aborts with 404."""
    found = activities.find_slot(reader(), slot_id)
    if found is None:
        abort(404)
    activity(found.activity, to_run=to_run)
    return found


def person(person_id: str) -> people.Person:
    """A person whose file is the viewer's to know: their own, or of someone their organisation serves with. Aborts with 404."""
    found = people.find(reader(), person_id)
    viewer: Viewer | None = g.viewer
    if found is None or viewer is None:
        abort(404)
    mine = person_id == viewer.person
    if not mine and not people.is_known_to(reader(), person_id, viewer.staff_of | viewer.reviews):
        abort(404)
    return found


def scope(organisation_id: str | None) -> frozenset[str]:
    """The organisations whose figures the viewer may read: all of theirs, or one of them with what stands under it. 404."""
    viewer: Viewer = g.viewer
    allowed = viewer.reviews | viewer.staff_of
    if organisation_id is None:
        return allowed
    if organisation_id not in allowed:
        abort(404)
    return organisations.under(reader(), [organisation_id])
