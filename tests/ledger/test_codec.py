"""What is written can be read back for ever: every event class, older versions, and topics from the future."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from eventsourcing.persistence import JSONTranscoder, MapperDeserialisationError, StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.people import Registered
from ledger import codec
from ledger.events import TOPICS, Event
from tests.cast import NOW
from tests.ledger.examples import events_of, moments
from tests.ledger.test_topics import LIVING
from tests.memory import act_of

MAPPER = codec.EventMapper(JSONTranscoder())


@pytest.mark.parametrize("cls", LIVING.values(), ids=LIVING.keys())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_event_is_read_back_as_it_was_written(cls: type[Event], data: st.DataObject) -> None:
    act = act_of(
        occurred=data.draw(st.none() | moments, "occurred"),
        precision=data.draw(st.sampled_from(["moment", "day", "before"]), "precision"),
        override=data.draw(st.none() | st.from_type(str), "override"),
        basis=data.draw(st.none() | st.text(), "basis"),
    )
    fact = data.draw(events_of(cls), "fact")
    recorded = codec.place(act.record(fact), fact.stream, 7, 0)
    stored = MAPPER.to_stored_event(recorded)
    assert (stored.topic, stored.originator_id, stored.originator_version) == (cls.topic, fact.stream, 7)
    assert MAPPER.to_domain_event(stored) == recorded


def test_the_row_says_nothing_twice() -> None:
    recorded = codec.place(act_of().record(Registered("p1", "何小满")), "person:p1", 3, 9)
    state = MAPPER.to_stored_event(recorded).state
    assert not any(word in state for word in (b"originator", b"position", b"phone", b"null"))


def test_an_instant_stays_the_same_instant() -> None:
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=8)))
    stored = MAPPER.to_stored_event(act_of(occurred=moment).record(Registered("p1", "何小满")))
    assert MAPPER.to_domain_event(stored).occurred == moment


def test_a_topic_from_the_future_is_named() -> None:
    with pytest.raises(codec.UnknownTopic, match=r"person\.cloned"):
        MAPPER.to_domain_event(StoredEvent("person:p1", 1, "person.cloned", b"{}"))


@pytest.mark.parametrize(
    "state", [b"", b"{", b"{}", b'{"event":{"person":7},"actor":"a","recorded":"2026-01-01T00:00:00Z"}']
)
def test_a_state_that_does_not_fit_names_its_topic(state: bytes) -> None:
    with pytest.raises(MapperDeserialisationError, match=r"person\.registered"):
        MAPPER.to_domain_event(StoredEvent("person:p1", 1, "person.registered", state))


# -- versions


@pytest.fixture(scope="module")
def renamed() -> Iterator[type[Event]]:
    """A class whose third version has another shape than the first, which said `seconds`."""

    class Rested(Event, topic="test.rested", stream=("person",), version=3):
        """Rested for so many minutes, from a moment on."""

        person: str
        minutes: int
        since: datetime
        kind: str

        @staticmethod
        def upcast_v1_v2(fields: dict[str, Any]) -> None:
            """Seconds became minutes."""
            fields["minutes"] = fields.pop("seconds") // 60

        @staticmethod
        def upcast_v2_v3(fields: dict[str, Any]) -> None:
            """A kind was added."""
            fields["kind"] = "nap"

    yield Rested
    del TOPICS["test.rested"]
    codec._decoders.pop("test.rested", None)


@pytest.mark.parametrize(
    ("schema", "old"),
    [
        ("", '"seconds":600'),
        (',"schema":1', '"seconds":600'),
        (',"schema":2', '"minutes":10'),
        (',"schema":3', '"minutes":10,"kind":"nap"'),
    ],
)
def test_an_old_event_is_lifted_step_by_step(renamed: Any, schema: str, old: str) -> None:
    state = f'{{"event":{{"person":"p1","since":"{NOW.isoformat()}",{old}}},"actor":"a","recorded":"{NOW.isoformat()}"{schema}}}'
    recorded = MAPPER.to_domain_event(StoredEvent("test:p1", 1, "test.rested", state.encode()))
    assert recorded.event == renamed("p1", 10, NOW, "nap")
    assert recorded.schema == 3
    assert recorded.recorded == NOW


def test_a_new_event_of_a_changed_class_is_read_back(renamed: Any) -> None:
    recorded = codec.place(act_of().record(renamed("p1", 10, NOW, "sleep")), "test:p1", 1, 0)
    assert recorded.schema == 3
    assert MAPPER.to_domain_event(MAPPER.to_stored_event(recorded)) == recorded


def test_a_topic_is_given_to_one_class_only() -> None:
    with pytest.raises(Exception, match="already registered"):

        class Impostor(Event, topic="person.registered", stream=("person",)):
            """Takes a name that is taken."""

            person: str

    assert TOPICS["person.registered"] is Registered
