"""What the audit page can be asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from projections.wordings import GROUPS, TOPICS
from web.forms import Day, Form, length, one_of

SOURCES = ("web", "kiosk", "qr", "import", "late", "demo", "command", "system")
POSITION = validate.Range(min=0, max=2**53, error="第几条要是一个正整数。")


class Filters(Form):
    """Filters; everything may be left out. `from` and `to` (below) are local dates, both included."""

    actor = fields.String(load_default=None, validate=length(60))
    thing = fields.String(load_default=None, validate=length(120))
    organisation = fields.String(load_default=None, validate=length(60))
    topic = fields.String(load_default=None, validate=one_of([*GROUPS, *TOPICS]))
    source = fields.String(load_default=None, validate=one_of(SOURCES))
    by = fields.String(load_default="recorded", validate=one_of(("recorded", "occurred")))
    late = fields.Boolean(load_default=False)
    before = fields.Integer(load_default=None, validate=POSITION)
    after = fields.Integer(load_default=None, validate=POSITION)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        """The first day is not behind the last one."""
        since: date | None = data.get("from")
        until: date | None = data.get("to")
        if since and until and since > until:
            raise ValidationError("“从”要早于“到”。", "from")


AuditQuery: type[Filters] = Filters.from_dict(  # type: ignore[assignment]  # marshmallow's type says any schema
    {"from": Day(load_default=None), "to": Day(load_default=None)}, name="AuditQuery"
)
"""`from` is a word of the language, so it cannot be written as a field above."""
