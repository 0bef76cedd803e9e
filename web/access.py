"""The one door: who may open which page, and which things are theirs to know. What is not, is not there (404)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from flask import abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from projections import activities, organisations, people, viewers
from web import accounts_kept, kept, permissions
from web import accounts_providers as providers
from web import accounts_sessions as sessions
from web.accounts_store import accounts
from web.house import house, now, reader, today
from web.rights import OFFICES, Right

FORM = "form"
"""Where a session says which form waits for whoever typed it."""
PROVIDER = "provider"
"""Where a session says by whose provider it began."""
LOOKING = frozenset({"union_officer", "reviewer", "auditor"})
"""Who also acts somewhere begins their day there."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is signed in, and where they may do what."""

    person: str
    name: str
    roles: tuple[tuple[str, str], ...]
    organisation: str | None
    organisation_name: str
    grounds: dict[tuple[str, ...], frozenset[str]] = msgspec.field(default_factory=dict)
    """What stands below several nodes, by these nodes; filled when asked for."""

    @property
    def initial(self) -> str:
        """What stands in the round of the masthead: a family name, or the number of a pseudonym."""
        return self.name[-2:] if self.name[-2:].isdigit() else self.name[:1]

    @property
    def url(self) -> str | None:
        """Their account; in the try-out nobody has one."""
        return None if house().is_tryout else url_for("accounts.page")

    @property
    def holds_office(self) -> bool:
        """Whether they act for or look over any organisation."""
        return any(role in OFFICES and where for role, where in self.roles)

    @property
    def needs_second(self) -> bool:
        """Whether a role of theirs asks for a second factor."""
        return any(role in permissions.SECOND_FACTOR for role, _ in self.roles)

    def nodes(self, right: Right | None) -> tuple[str, ...]:
        """The organisations on which a role was granted to them that gives this right."""
        if right is None:
            return ()
        return tuple(sorted({where for role, where in self.roles if where and role in right.offices}))

    def at(self, name: str) -> frozenset[str]:
        """The organisations for which they have the right of this name (a page or a field): those nodes and all below."""
        return self.below(self.nodes(permissions.of(name)))

    def below(self, nodes: tuple[str, ...]) -> frozenset[str]:
        """These organisations and all that stand below them today."""
        if nodes not in self.grounds:
            self.grounds[nodes] = organisations.under(reader(), nodes)
        return self.grounds[nodes]

    def is_within(self, nodes: Iterable[str]) -> bool:
        """Whether every office of theirs lies within these organisations and what stands below them."""
        held = {where for role, where in self.roles if role in OFFICES and where}
        return held <= organisations.under(reader(), sorted(nodes))

    def may(self, name: str) -> bool:
        """Whether the page of this name is open to them, for something at least."""
        right = permissions.of(name)
        return right is not None and (right.self_ or right.anybody or bool(self.nodes(right)))


def here() -> frozenset[str]:
    """The organisations for which the viewer has the right that the page of this request is."""
    viewer: Viewer | None = g.viewer
    return viewer.at(g.page) if viewer is not None else frozenset()


def guard_door() -> Response | None:
    """Before every request: default deny. Sends strangers to the sign-in page and back; a page not theirs is not there."""
    if request.endpoint == "static":
        g.viewer = None
        return None
    notice_who_is_there()
    if request.endpoint is None:
        return None
    g.page = request.endpoint
    right = permissions.of(g.page)
    if right is not None and (right.anybody or (right.is_half and g.half is not None)):
        return None
    if g.viewer is None:
        return redirect(url_for("signin.page", next=where_to_go_on()), 303)
    if not g.viewer.may(g.page):
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
        if found and not (is_in_time(found) and is_vouched(found)):
            # for good: this very request was noted as its last visit
            sessions.end(accounts(), g.login.person, g.login.id)
            g.login = found = None
        if found and g.login.second is None and owes_second(found, g.login.guarded):
            g.half = found
        else:
            g.viewer = found


