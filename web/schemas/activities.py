"""What the pages that find activities are asked with, and what signing up and leaving send."""

from __future__ import annotations

from marshmallow import fields

from domain.words import Side
from web.forms import Day, Form, length, one_of

SIDES: tuple[Side, ...] = ("volunteer", "participant")
ONLY = {"free": "还有名额", "unskilled": "不需资格", "weekend": "周末", "evening": "晚间", "mine": "我的"}
"""What a list can be narrowed to, and how it is said."""


class ListFilter(Form):
    """Which slots of a list or a month: from which day, words of title or place, whose, which side, narrowed to what."""

    class Meta(Form.Meta):
        include = {"from": Day(load_default=None)}  # a word of Python, so it cannot be a name below

    q = fields.String(validate=length(40), load_default="")
    organisation = fields.String(validate=length(80), load_default="")
    side = fields.String(validate=one_of(SIDES), load_default="")
    narrow = fields.List(fields.String(validate=one_of(ONLY)))
    day = Day(load_default=None)


class SigningUp(Form):
    """A place on one side; for somebody else and with a reason where an organiser does it."""

    side = fields.String(required=True, validate=one_of(SIDES), error_messages={"required": "请选志愿者席或参与者席。"})
    person = fields.String(validate=length(80), load_default="")
    reason = fields.String(validate=length(200), load_default="")


class Leaving(Form):
    """Giving a place back; an organiser says why."""

    reason = fields.String(validate=length(200), load_default="")
