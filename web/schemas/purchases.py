"""What may be typed about services that are bought."""

from __future__ import annotations

from marshmallow import fields

from web.forms import Day, Form


class Agreement(Form):
    """Who buys from whom, from which day on."""

    organisation = fields.String(required=True, error_messages={"required": "请选择哪个机构的服务。"})
    buyer = fields.String(required=True, error_messages={"required": "请选择购买方。"})
    since = Day(required=True)


class Ending(Form):
    """The last day of a purchase."""

    organisation = fields.String(required=True)
    buyer = fields.String(required=True)
    until = Day(required=True)
