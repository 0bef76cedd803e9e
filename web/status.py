"""How the house is: how far the log goes, how far each read model has followed, and a rebuild while it goes on."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, render_template

from ledger import progress
from ledger.progress import Building
from projections.wordings import READ_MODELS
from web.health import Standing, standing
from web.house import house, reached, reader

blueprint = Blueprint("status", __name__)


class Status(NamedTuple):
    """What the page shows."""

    standing: Standing
    building: Building | None


def status() -> Status:
    """As of now."""
    return Status(standing(house()), progress.going_on(reader()))


@blueprint.get("/status")
def page() -> str:
    """The page; it follows while it is open."""
    at = reached()
    now = status()
    return render_template("status/page.html", at=at, now=now.standing, building=now.building, words=READ_MODELS)