def is_in_time(viewer: Viewer) -> bool:
    """Whether this session would still be open had it been opened with the limits of today's offices."""
    return not viewer.holds_office or not sessions.is_over(g.login, sessions.OFFICE, now())


def is_vouched(viewer: Viewer) -> bool:
    """Whether a session that began at an organisation's provider still counts where a role of today asks for a second factor:
    an address alone brings nobody into such a role, nor a provider into one that it does not answer for.
    """
    if g.login.means != "provider" or not viewer.needs_second:
        return True
    is_answered_for = g.login.second != "provider" or all(viewer.is_within([one]) for one in came_by())
    return is_answered_for and not is_by_address()


def is_by_address() -> bool:
    """Whether, as far as is known, nothing but an address says that whoever began this session at a provider is its person."""
    by = came_by()
    return g.login.means == "provider" and not (by and by <= set(providers.proven(accounts(), g.login.person)))


def came_by() -> set[str]:
    """By whose provider this session began; where it does not say so, because it is older than that, by any of its person's."""
    return {session[PROVIDER]} if PROVIDER in session else set(providers.of_person(accounts(), g.login.person))


def owes_second(viewer: Viewer, guarded: bool) -> bool:
    """Whether a password is not enough for this person: they set up a second factor (`guarded`), or a role asks for one."""
    return guarded or viewer.needs_second


def load_viewer(person: str | None) -> Viewer | None:
    """The viewer with this person id, with the roles that hold today."""
    if person is None:
        return None
    connection = reader()
    standing = viewers.standings(connection, person, today())
    if not standing or standing[0].root or standing[0].is_forgotten:
        return None
    roles = tuple((one.role, one.organisation) for one in standing if one.role)
    offices = [one for one in standing if one.role in OFFICES and one.organisation]
    first = min(offices, key=lambda one: one.role in LOOKING, default=None)
    return Viewer(
        person=person,
        name=standing[0].name,
        roles=roles,
        organisation=first.organisation if first else standing[0].home,
        organisation_name=first.organisation_name if first else standing[0].home_name,
    )


def activity(activity_id: str, *, to_run: bool = False) -> activities.Activity:
    """An activity that the viewer may see (published ones: everybody) or, `to_run`, for which this page is theirs. Aborts with
    404.
    """
    return shown(activities.find(reader(), activity_id), to_run=to_run)


def shown(found: activities.Activity | None, *, to_run: bool) -> activities.Activity:
    """The activity, where it is the viewer's to see or to run. Aborts with 404."""
    viewer: Viewer | None = g.viewer
    if found is None:
        abort(404)
    if to_run and found.organisation not in here():
        abort(404)
    if found.state == "draft" and (viewer is None or found.organisation not in viewer.at("activity.draft")):
        abort(404)
    return found


def slot(slot_id: str, *, to_run: bool = False) -> activities.Slot:
    """A slot of an activity that the viewer may see or, `to_run`, for which this page is theirs. Aborts with 404."""
    return slot_in(slot_id, to_run=to_run)[0]


def slot_in(slot_id: str, *, to_run: bool = False) -> tuple[activities.Slot, activities.Activity]:
    """Such a slot and its activity. Aborts with 404."""
    found = activities.find_slot_in(reader(), slot_id) or abort(404)
    shown(found[1], to_run=to_run)
    return found


def person(person_id: str) -> people.Person:
    """A person whose file this page may show to the viewer: their own, or one that their organisations know. Aborts with 404."""
    found = people.find(reader(), person_id)
    viewer: Viewer | None = g.viewer
    if found is None or viewer is None:
        abort(404)
    if person_id != viewer.person and not people.is_known_to(reader(), person_id, here()):
        abort(404)
    return found


def scope(organisation_id: str | None) -> frozenset[str]:
    """The organisations whose figures the viewer may read: all of theirs, or one of them with what stands under it. 404."""
    if organisation_id is None:
        return here()
    if organisation_id not in here():
        abort(404)
    return organisations.under(reader(), [organisation_id])
