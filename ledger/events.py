"""What the log is made of: events (facts in the past tense), commands (imperatives) and the circumstances of an act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from eventsourcing.utils import register_topic

Source = Literal["web", "kiosk", "qr", "import", "late", "demo", "command", "system"]
Precision = Literal["moment", "minute", "day", "month", "before", "after", "unknown"]

TOPICS: dict[str, type[Event]] = {}


def reader(fields: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these attributes of a thing as a tuple, however many; `a.b` is read from the attribute `a`."""
    if not fields:
        return lambda thing: ()
    read = attrgetter(*fields)
    return read if len(fields) > 1 else lambda thing: (read(thing),)


class EventType(msgspec.StructMeta):
    """Gives every event class its stored name (`topic`), its stream and the fields that are personal."""

    topic: str
    stream_kind: str
    read_stream: Callable[[Any], tuple[Any, ...]]

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        topic: str = "",
        stream: tuple[str, ...] = (),
        personal: tuple[str, ...] = (),
        subject: str = "person",
        indexed: str = "",
        has_open_reason: bool = False,
        version: int = 1,
        **options: Any,
    ) -> EventType:
        options = {"frozen": True, "omit_defaults": True} | options
        cls: Any = super().__new__(mcs, name, bases, namespace, **options)
        cls.topic, cls.stream_fields, cls.personal, cls.version = topic, stream, personal, version
        cls.stream_kind = topic.partition(".")[0]
        if stream:
            cls.read_stream = staticmethod(reader(stream))
        cls.subject, cls.indexed, cls.has_open_reason = subject, indexed, has_open_reason
        if topic:
            register_topic(topic, cls)
            TOPICS[topic] = cls
        return cls  # type: ignore[no-any-return]  # a metaclass has no narrower type to give


class Event(msgspec.Struct, metaclass=EventType):
    """A fact. `class Accepted(Event, topic="enrolment.accepted", stream=("slot", "person"), personal=())`.

    `topic` is stored for ever and never follows a renamed class. `stream` names the fields that identify the thing it happened
    to. Fields listed in `personal` (texts or dicts) never become part of an id, a guard or a topic; they are stored encrypted
    with the key of the `subject`, the field that names whom they are about. `indexed` is one of them by whose whole text
    somebody can be found: whoever reads the event to fold it is given its keyed hash (`Recorded.blind`). The reason that
    somebody typed is stored with the same key, but where `has_open_reason` says that it outlives the subject. When the shape
    changes, raise `version` and add a static `upcast_v1_v2(fields: dict) -> None`; a stored event is never rewritten.
    """

    topic: ClassVar[str] = ""
    stream_kind: ClassVar[str] = ""
    stream_fields: ClassVar[tuple[str, ...]] = ()
    personal: ClassVar[tuple[str, ...]] = ()
    subject: ClassVar[str] = "person"
    indexed: ClassVar[str] = ""
    has_open_reason: ClassVar[bool] = False
    version: ClassVar[int] = 1

    @property
    def stream(self) -> str:
        """The id of the stream, for example `enrolment:a7.1/p3`."""
        return tag_of(self.stream_kind, *type(self).read_stream(self))


E = TypeVar("E", bound=Event, covariant=True)


class Recorded(msgspec.Struct, Generic[E], frozen=True, omit_defaults=True, kw_only=True):
    """An event as it stands in the log: the fact, who said so, for whom, why, from where, and both times.

    `occurred` is the earliest instant the fact can have happened, read together with `precision` (a month: its first
    instant; `before`: unknown and earlier than the records). Order comes from `position` alone, never from clocks.
    `blind` is made when an event is read to be folded, and never stored: the keyed hash of its indexed field, empty where
    nobody may know it.
    """

    event: E
    actor: str
    recorded: datetime
    organisation: str | None = None
    occurred: datetime | None = None
    precision: Precision = "moment"
    source: Source = "web"
    reason: str | None = None
    basis: str | None = None
    command: str | None = None
    schema: int = 1
    originator_id: str = ""
    originator_version: int = 0
    position: int = 0
    blind: str = ""

    @property
    def at(self) -> datetime:
        """When it happened, or, where that is unknown, when it was recorded."""
        return self.occurred or self.recorded


class Act(msgspec.Struct, frozen=True):
    """The circumstances of a command: who acts, for which organisation, why, from where, and when it happened.

    `id` makes a command that arrives twice count once. `occurred` stays empty when it happens now; rules judge by `at`.
    `override` carries the reason why a rule that may be overridden shall not hold this time.
    """

    id: str
    actor: str
    recorded: datetime
    organisation: str | None = None
    source: Source = "web"
    reason: str | None = None
    override: str | None = None
    occurred: datetime | None = None
    precision: Precision = "moment"
    basis: str | None = None

    def __post_init__(self) -> None:
        """A reason of blanks is none."""
        if self.reason is not None and not self.reason.strip():
            msgspec.structs.force_setattr(self, "reason", None)
        if self.override is not None and not self.override.strip():
            msgspec.structs.force_setattr(self, "override", None)

    @property
    def at(self) -> datetime:
        """The instant by which rules judge: when it occurred, not when it is being written down."""
        return self.occurred or self.recorded

    def record(self, event: Event) -> Recorded[Event]:
        """Put the event into its envelope; stream version and position are given when it is appended."""
        return Recorded(
            event=event,
            actor=self.actor,
            recorded=self.recorded,
            organisation=self.organisation,
            occurred=self.occurred,
            precision=self.precision,
            source=self.source,
            reason=self.override or self.reason,
            basis=self.basis,
            command=self.id,
            schema=type(event).version,
        )


@dataclass(frozen=True)
class Command:
    """Base of all commands: an imperative with the fields that it needs, and nothing about who says it."""


class RuleBroken(Exception):
    """A rule refused a command. `code` is stable for machines, `facts` fill the sentence that the page shows.

    The class docstring of a subclass says the rule; `sentence` says it to the person in Chinese.
    """

    sentence: ClassVar[str] = "这条规则不允许。"
    index: int | None = None
    """Which of many commands was refused, from 0; tells an importer which line it was."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.sentence.format_map(facts))

    @property
    def code(self) -> str:
        """The name of the rule, for example `SlotFull`."""
        return type(self).__name__


def tag_of(kind: str, *keys: str) -> str:
    """Join a kind and its keys into a tag, for example `seats:a7.1/volunteer`."""
    return f"{kind}:{'/'.join(keys)}"
