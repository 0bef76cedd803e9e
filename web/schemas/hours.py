"""What the forms about volunteer hours send."""

from __future__ import annotations

from marshmallow import fields, validate

from web.forms import Form, between, length, one_of
from web.schemas import months

STATES = ("proposed", "confirmed", "posted", "objected", "credited", "voided")
MONTH = validate.Regexp(rf"{months.MONTH.pattern}$", error="请填写月份，例如 2026-11。")


class HoursFilter(Form):
    """Which entries of the work list."""

    state = fields.String(validate=one_of(STATES), load_default="proposed")
    organisation = fields.String(validate=length(40), load_default="")
    month = fields.String(validate=MONTH, load_default="")
    page = fields.Integer(validate=between(1, 100_000), load_default=1)


class Ticked(Form):
    """`e`: the entries that were ticked, each as slot, person and the minutes that were looked at, joined by a blank."""

    e = fields.List(fields.String(validate=length(120)))


class Objection(Form):
    """What is wrong with an entry, and what would be right."""

    text = fields.String(required=True, validate=length(500), error_messages={"required": "请写明哪里不对。"})
    minutes = fields.Integer(validate=between(1, 24 * 60), load_default=None)


class Settlement(Form):
    """A decision about an entry and why."""

    reason = fields.String(
        required=True, validate=length(500), error_messages={"required": "请写明原因：本人和以后的人要看得懂为什么。"}
    )
    minutes = fields.Integer(validate=between(1, 24 * 60), load_default=None)


class RecordPage(Form):
    """Which entries of one's own record, and the slot of the one that is being objected to."""

    objecting = fields.String(validate=length(40), load_default="")
    page = fields.Integer(validate=between(1, 100_000), load_default=1)
