"""People: finding them, opening a file, one person's file. Acts on a file stand in `person_acts`, journeys in `journey_pages`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.consents import ADULT, CHILD
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from domain.words import LABELS
from projections import contacts, duplicates, enrolments, hours, organisations, people, receipts
from web import access, forgetting, journey_pages, person_acts, sensitive, sight
from web.access import here
from web.forms import load, page_of
from web.house import house, id_from, instant, new_id, now, reader, today
from web.person_acts import grantable, may_grant
from web.pickers import MOST_TYPED, offered, search
from web.schemas.people import KINDS, LANGUAGES, MEANS, PLAIN_ROLES, SCOPES, Registration
from web.visit_rows import own
from web.writing import answered_before, execute, together

blueprint = Blueprint("people", __name__)
PER_PAGE = 50


@blueprint.get("/people")
def index() -> str:
    """Everybody whom the viewer's organisations know, or whoever the search finds among them."""
    wanted = request.args.get("q", "").strip()[:MOST_TYPED]
    page = page_of(request.args)
    scope = here()
    if wanted:
        found = search(wanted, PER_PAGE, scope)
        total = len(found)
    else:
        found = people.known(reader(), scope, PER_PAGE, (page - 1) * PER_PAGE)
        total = people.count_known(reader(), scope)
    roles = {person.id: roles_in_words(person.id) for person in found}
    flags = open_flags()
    return render_template(
        "people/index.html", q=wanted, found=found, roles=roles, total=total, page=page, per_page=PER_PAGE, flags=flags,
        awaiting=sensitive.awaiting(), mine=sensitive.own(), leaving=forgetting.awaiting(),
    )  # fmt: skip


@blueprint.get("/people/options")
def options() -> str:
    """Options for a picker's datalist; the text is the value of whatever field asks."""
    text = next(iter(request.args.values()), "")
    return render_template("people/_options.html", found=offered(text.rpartition("·")[0] or text))


@blueprint.get("/people/new")
def new() -> str:
    """The form for a new file."""
    return render_template("people/new.html", **registration(request.args, {}))


@blueprint.post("/people")
def register() -> tuple[str, int] | Response:
    """Open a file; somebody of the same name is shown first."""
    values, errors = load(Registration(), request.form)
    if errors:
        return render_template("people/new.html", **registration(request.form, errors)), 422
    person = id_from(request.form.get("command", ""), "p")
    namesakes = [found for found in offered(values["name"]) if found.name == values["name"] and found.id != person]
    if namesakes and not values["anyway"]:
        return render_template("people/new.html", **registration(request.form, {}, namesakes)), 409
    known = people.find(reader(), person)
    if known is None or not people.is_known_to(reader(), person, here()):
        with together():
            execute(
                RegisterPerson(
                    person,
                    values["name"],
                    phone=values["phone"],
                    over=values["over"],
                    organisation=own(),
                    note=values["note"],
                ),
                organisation=own(),
            )
            if values["role"]:
                execute(GrantRole(person, values["role"], own(), now().date()), part="role", organisation=own())
    else:
        answered_before()
    flash("建好了档案。", "ok")
    return redirect(url_for("people.page", person_id=person), 303)


@blueprint.get("/people/<person_id>")
def page(person_id: str) -> str | Response:
    """One person's file: their own, or of somebody whom the viewer's organisations know."""
    found = access.person(person_id)
    if found.root:
        return redirect(url_for("people.page", person_id=found.root))
    if sight.is_closed(found):
        return sensitive.gate(found)
    return render_template("people/page.html", **file_of(found))


