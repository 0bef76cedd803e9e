"""What may be asked of a month: for which organisation, and as of which position or day."""

from __future__ import annotations

import re

from marshmallow import fields, validate

from web.forms import Form, length

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
AS_OF = r"^(\d{1,12}|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$"


class MonthQuery(Form):
    """`as_of` is a position of the log, or a local day whose last record it means."""

    organisation = fields.String(load_default=None, validate=length(60))
    as_of = fields.String(
        load_default=None,
        validate=validate.Regexp(AS_OF, error="请写第几条，例如 120；或者日期，例如 2026-11-22。"),
    )
    page = fields.Integer(
        load_default=1, validate=validate.Range(min=1, max=10_000, error="页码要在 1 到 10000 之间。")
    )
