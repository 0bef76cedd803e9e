"""What somebody may type about their own data."""

from __future__ import annotations

from marshmallow import fields, validate

from web.forms import Form, length
from web.schemas.people import may_be_address

PHONE = validate.Regexp(r"^\+?[0-9 -]{5,20}$", error="电话只写数字，例如 13800000000。")


class Correction(Form):
    """Name, phone and e-mail as they are right; what is left empty is none."""

    name = fields.String(required=True, validate=length(40))
    phone = fields.String(load_default=None, validate=PHONE)
    email = fields.String(load_default=None, validate=[length(254), may_be_address])


class Restriction(Form):
    """Why the data shall not be used."""

    why = fields.String(required=True, validate=length(200))
