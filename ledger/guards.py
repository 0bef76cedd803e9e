"""Guards: the folded state of all events that carry one tag, kept current in the transaction that appends them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec

from ledger.events import Event, tag_of

GuardT = TypeVar("GuardT", bound="Guard")
Keys = Callable[[Any], Iterable[tuple[str, ...]]]
Fold = Callable[[Any, Any], Any]

KINDS: dict[str, type[Guard]] = {}
FOLDS: dict[type[Event], list[tuple[type[Guard], Keys, Fold]]] = defaultdict(list)


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
        **options: Any,
    ) -> GuardType:
        cls: Any = super().__new__(mcs, name, bases, namespace, **({"frozen": True, "omit_defaults": True} | options))
        cls.kind, cls.key = kind, key
        if kind:
            KINDS[kind] = cls
            for method in namespace.values():
                for event_type, keys in getattr(method, "_evolves", ()):
                    FOLDS[event_type].append((cls, keys or fields_of(*key), method))
        return cls  # type: ignore[no-any-return]  # a metaclass has no narrower type to give


class Guard(msgspec.Struct, metaclass=GuardType):
    """A frozen value with one `@evolves` method per event and the questions that rules ask of it.

    `class Seats(Guard, kind="seats", key=("slot", "side"))`: the key names the event fields that make its tag. All fields
    need defaults: the guard of a thing that nothing has happened to is `Seats()`. Dropping all guards and folding the log
    must give the same rows (`./run verify`).
    """

    kind: ClassVar[str] = ""
    key: ClassVar[tuple[str, ...]] = ()

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


def fields_of(*fields: str) -> Keys:
    """Keys taken from event fields of these names; a field that holds several values gives several tags."""

    def keys(event: Any) -> Iterable[tuple[str, ...]]:
        return combinations([getattr(event, field) for field in fields])

    return keys


def combinations(values: Sequence[Any]) -> list[tuple[str, ...]]:
    """`["a", ("x", "y")]` gives `("a", "x")` and `("a", "y")`."""
    found: list[tuple[str, ...]] = [()]
    for value in values:
        several = (value,) if isinstance(value, str) else value
        found = [(*start, one) for start in found for one in several]
    return found


@dataclass(frozen=True, slots=True)
class Needed:
    """A guard that a rule needs, and where its key comes from."""

    guard: type[Guard]
    paths: tuple[str, ...]

    def is_direct(self, names: Iterable[str]) -> bool:
        """Whether the command alone says the tag, so that it can be read before any other guard."""
        return not any("." in path and path.partition(".")[0] in names for path in self.paths)

    def values(self, command: Any, loaded: dict[str, Any]) -> list[Any]:
        """The key's values: from a guard loaded before where the path begins with its name, else from the command."""
        found = []
        for path in self.paths:
            first, _, rest = path.partition(".")
            found.append(getattr(loaded[first], rest) if rest and first in loaded else getattr(command, path))
        return found

    def tags(self, command: Any, loaded: dict[str, Any]) -> list[str]:
        """Every tag that is needed."""
        return [tag_of(self.guard.kind, *keys) for keys in combinations(self.values(command, loaded))]


@dataclass(slots=True)
class Row:
    """One guard as stored: `version` counts the events of the stream that has this tag as its name."""

    tag: str
    version: int
    guard: Guard


def encode(row: Row) -> tuple[str, int, bytes]:
    """A guard as the tuple that is written."""
    return row.tag, row.version, msgspec.json.encode(row.guard)


def decode(tag: str, version: int, state: bytes) -> Row:
    """A stored guard as a value. Raises KeyError where its kind is unknown."""
    return Row(tag, version, msgspec.json.decode(state, type=KINDS[tag.partition(":")[0]]))


def fresh(tag: str) -> Row:
    """The guard of a thing that nothing has happened to."""
    return Row(tag, 0, KINDS[tag.partition(":")[0]]())


def fold(event: Event, rows: Callable[[str], Row]) -> list[Row]:
    """Apply one event to every guard that it touches and return the rows that changed, the stream's own first.

    `rows` finds the row of a tag. The stream's row counts its version even where its guard has nothing to fold.
    """
    own = rows(event.stream)
    own.version += 1
    changed = [own]
    for guard, keys, method in FOLDS[type(event)]:
        for key in keys(event):
            row = rows(tag_of(guard.kind, *key))
            row.guard = method(row.guard, event)
            changed.append(row)
    return changed
