"""Guards: the folded state of all events that carry one tag, kept current in the transaction that appends them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import product
from typing import Any, ClassVar, TypeVar

import msgspec

from ledger.events import Event, reader, tag_of
from ledger.store import StoredGuard, StoreUnavailable

GuardT = TypeVar("GuardT", bound="Guard")
Keys = Callable[[Any], Iterable[tuple[str, ...]]]
Tags = Callable[[Any], list[str]]
Fold = Callable[[Any, Any], Any]

KINDS: dict[str, type[Guard]] = {}
FOLDS: dict[type[Event], list[tuple[Tags, Fold]]] = defaultdict(list)
MARK = "guards:shape"
"""The tag of the row that says by which guards the others were folded; no guard has this kind."""
UNTOUCHED = 0, b"{}"
"""What is stored of a guard that nothing has happened to: its version and its state."""

_encode = msgspec.json.Encoder().encode


class Unreadable(StoreUnavailable):
    """A stored guard is not of the shape that this version of the program gives it; nothing can be decided by it."""


class FoldedByAnother(StoreUnavailable):
    """The stored guards are those of another version of the program; what this one would write is not what the other reads."""


class GuardType(msgspec.StructMeta):
    """Registers a guard class under its kind and collects its `@evolves` methods."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        kind: str = "",
        key: tuple[str, ...] = (),
        version: int = 1,
        **options: Any,
    ) -> GuardType:
        cls: Any = super().__new__(mcs, name, bases, namespace, **({"frozen": True, "omit_defaults": True} | options))
        cls.kind, cls.key, cls.version, cls.topics = kind, key, version, []
        if kind:
            KINDS[kind] = cls
            for method in namespace.values():
                for event_type, keys in getattr(method, "_evolves", ()):
                    FOLDS[event_type].append((tags_from(kind, key, keys), method))
                    cls.topics.append(event_type.topic)
        return cls  # type: ignore[no-any-return]  # a metaclass has no narrower type to give


class Guard(msgspec.Struct, metaclass=GuardType):
    """A frozen value with one `@evolves` method per event and the questions that rules ask of it.

    `class Seats(Guard, kind="seats", key=("slot", "side"))`: the key names the event fields that make its tag. All fields
    need defaults: the guard of a thing that nothing has happened to is `Seats()`. Dropping all guards and folding the log
    must give the same rows (`./run verify`). Other fields, another key or another event are noticed at the next start, and
    all guards are folded once more; where only the code of a fold or of `keys` says something else, raise `version`.
    """

    kind: ClassVar[str] = ""
    key: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1
    topics: ClassVar[list[str]] = []

    @classmethod
    def of(cls, *paths: str) -> Needed:
        """Say which guard a rule needs: each path names a field of the command, or `other.field` of a guard named before."""
        return Needed(cls, paths)


def evolves(*event_types: type[Event], keys: Keys | None = None) -> Callable[[Fold], Fold]:
    """Mark a guard's method as the fold of these events; `keys` where the tag is not simply the guard's key fields."""

    def mark(method: Any) -> Any:
        method._evolves = [(event_type, keys) for event_type in event_types]
        return method

    return mark


def tags_from(kind: str, fields: Sequence[str], keys: Keys | None) -> Tags:
    """How an event tells the tags of a guard: by these fields, or by `keys`."""
    if keys is not None:
        return lambda event: [tag_of(kind, *key) for key in keys(event)]
    read = reader(fields)
    return lambda event: listed(tag_or_tags(kind, read(event)))


def tag_or_tags(kind: str, values: Sequence[Any]) -> str | list[str]:
    """One tag, or a list of them where a value is several: `["a", ("x", "y")]` gives `kind:a/x` and `kind:a/y`."""
    for value in values:
        if not isinstance(value, str):
            each = [(value,) if isinstance(value, str) else value for value in values]
            return [tag_of(kind, *keys) for keys in product(*each)]
    return f"{kind}:{'/'.join(values)}"


def listed(tag: str | list[str]) -> list[str]:
    """One tag or several, as a list."""
    return [tag] if isinstance(tag, str) else tag


