"""Signing up and leaving, and one's own record."""

from __future__ import annotations

from flask import Blueprint

from web import record
from web.access import allow

blueprint = Blueprint("enrolments", __name__)

# --- my record


@blueprint.get("/me/record")
@allow("signed_in")
def mine() -> str | tuple[str, int]:
    """My commitments, my hours and my stars."""
    return record.draw()
