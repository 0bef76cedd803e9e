"""What the forms of a roster and of closing a slot send."""

from __future__ import annotations

from marshmallow import fields

from web.forms import Form, LocalDateTime, between, length, one_of

SIDES = ("volunteer", "participant")
STATES = ("requested", "accepted", "waiting", "checked_in", "checked_out", "no_show", "left")


class RosterFilter(Form):
    """Which lines of the roster, as of which position of the log, and whom one looks for to add."""

    side = fields.String(validate=one_of(SIDES), load_default="")
    state = fields.String(validate=one_of(STATES), load_default="")
    as_of = fields.Integer(validate=between(0, 1 << 53), load_default=None)
    q = fields.String(validate=length(40), load_default="")


class Reasoned(Form):
    """An act that needs a reason."""

    reason = fields.String(required=True, validate=length(200))


class Plain(Form):
    """An act that needs nothing more than to be done; a reason is kept where one is given."""

    reason = fields.String(validate=length(200), load_default="")


class Correction(Reasoned):
    """When somebody came and left, put right or entered late."""

    checked_in = LocalDateTime(load_default=None)
    checked_out = LocalDateTime(load_default=None)


class Addition(Form):
    """A person for the list; the reason overrides the deadline and what the slot asks for."""

    person = fields.String(required=True, validate=length(40), error_messages={"required": "先找到一个人，再选中。"})
    side = fields.String(required=True, validate=one_of(SIDES))
    reason = fields.String(validate=length(200), load_default="")


class Headcount(Form):
    """How many came who are not on the list."""

    side = fields.String(required=True, validate=one_of(SIDES))
    count = fields.Integer(required=True, validate=between(0, 100_000))
    reason = fields.String(validate=length(200), load_default="")


HOWS = ("slot", "minutes", "limit", "measured", "absent", "came", "told", "declined")


class Exceptional(Form):
    """What to do about lines that do not close by themselves: `p` names the people, `minutes` are filled in by hand."""

    p = fields.List(fields.String(validate=length(40)))
    how = fields.String(required=True, validate=one_of(HOWS), error_messages={"required": "请选怎么记。"})
    minutes = fields.Integer(validate=between(1, 24 * 60), load_default=None)
    reason = fields.String(validate=length(200), load_default="")


class Proposals(Form):
    """`p`: whose hours are proposed as the attendance says."""

    p = fields.List(fields.String(validate=length(40)))
