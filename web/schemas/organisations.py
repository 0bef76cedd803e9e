"""What may be typed about organisations."""

from __future__ import annotations

from typing import get_args

from marshmallow import fields, validate

from domain.words import OrganisationKind
from web.forms import Form, length
from web.schemas.people import Reason


class Called(Form):
    """What it is called. `code`: its unified social credit code or its union number."""

    name = fields.String(required=True, validate=length(80))
    code = fields.String(
        load_default=None, validate=validate.Regexp(r"^[0-9A-Za-z-]{2,40}$", error="代码只写字母、数字和短横线。")
    )


class Renaming(Called, Reason):
    """Its name and code written anew, and why."""


class Registration(Called):
    """Another organisation below this one."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(get_args(OrganisationKind), error="请选择哪一种机构。"),
        error_messages={"required": "请选择哪一种机构。"},
    )


class Move(Reason):
    """Under which other organisation it goes, and why."""

    parent = fields.String(required=True, error_messages={"required": "请选择移到哪个机构下面。"})
