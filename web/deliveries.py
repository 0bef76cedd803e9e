"""What was due and what became of it: mails, posted hours, absences. What could not be done is asked for again, on the record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.deliveries import RetryDelivery
from projections import deliveries, outbox
from projections.deliveries import RETRIED, Delivery
from web.access import here
from web.batches import execute_each
from web.forms import load
from web.house import house, new_id, reader
from web.naming import names_of
from web.schemas.deliveries import WAITING, Again, DeliveriesFilter

blueprint = Blueprint("deliveries", __name__)
PER_PAGE = 50
WORDS = {
    "dead": "没办成", "no_channel": "没有发信渠道", "nobody": "没有邮箱", WAITING: "等着办", "done": "办好了", "late": "过了时间",
    "moot": "不用办了",
}  # fmt: skip


@blueprint.get("/deliveries")
def index() -> str:
    """Those of one outcome, of the organisations that the viewer acts for."""
    wanted, _ = load(DeliveriesFilter(), request.args)
    return draw(wanted.get("outcome", "dead"), wanted.get("page", 1))


def draw(outcome: str, page: int) -> str:
    """The page."""
    mine: frozenset[str] = here()
    with house().outbox.read() as kept:
        counts = deliveries.counts(kept, mine)
        found = deliveries.of_outcome(kept, stored(outcome), mine, PER_PAGE, (page - 1) * PER_PAGE)
    return render_template(
        "deliveries/index.html",
        outcome=outcome,
        page=page,
        per_page=PER_PAGE,
        words=WORDS,
        counts={key: counts.get(stored(key), 0) for key in WORDS},
        found=found,
        standing=outbox.asked_for(reader(), [one.key for one in found]),
        retried=RETRIED,
        names=names_of(f"{kind}:{key}" for one in found for kind, key in things_of(one)),
        channel=current_app.extensions["channel"],
        has_channel=current_app.extensions["desk"].channel is not None,
        command=new_id("c"),
    )


def stored(outcome: str) -> str | None:
    """The outcome as it is kept."""
    return None if outcome == WAITING else outcome


def things_of(one: Delivery) -> list[tuple[str, str]]:
    """What a row names."""
    return [(kind, key) for kind, key in (("slot", one.slot), ("person", one.person)) if key]


@blueprint.post("/deliveries")
def retry() -> Response | tuple[str, int]:
    """Ask again for what was ticked. 404 for what is not the viewer's."""
    wanted, _ = load(DeliveriesFilter(), request.args)
    values, errors = load(Again(), request.form)
    if errors or not values.get("key"):
        flash("一件都没有选。", "look")
        return draw(wanted.get("outcome", "dead"), wanted.get("page", 1)), 422
    chosen = [theirs(key) for key in values["key"]]
    asked = outbox.asked_for(reader(), values["key"])
    again = [one for one in chosen if one.outcome in RETRIED and asked.get(one.key) == one.asked]
    commands = [RetryDelivery(one.key, one.kind, one.slot, one.person or None) for one in again]
    if commands:
        execute_each(commands, [one.organisation for one in again if one.organisation])
        flash(f"请系统再办 {len(commands)} 件，几秒钟内见分晓。", "ok")
    if left := len(chosen) - len(commands):
        flash(f"有 {left} 件不用再办：已经办好，或者后来的事取代了它。", "look")
    kept: dict[str, Any] = {name: request.args[name] for name in ("outcome", "page") if request.args.get(name)}
    return redirect(url_for("deliveries.index", **kept), 303)


def theirs(key: str) -> Delivery:
    """A delivery of an organisation that the viewer acts for. Aborts with 404."""
    with house().outbox.read() as kept:
        found = deliveries.find(kept, key)
    if found is None or found.organisation not in here():
        abort(404)
    return found
