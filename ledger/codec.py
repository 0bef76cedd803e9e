"""Typed encoding of events: msgspec instead of the library's generic JSON, behind the library's own Mapper interface.

With keys, what is personal is encrypted on the way in and decrypted on the way out (`personal.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

import msgspec
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent

from ledger import personal
from ledger.events import TOPICS, Event, Recorded
from ledger.keys import KeyStore
from ledger.master import KeyMissing
from ledger.store import Entry, Stored

_PLACE = {"originator_id": "", "originator_version": 0, "position": 0, "blind": ""}
_encode = msgspec.json.Encoder().encode
_decoders: dict[str, msgspec.json.Decoder[Recorded[Event]]] = {}
_set = msgspec.structs.force_setattr


class UnknownTopic(MapperDeserialisationError):
    """The log holds a topic that this version of the program does not know; nothing after it may be applied."""


class EventMapper(Mapper[str]):
    """Turns `Recorded` events into stored rows and back; stream, version and position live in columns, not in the state."""

    keys: KeyStore | None = None
    """Without keys personal fields are stored as they are: rules alone are tested so."""
    is_blind = False
    """Whether what is personal is read as if everybody were forgotten: who follows another's log has no keys."""

    def prepare(self, events: Iterable[Recorded[Event]]) -> None:
        """Make the keys that these events need, all in one transaction. Raises SubjectErased, KeyMissing."""
        if self.is_blind:
            raise KeyMissing("这份记录打开时没有带密钥，只能读，不能写。")
        if self.keys is not None:
            several = list(events)
            subjects = {whose for one in several if (whose := personal.subject_of(one.event))}
            self.keys.ensure(subjects, {whose for one in several if (whose := personal.reasoned(one))})

    def write(self, recorded: Recorded[Event]) -> Entry:
        """The row of an event whose stream and version are known. Raises SubjectErased."""
        event, reason = recorded.event, recorded.reason
        if self.keys is not None:
            event = personal.seal(recorded, self.keys) if event.personal else event
            reason = personal.seal_reason(recorded, self.keys) if reason else reason
        state = _encode(msgspec.structs.replace(recorded, event=event, reason=reason, **_PLACE))
        return Entry(recorded.originator_id, recorded.originator_version, event.topic, state)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The library's way to encode one recorded event. Raises SubjectErased."""
        return StoredEvent(*self.write(domain_event))

    def doubt(self) -> None:
        """A reading begins: nobody is read who was forgotten before it, in whichever process."""
        if self.keys is not None:
            self.keys.doubt()

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Decode one stored event. Raises UnknownTopic, or MapperDeserialisationError where the state does not fit."""
        self.doubt()
        stream, position = str(stored_event.originator_id), getattr(stored_event, "id", 0)
        return self.read(
            Stored(position, stream, stored_event.originator_version, stored_event.topic, stored_event.state)
        )

    def read(self, row: Stored) -> Recorded[Event]:
        """The event of a row. Raises UnknownTopic, or MapperDeserialisationError where the state or its key does not fit."""
        recorded = decode(row.topic, row.state)
        place(recorded, row.stream, row.version, row.position)
        if recorded.reason:
            personal.unseal_reason(recorded, self.keys, is_blind=self.is_blind)
        if recorded.event.personal:
            personal.unseal(recorded, self.keys, is_blind=self.is_blind)
        return recorded

    def read_to_fold(self, row: Stored) -> Recorded[Event]:
        """The same with the keyed hash of what somebody is found by, which costs as much as the rest. Raises as `read` does."""
        recorded = self.read(row)
        if recorded.event.indexed and self.keys is not None:
            _set(recorded, "blind", self.blind_of(recorded.event, self.keys))
        return recorded

    def read_all(self, rows: Iterable[Stored], topics: Container[str] | None = None) -> Iterator[Recorded[Event]]:
        """The events of rows, decoded as they are taken: those of these topics, else all. Raises as `read` does."""
        if topics is not None:
            rows = (row for row in rows if row.topic in topics or row.topic not in TOPICS)
        return map(self.read_to_fold, rows)

    @staticmethod
    def blind_of(event: Event, keys: KeyStore) -> str:
        """The keyed hash of an event's indexed field; empty where there is none or nobody can read it any more."""
        value = getattr(event, event.indexed)
        return keys.blind(value) if value and value != personal.ERASED else ""


def place(recorded: Recorded[Any], stream: str, version: int, position: int) -> Recorded[Any]:
    """Tell a freshly made or decoded event where it stands; nobody else holds it yet."""
    _set(recorded, "originator_id", stream)
    _set(recorded, "originator_version", version)
    _set(recorded, "position", position)
    return recorded


def decode(topic: str, state: bytes) -> Recorded[Event]:
    """Decode the state of one event of that topic, upcast to its present shape."""
    decoder = _decoders.get(topic) or _decoder(topic)
    try:
        if TOPICS[topic].version > 1:
            return _upcast(topic, state)
        return decoder.decode(state)
    except msgspec.MsgspecError as error:
        raise MapperDeserialisationError(f"事件 {topic} 的内容读不出来：{error}") from error


def _decoder(topic: str) -> msgspec.json.Decoder[Recorded[Event]]:
    if topic not in TOPICS:
        raise UnknownTopic(f"记录里有本程序不认识的事件类型 {topic!r}：程序可能太旧。停在它之前，之后的一条也不应用。")
    shape: Any = Recorded  # its parameter is known at run time only
    return _decoders.setdefault(topic, msgspec.json.Decoder(shape[TOPICS[topic]]))


def _upcast(topic: str, state: bytes) -> Recorded[Event]:
    """Lift an older version step by step with the class's own `upcast_v1_v2` functions, as the library does."""
    cls, raw = TOPICS[topic], msgspec.json.decode(state)
    for version in range(raw.get("schema", 1), cls.version):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(raw["event"])
    raw["schema"] = cls.version
    shape: Any = Recorded
    return msgspec.convert(raw, shape[cls])  # type: ignore[no-any-return]  # the parameter is known at run time only