def file_of(found: people.Person, *, errors: dict[str, list[str]] | None = None, act: str = "") -> dict[str, Any]:
    """What a file shows. `act` and `errors`: the form on it that was refused, and why."""
    files = people.files_of(reader(), found.id)
    scope = g.viewer.at("people.verify")
    served, contents = receipts.of_person(reader(), files), g.viewer.at("receipt.contents")
    mine = g.viewer.person == found.id
    flags = [flag for file in files for flag in duplicates.open_duplicates(reader(), file)]
    candidates = {other for flag in flags for other in flag.candidates if known_here(other)}
    is_open = sight.one(found.id).asks is None
    is_quiet = found.id in sight.unreached([found.id])
    closed = ("person.phone", "person.email") if is_quiet else ()
    sums = [one for file in files for one in hours.tally_of(reader(), file)]
    return {
        "person": found,
        "name": sight.one(found.id).name,
        "files": files,
        "mine": mine,
        "is_quiet": is_quiet,
        "sees": lambda name: mine or (is_open and name not in closed and people.is_known_to(reader(), found.id, g.viewer.at(name))),
        "edits": not mine and not found.is_forgotten and people.is_known_to(reader(), found.id, scope),
        "phone": sight.phones([found.id]).get(found.id),
        "may_mark": not mine and not found.is_forgotten and sensitive.may_mark(found.id),
        "kinds": KINDS,
        "forgettable": not mine and not found.is_forgotten and sensitive.administers(found.id),
        "roles": people.roles(reader(), found.id),
        "grantable": grantable(scope),
        "may_grant": may_grant,
        "organisations": organisations.names(reader()),
        "where": organisations.in_order({o: organisations.names(reader())[o] for o in scope}),
        "qualifications": people.qualifications(reader(), found.id),
        "consents": people.consents(reader(), found.id),
        "scopes": SCOPES,
        "means": MEANS,
        "contact": contacts.find(reader(), house().ledger, found.id),
        "languages": LANGUAGES,
        "is_minor": bool(found.born) and now().year - (found.born or 0) <= ADULT,
        "is_child": bool(found.born) and now().year - (found.born or 0) <= CHILD,
        "flags": flags,
        "names": sight.names(candidates),
        "commitments": [c for file in files for c in enrolments.coming(reader(), file, instant())],
        "minutes": {state: sum(s.minutes for s in sums if s.state == state) for state in {s.state for s in sums}},
        "visits": [one for one in served if not one.sealed and (mine or one.organisation in contents)][-5:][::-1],
        "errors": errors or {},
        "act": act,
        "values": request.form,
        "today": today(),
    }  # fmt: skip


def known_here(person: str) -> bool:
    """Whether the viewer may know this person."""
    return people.is_known_to(reader(), person, g.viewer.at("people.page"))


def roles_in_words(person: str) -> str:
    """What somebody is today, in words."""
    return "、".join(dict.fromkeys(LABELS[role.role] for role in people.roles_on(reader(), person, today())))


def open_flags() -> list[tuple[str, str]]:
    """Files that may be one person and that the viewer may know and use: the id of one of them, and their names."""
    found = []
    for flag in duplicates.open_duplicates(reader()):
        seen = [person for person in flag.candidates if sight.is_usable(person, g.viewer.at("people.page"))]
        if len(seen) > 1:
            found.append((seen[0], "、".join(sight.names(seen).values())))
    return found


def registration(
    values: Any, errors: dict[str, list[str]], namesakes: list[people.Person] | None = None
) -> dict[str, Any]:
    """What the form for a new file shows."""
    return {
        "values": values,
        "errors": errors,
        "namesakes": namesakes or [],
        "roles": [("", "先不给"), *((role, LABELS[role]) for role in PLAIN_ROLES)],
        "command": request.form.get("command") or new_id("c"),
    }


def refused(person_id: str, act: str, errors: dict[str, list[str]], code: int) -> tuple[str, int]:
    """The file again with the form that was refused, everything typed kept."""
    found = people.find(reader(), person_id)
    if found is None:
        abort(404)
    if sight.is_closed(found):
        return sensitive.gate(found, {"": [why for found in errors.values() for why in found][:1]}), code
    return render_template("people/page.html", **file_of(found, errors=errors, act=act)), code


person_acts.draw(blueprint, refused)
journey_pages.draw(blueprint)
