"""What may be typed about organisations."""

from __future__ import annotations

from typing import get_args

from marshmallow import fields, validate

from domain.words import OrganisationKind
from web.forms import Form, length
from web.schemas.people import Reason


class Registration(Form):
    """Another organisation below this one. `code`: its unified social credit code or its union number."""

    name = fields.String(required=True, validate=length(80))
    kind = fields.String(
        required=True,
        validate=validate.OneOf(get_args(OrganisationKind), error="请选择哪一种机构。"),
        error_messages={"required": "请选择哪一种机构。"},
    )
    code = fields.String(
        load_default=None, validate=validate.Regexp(r"^[0-9A-Za-z-]{2,40}$", error="代码只写字母、数字和短横线。")
    )


class Move(Reason):
    """Under which other organisation it goes, and why."""

    parent = fields.String(required=True, error_messages={"required": "请选择移到哪个机构下面。"})
