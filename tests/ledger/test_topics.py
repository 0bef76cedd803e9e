"""Names that are stored for ever: every topic, its version and its stream stand in `topics.txt`.

A renamed or removed topic makes old logs unreadable and fails here. A new event class is added to the file by hand.
"""

from pathlib import Path

import pytest

import domain
from ledger.events import TOPICS, Event
from ledger.guards import KINDS

FROZEN = (Path(__file__).parent / "topics.txt").read_text(encoding="utf-8").splitlines()
LIVING = {topic: cls for topic, cls in TOPICS.items() if cls.__module__.startswith(f"{domain.__name__}.")}


def line_of(cls: type[Event]) -> str:
    """How an event class is written down in the file."""
    return f"{cls.topic} v{cls.version} {'/'.join(cls.stream_fields)}"


def test_no_topic_was_renamed_removed_or_forgotten() -> None:
    living = sorted(line_of(cls) for cls in LIVING.values())
    gone = set(FROZEN) - set(living)
    new = set(living) - set(FROZEN)
    assert not gone, f"stored events of these kinds can no longer be read: {sorted(gone)}"
    assert not new, f"add to topics.txt: {sorted(new)}"
    assert sorted(FROZEN) == FROZEN, "the file is in alphabetical order"


@pytest.mark.parametrize("cls", LIVING.values(), ids=LIVING.keys())
def test_a_stream_is_named_by_fields_that_are_not_personal(cls: type[Event]) -> None:
    assert cls.stream_fields
    assert set(cls.stream_fields) <= set(cls.__struct_fields__)
    assert set(cls.personal) <= set(cls.__struct_fields__)
    assert not set(cls.stream_fields) & set(cls.personal)
    assert cls.topic.partition(".")[0] in KINDS, "the guard of the stream counts its version"


@pytest.mark.parametrize("cls", LIVING.values(), ids=LIVING.keys())
def test_a_fact_says_what_it_is(cls: type[Event]) -> None:
    assert cls.__doc__
    assert cls.__struct_config__.frozen
