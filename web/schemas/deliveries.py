"""What the page of what is due can be asked for."""

from __future__ import annotations

from marshmallow import fields, validate

from projections.deliveries import OUTCOMES
from web.forms import Form, between, length, one_of

WAITING = "waiting"
"""Not done yet: the outcome that is none."""


class DeliveriesFilter(Form):
    """Which of them, and which page."""

    outcome = fields.String(load_default="dead", validate=one_of((WAITING, *OUTCOMES)))
    page = fields.Integer(load_default=1, validate=between(1, 100_000))


class Again(Form):
    """`key`: what shall be tried again."""

    key = fields.List(fields.String(validate=length(80)), validate=validate.Length(max=200, error="一次最多 200 件。"))
