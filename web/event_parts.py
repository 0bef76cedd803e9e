"""What the page of one event is put together from: before and after, the record as stored, where it stands in its stream."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import g

from domain.records import Kept
from ledger.events import Event, Recorded
from ledger.personal import ERASED
from projections.history import KINDS, Entry, positions_of
from projections.wordings import FIELDS, value_words
from web import sight
from web.house import house, reader
from web.naming import names_of

HIDDEN = "（个人信息，不在此显示）"
SEALED = "（封存）"
PERSONS = frozenset(
    {
        "root",
        "aliases",
        "suspects",
        "proposer",
        "asker",
        "waiting",
        *(n for n, kind in KINDS.items() if kind == "person"),
    }
)
"""Fields of events and guards that hold ids of persons."""
PRIVATE = frozenset({"born", "over", "skills", "is_marked", "outcome", "purpose"})
"""Fields that stand readable in the log and are shown only where the person's file is open."""
REACHED = ("phone", "email")
"""By what somebody is contacted: closed where they took that consent back."""
AROUND = 6


def may_read(field: str, line: Entry) -> bool:
    """Whether this personal field of an event is shown: the table says to whom of those for whom the event belongs."""
    return bool({line.organisation, line.owner} & g.viewer.at(field)) and not line.sealed


def persons_of(event: Event) -> tuple[str, ...]:
    """Of whom an event tells what is personal."""
    if isinstance(event, Kept):
        return event.persons
    person = getattr(event, "person", None)
    return (str(person),) if person else ()


def sights_of(event: Event) -> list[sight.Sight]:
    """What the viewer sees of those of whom an event tells."""
    return [sight.one(person) for person in persons_of(event)]


def is_open(event: Event) -> bool:
    """Whether the files of whom an event is about are open to the viewer; what is about nobody is."""
    return all(one.is_open for one in sights_of(event))


def before_after(event: Recorded[Event], line: Entry) -> list[tuple[str, str, str]]:
    """The state of the thing before and after, field by field, where it changed."""
    stream, position = event.originator_id, event.position
    old = msgspec.structs.asdict(house().ledger.guard(stream, position - 1))
    new = msgspec.structs.asdict(house().ledger.guard(stream, position))
    changed = [name for name in new if old[name] != new[name]]
    names = named({name: (old[name], new[name]) for name in changed})
    hidden = {*(PERSONS if line.sealed else ()), *(() if is_open(event.event) else PRIVATE)}
    return [
        (FIELDS.get(name, name), words(name, old[name], names), words(name, new[name], names))
        for name in changed
        if name not in hidden
    ]


def named(fields: dict[str, Any]) -> dict[str, str]:
    """Names of the things that these fields hold, by id."""
    tags = [f"{kind_of(name)}:{one}" for name, value in fields.items() if kind_of(name) for one in texts(value)]
    return {tag.partition(":")[2]: words for tag, words in names_of(tags).items()}


def kind_of(name: str) -> str | None:
    """Which kind of thing a field names."""
    return "person" if name in PERSONS else KINDS.get(name)


def texts(value: Any) -> list[str]:
    """All texts within a value."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict):
        return [text for inner in value for text in texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in texts(inner)]
    return []


def words(name: str, value: Any, names: dict[str, str]) -> str:
    """A field's value with ids as names."""
    if kind_of(name) and isinstance(value, str) and value:
        return names.get(value, value)
    if kind_of(name) and isinstance(value, list | tuple) and value:
        return "、".join(names.get(one, str(one)) for one in value)
    return value_words(name, value)


def stored(event: Recorded[Event], line: Entry) -> list[tuple[str, str, str]]:
    """The fields as stored: name, its word, value; what the viewer may not read is said to be there and not shown."""
    seen = sights_of(event.event)
    is_private, is_shut = not all(one.is_open for one in seen), any(one.asks for one in seen)
    quiet = REACHED if sight.unreached([str(getattr(event.event, "person", ""))]) else ()
    is_gone = any(one.way == "erased" for one in seen)
    names = named(msgspec.structs.asdict(event.event))
    found = []
    for name, value in msgspec.structs.asdict(event.event).items():
        personal = name in event.event.personal and value not in (None, "", {})
        if personal and is_gone:  # also what was written before it was encrypted
            shown = ERASED
        elif personal and (is_shut or name in quiet or not may_read(f"{event.event.topic}.{name}", line)):
            shown = (
                sight.one(getattr(event.event, "person", "")).name if name == "name" and is_of_person(event) else HIDDEN
            )
        elif name in PRIVATE and is_private and value:
            shown = HIDDEN
        elif line.sealed and name in ("person", "contact", "worker", "household", "assisted_by"):
            shown = SEALED
        else:
            shown = words(name, value, names)
        found.append((name, FIELDS.get(name, name), shown))
    return found


def is_of_person(event: Recorded[Event]) -> bool:
    """Whether the name in an event is that of the person whom it is about."""
    return event.event.subject == "person"


def envelope(event: Recorded[Event], line: Entry) -> list[tuple[str, str]]:
    """What the log keeps around the fact."""
    return [
        ("topic", event.event.topic),
        ("stream", SEALED if line.sealed else event.originator_id),
        ("version", str(event.originator_version)),
        ("schema", str(event.schema)),
        ("position", str(event.position)),
        ("command", event.command or "—"),
        ("occurred", event.occurred.isoformat() if event.occurred else "—"),
        ("precision", event.precision),
        ("recorded", event.recorded.isoformat()),
    ]


def around(event: Recorded[Event]) -> list[int]:
    """Positions of the same thing's events around this one, oldest first."""
    every = positions_of(reader(), event.originator_id)
    here = every.index(event.position)
    return every[max(0, here - AROUND) : here + AROUND + 1]
