"""What may be typed about visits: one row a contact, a counselling session, and why a record is void."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from web.forms import Day, Form, between, length, one_of
from web.house import today
from web.schemas.hours import MONTH

OUTCOMES = ("接通", "未接", "改约", "拒访")
FORMS = {"phone_visit": "电访", "home_visit": "走访"}
ROWS = 14
"""So many rows does the entry grid have: the fourteen calls of one afternoon."""


class VisitsFilter(Form):
    """Which contacts of those that were written: of a month, by somebody, at a place."""

    month = fields.String(validate=MONTH, load_default="")
    worker = fields.String(validate=length(80), load_default="")
    place = fields.String(validate=length(40), load_default="")


class Contact(Form):
    """What all contacts share: with whom, on which day, how long."""

    person = fields.String(required=True, error_messages={"required": "请选一个人。"})
    day = Day(required=True)
    minutes = fields.Integer(load_default=None, validate=between(1, 24 * 60))
    note = fields.String(load_default=None, validate=length(500))

    @validates_schema
    def not_yet(self, data: dict[str, Any], **_: Any) -> None:
        """A contact that has not been cannot be recorded."""
        if data.get("day") and data["day"] > date.fromisoformat(today()):
            raise ValidationError("日期还没到，不能先记。", "day")


class Visit(Contact):
    """One row of the grid."""

    form = fields.String(load_default="phone_visit", validate=one_of(FORMS))
    place = fields.String(load_default="", validate=length(40))
    outcome = fields.String(
        required=True, validate=one_of(OUTCOMES), error_messages={"required": "请选结果：接通、未接、改约或拒访。"}
    )
    next_step = fields.String(load_default="", validate=length(100))
    helper = fields.String(load_default=None)


class Session(Contact):
    """A counselling session; what was said stays with the counsellor."""

    minutes = fields.Integer(required=True, validate=between(1, 24 * 60))
    mode = fields.String(load_default="当面", validate=one_of(("当面", "电话", "线上")))


class Voiding(Form):
    """Why a record counts no more."""

    reason = fields.String(
        required=True, validate=length(200), error_messages={"required": "请写明为什么作废：记录会留着，只是不再计数。"}
    )
