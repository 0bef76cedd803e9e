"""One way for all input: a marshmallow schema loads a form; what is wrong comes back as a sentence per field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate
from werkzeug.datastructures import MultiDict

from domain.words import ZONE

FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
"""Days outside of these are typing mistakes; no record of the field is older."""
MOST_PAGES = 100_000

fields.Field.default_error_messages = {
    "required": "这一项要填。",
    "null": "这一项要填。",
    "validator_failed": "这一项不对。",
}
_WORDS: dict[type[fields.Field[Any]], str] = {
    fields.String: "请填写文字。",
    fields.Integer: "请填写整数。",
    fields.DateTime: "请填写日期和时间，例如 2026-11-22T09:00。",
    fields.Date: "请填写日期，例如 2026-11-22。",
    fields.Boolean: "请选是或否。",
}
for kind, words in _WORDS.items():
    kind.default_error_messages = {
        **kind.default_error_messages,
        "invalid": words,
        "invalid_utf8": words,
        "format": words,
    }


UNSEEN = dict.fromkeys(
    [
        *(set(range(0x20)) - {0x09, 0x0A}),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
"""Signs that nobody types and that change how everything after them is read: control signs, and turns of direction."""


class Form(Schema):
    """A form. Blanks around text and unseen signs are cut, empty fields count as not given, fields that it does not know are
    ignored.
    """

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def tidy(self, data: Any, **_: Any) -> dict[str, Any]:
        """Cut blanks and drop what was left empty; a field that takes several values gets all of them."""
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            given = [value.translate(UNSEEN).strip() for value in values(data, name)]
            given = [value for value in given if value]
            if isinstance(field, fields.List):
                found[name] = given
            elif given:
                found[name] = given[0]
        return found


def values(data: Any, name: str) -> list[str]:
    """All values that a form sent under a name."""
    if isinstance(data, MultiDict):
        return data.getlist(name)
    value = data.get(name)
    return [] if value is None else [str(value)]


class LocalDateTime(fields.NaiveDateTime):
    """A local wall time as `<input type=datetime-local>` sends it, as an aware datetime."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        naive: datetime = super()._deserialize(value, attr, data, **kwargs)
        in_reach(naive.date())
        return naive.replace(tzinfo=ZONE)


class Day(fields.Date):
    """A local day as `<input type=date>` sends it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        return in_reach(day)


def in_reach(day: date) -> date:
    """The day, where a record of the field can lie on it. Raises ValidationError."""
    if not FIRST <= day <= LAST:
        raise ValidationError(f"日期要在 {FIRST.year} 年到 {LAST.year} 年之间。")
    return day


def page_of(args: MultiDict[str, str]) -> int:
    """Which page an address asks for, the first where it says nothing sensible."""
    return min(max(1, args.get("page", 1, int)), MOST_PAGES)


def length(most: int) -> validate.Length:
    """At most so many characters."""
    return validate.Length(max=most, error=f"最多 {most} 个字。")


def between(least: int, most: int) -> validate.Range:
    """A number from–to."""
    return validate.Range(least, most, error=f"要在 {least} 到 {most} 之间。")


def one_of(choices: Any) -> validate.OneOf:
    """One of the offered values."""
    return validate.OneOf(list(choices), error="请从列出的里面选一个。")


def load(form: Form, data: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values and the sentences per field; no sentences means the values are complete."""
    try:
        return dict(form.load(data)), {}
    except ValidationError as error:
        return dict(error.valid_data or {}), {name: sentences(found) for name, found in error.messages_dict.items()}


def sentences(found: Any) -> list[str]:
    """Error messages of one field, flattened."""
    if isinstance(found, dict):
        return [sentence for inner in found.values() for sentence in sentences(inner)]
    return [str(sentence) for sentence in found]