@dataclass(frozen=True, slots=True)
class Needed:
    """A guard that a rule needs, and where its key comes from."""

    guard: type[Guard]
    paths: tuple[str, ...]

    def source(self, names: Collection[str]) -> Source:
        """Resolve the paths: `slot.months` where `slot` is a parameter of the rule, `act.actor`, else a field of the command."""
        parts: list[tuple[str, str]] = []
        for path in self.paths:
            first, _, rest = path.partition(".")
            parts.append((first, rest) if rest and (first in names or first == "act") else ("command", path))
        read = reader([f"{owner}.{field}" for owner, field in parts])
        return Source(self.guard.kind, tuple(parts), read, all(owner not in names for owner, _ in parts))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the tags of a need come from: which field of whom gives each part of the key."""

    kind: str
    parts: tuple[tuple[str, str], ...]
    read: Callable[[Any], tuple[Any, ...]]
    is_direct: bool

    def tag(self, facts: Any) -> str | list[str]:
        """The tag that is needed, by what has the owners as attributes; a list of them where a part of the key holds several."""
        return tag_or_tags(self.kind, self.read(facts))


class Row(msgspec.Struct):
    """One guard as stored: `version` counts the events of the stream that has this tag as its name."""

    tag: str
    version: int
    guard: Guard


class Rows(dict[str, Row]):
    """Guards by their tag; nothing has happened yet to one that is not there."""

    def __missing__(self, tag: str) -> Row:
        return self.setdefault(tag, fresh(tag))


def encode(row: Row) -> StoredGuard:
    """A guard as the tuple that is written."""
    return row.tag, row.version, _encode(row.guard)


def decode(tag: str, version: int, state: bytes) -> Row:
    """A stored guard as a value. Raises Unreadable."""
    try:
        return Row(tag, version, _decoder(tag.partition(":")[0]).decode(state))
    except (KeyError, msgspec.MsgspecError) as error:
        raise Unreadable(
            f"守卫 {tag} 不是本版本的样子。请重启全部程序；还是这样，就运行 ./run rebuild --guards。"
        ) from error


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Guard]:
    return msgspec.json.Decoder(KINDS[kind])


def mark() -> StoredGuard:
    """The row that says that these guards folded the others."""
    return MARK, 1, _marked(tuple(KINDS.values()))


@cache
def _marked(_: tuple[type[Guard], ...]) -> bytes:
    return msgspec.json.encode(shape())


def check_mark(found: StoredGuard | None) -> None:
    """Raise FoldedByAnother where the stored row, if there is one, says otherwise."""
    if found is not None and found != mark():
        raise FoldedByAnother("守卫已由另一个版本的程序从头推算过。请把全部程序换成同一个版本，重启。")


def shape() -> str:
    """A hash of all guards: their kinds, versions and keys, the events that they fold, and how they are written."""
    told = [
        [kind, cls.version, cls.key, sorted(cls.topics), without_words(msgspec.json.schema(cls))]
        for kind, cls in sorted(KINDS.items())
    ]
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def without_words(schema: Any) -> Any:
    """A JSON schema without its texts for people: another docstring is no other shape."""
    if isinstance(schema, list):
        return [without_words(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    texts = {name for name in ("title", "description") if isinstance(schema.get(name), str)}
    return {name: without_words(value) for name, value in schema.items() if name not in texts}


def fresh(tag: str) -> Row:
    """The guard of a thing that nothing has happened to. Raises KeyError where its kind is unknown."""
    return Row(tag, 0, _untouched(tag.partition(":")[0]))


@cache
def _untouched(kind: str) -> Guard:
    return KINDS[kind]()


def fold(event: Event, rows: Rows) -> list[Row]:
    """Apply one event to every guard that it touches and return the rows that changed, the stream's own first.

    The stream's row counts its version even where its guard has nothing to fold.
    """
    own = rows[event.stream]
    own.version += 1
    changed = [own]
    for tags, method in FOLDS[type(event)]:
        for tag in tags(event):
            row = rows[tag]
            row.guard = method(row.guard, event)
            changed.append(row)
    return changed
