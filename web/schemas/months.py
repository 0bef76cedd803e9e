"""What may be asked of a month: for which organisation, and as of which position or day."""

from __future__ import annotations

import re
from datetime import date

from marshmallow import ValidationError, fields, validate

from web.forms import Form, length

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def position_or_day(value: str) -> None:
    """`120` or `2026-11-22`. Raises ValidationError."""
    if re.fullmatch(r"[0-9]{1,12}", value):
        return
    try:
        if date.fromisoformat(value).isoformat() == value:
            return
    except ValueError:
        pass
    raise ValidationError("请写第几条，例如 120；或者日期，例如 2026-11-22。")


class MonthQuery(Form):
    """`as_of` is a position of the log, or a local day whose last record it means."""

    organisation = fields.String(load_default=None, validate=length(60))
    as_of = fields.String(load_default=None, validate=position_or_day)
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000, error="页码要在 1 到 10000 之间。"))
