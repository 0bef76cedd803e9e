"""Any event that can be: Hypothesis builds one of a class from the types of its fields."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st

from domain.words import ZONE
from ledger.checks import LARGEST
from ledger.events import Event

ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,11}", fullmatch=True)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone itself
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([ZONE, UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)

st.register_type_strategy(datetime, moments)
st.register_type_strategy(str, st.text(st.characters(codec="utf-8", exclude_characters="\0")))  # others are refused
st.register_type_strategy(int, st.integers(-LARGEST, LARGEST))


def field_of(cls: type[Event], field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    """Any value of a field: an id where it names the stream, else what its type allows."""
    if field.name in cls.stream_fields:
        return ids
    if field.type == dict[str, Any]:
        return st.dictionaries(st.text(), plain, max_size=3)
    return st.from_type(field.type)


def events_of(cls: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of this class."""
    fields = {field.name: field_of(cls, field) for field in msgspec.structs.fields(cls)}
    return st.fixed_dictionaries(fields).map(lambda values: cls(**values))
