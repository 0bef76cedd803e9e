"""Visits: the grid for fourteen calls in five minutes, counselling sessions, and what was written lately. (ZS-3, ZS-5)"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.receipts import RecordReceipt, VoidReceipt
from ledger.events import RuleBroken
from projections import receipts
from web import sight, visit_rows
from web.access import here
from web.forms import load, page_of
from web.house import new_id, reader, today
from web.pickers import resolve
from web.schemas.visits import FORMS, OUTCOMES, ROWS, Session, VisitsFilter, Voiding
from web.words import day, sentence
from web.writing import execute, together

blueprint = Blueprint("visits", __name__)
PER_PAGE = 15


@blueprint.get("/visits")
def index() -> str:
    """The empty grid, and below it what was written lately."""
    return render_template("visits/index.html", **context())


@blueprint.post("/visits")
def record() -> tuple[str, int] | Response:
    """Record every row that is complete, each by a command of its own; give back those that are not."""
    with together():
        rows = [visit_rows.judge(row) for row in visit_rows.typed(request.form)]
    written = [row for row in rows if row.saved]
    left = [row for row in rows if not row.saved]
    if written:
        before = sum(row.repeated for row in written)
        also = f"另有 {before} 通之前已经记下，没有再写一次。" if before else ""
        flash(f"记下了 {len(written) - before} 通。{also}", "ok")
    if not left and written:
        return redirect(url_for("visits.index"), 303)
    if not rows:
        flash("还没有写：先在第一行选一个人。", "look")
    shown = context(rows=left, command=request.form.get("command"))
    return render_template("visits/index.html", **shown), 422


@blueprint.get("/visits/counselling")
def counselling() -> str:
    """The form for a counselling session."""
    return render_template("visits/counselling.html", **session_context({}, {}))


@blueprint.post("/visits/counselling")
def record_session() -> tuple[str, int] | Response:
    """Record a counselling session; it is sealed from the first moment on."""
    values, errors = load(Session(), request.form)
    person, why = resolve(values["person"]) if "person" in values else (None, "")
    if why:
        errors["person"] = [why]
    if person is None or errors:
        return render_template("visits/counselling.html", **session_context(request.form, errors)), 422
    try:
        execute(
            RecordReceipt(
                contact=new_id("v"), person=person.id, form="counselling", organisation=visit_rows.own(),
                day=values["day"].isoformat(), minutes=values["minutes"], worker=g.viewer.person, mode=values["mode"],
                note=values["note"],
            ),
            organisation=visit_rows.own(),
            **visit_rows.happened(values["day"]),
        )  # fmt: skip
    except RuleBroken as broken:
        return render_template(
            "visits/counselling.html", **session_context(request.form, {"person": [sentence(broken)]})
        ), 422
    flash("记下了，已封存：只进合计，不在任何名单里出现。", "ok")
    return redirect(url_for("visits.index"), 303)


@blueprint.post("/visits/<contact>/<person>/voiding")
def void(contact: str, person: str) -> tuple[str, int] | Response:
    """Take a visit or a session back; it stays readable and counts no more."""
    found = receipts.find(reader(), contact, person)
    if found is None or found.organisation not in here() or found.form == "activity":
        abort(404)
    if found.sealed and g.viewer.person not in (found.worker, found.recorder):
        abort(404)
    values, errors = load(Voiding(), request.form)
    try:
        if not errors:
            execute(VoidReceipt(contact, person), reason=values["reason"], organisation=found.organisation)
            flash("作废了，这一条不再计数，历史里看得到。", "ok")
            return redirect(url_for("visits.index"), 303)
    except RuleBroken as broken:
        errors = {"reason": [sentence(broken)]}
    return render_template("visits/index.html", **context(voiding=(contact, person, errors["reason"][0]))), 422


def context(
    rows: list[visit_rows.Row] | None = None, voiding: tuple[str, str, str] | None = None, command: str | None = None
) -> dict[str, Any]:
    """What the page shows: the grid with what was typed, the list with its filters."""
    wanted = {"month": "", "worker": "", "place": ""} | load(VisitsFilter(), request.args)[0]
    page = page_of(request.args)
    found, total = receipts.visits(
        reader(), here(), g.viewer.person, **wanted, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    found = sight.dressed(found, wrote=lambda one: g.viewer.person in (one.worker, one.recorder))
    months, workers, places = receipts.filters(reader(), here())
    grid = list(rows or [])
    grid += [visit_rows.blank() for _ in range(ROWS - len(grid))]
    return {
        "rows": grid,
        "command": command or new_id("c"),
        "left": len(rows or []),
        "found": found,
        "total": total,
        "page": page,
        "per_page": PER_PAGE,
        "wanted": wanted,
        "months": [(month, day(month)) for month in months],
        "workers": workers,
        "places": [(place, place) for place in places],
        "outcomes": OUTCOMES,
        "forms": FORMS,
        "voiding": voiding,
        "today": today(),
        "sessions": receipts.counselling(reader(), here(), wanted["month"] or today()[:7]),
        "shown_month": wanted["month"] or today()[:7],
    }


def session_context(values: Any, errors: dict[str, list[str]]) -> dict[str, Any]:
    """What the form of a counselling session shows."""
    return {"values": values, "errors": errors, "today": today(), "command": request.form.get("command") or new_id("c")}
