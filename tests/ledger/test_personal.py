"""Personal fields stay in the events: no tag, no guard and no topic ever holds a name, a phone number or a note."""

import re
from typing import Any

import msgspec
import pytest

from ledger import guards
from ledger.events import Event, Recorded
from tests.ledger.examples import events_of
from tests.ledger.test_topics import LIVING

SECRET = "隐私-13800000000"
PERSONAL = {topic: cls for topic, cls in LIVING.items() if cls.personal}


def filled(cls: type[Event]) -> Event:
    """An event of this class whose personal fields hold a mark that can be found again."""
    fields: dict[str, Any] = {
        field.name: {"name": SECRET} if field.type == dict[str, Any] else SECRET
        for field in msgspec.structs.fields(cls)
        if field.name in cls.personal
    }
    return msgspec.structs.replace(events_of(cls).example(), **fields)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("cls", PERSONAL.values(), ids=PERSONAL.keys())
def test_nothing_personal_leaves_the_event(cls: type[Event]) -> None:
    event = filled(cls)
    rows = guards.Rows()
    guards.fold(event, rows)
    written = [part for row in rows.values() for part in (row.tag.encode(), guards.encode(row)[2])]
    assert written
    assert not any(SECRET.encode() in part for part in (*written, cls.topic.encode(), event.stream.encode()))


def test_names_phones_and_free_texts_are_marked() -> None:
    marked = {(topic, field) for topic, cls in PERSONAL.items() for field in cls.personal}
    named = {
        (topic, field)
        for topic, cls in LIVING.items()
        for field in cls.__struct_fields__
        if field in ("phone", "note", "text", "data") or (topic, field) == ("person.registered", "name")
    }
    assert named <= marked


CLEAR = {
    "ids": """about activity affected assisted_by buyer by candidates carried contact contacts delivery household into organisation
        parent person provider reader record slot slots worker""",
    "choices of a list": "basis grade identity kind measure mode overridden role scope was what document how",
    "of a thing that is public": """aliases audience category code domains due insurance issuer place risk skills summary title
        name unit section""",
    "printed in a bulletin": "bulletin figure as_of period",
    "what is counted, and what rules ask for": "day outcome purpose skill",
}
"""Text fields that stand readable in the log, each as what; every other one is personal."""


def test_every_text_of_an_event_is_personal_or_known_to_be_readable() -> None:
    known = {name for names in CLEAR.values() for name in names.split()}
    texts = {
        (topic, field.name)
        for topic, cls in LIVING.items()
        for field in msgspec.structs.fields(cls)
        if field.name not in cls.personal and re.search("str|Any", str(field.type))
    }
    assert {(topic, name) for topic, name in texts if name not in known} == set()
    assert {(topic, name) for topic, name in texts if name in ("name", "how", "title", "place", "what")} == {
        ("organisation.registered", "name"), ("person.forgotten", "how"), ("activity.drafted", "title"),
        ("activity.revised", "title"), ("activity.document_attached", "title"), ("activity.drafted", "place"),
        ("activity.slot_added", "place"), ("activity.revised", "place"), ("receipt.received", "place"),
        ("person.sensitive_read", "what"), ("bulletin.figure_claimed", "what"),
    }  # fmt: skip


def test_the_envelope_has_no_room_for_a_name() -> None:
    assert set(Recorded.__struct_fields__) == {
        "event", "actor", "recorded", "organisation", "occurred", "precision", "source", "reason", "basis", "command",
        "schema", "originator_id", "originator_version", "position", "blind",
    }  # fmt: skip
