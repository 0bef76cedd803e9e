"""What decides a command: the rules, the guards that each is told, and the request that waits for its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec

from ledger import checks, guards
from ledger.events import Act, Command, Event, Recorded, RuleBroken, reader

Decider = Callable[..., Iterable[Event]]
DeciderT = TypeVar("DeciderT", bound=Decider)
Tags = dict[str, str | list[str]]


class Rule(NamedTuple):
    """What decides a command, and where the tags of the guards that it needs come from, by parameter name.

    `direct` tags follow from the command and the act alone; `derived` ones from guards that are read before, the tellers.
    `ids` are the fields of the command that become part of a tag.
    """

    decide: Decider
    direct: dict[str, guards.Source]
    derived: dict[str, guards.Source]
    read_tellers: Callable[[Any], tuple[Any, ...]]
    ids: tuple[str, ...]


RULES: dict[type[Command], Rule] = {}


def decides(command: type[Command], **needed: guards.Needed) -> Callable[[DeciderT], DeciderT]:
    """Name the rule that decides a command, and the guards that it needs, each under the name of its parameter.

    The rule is a pure generator `rule(command, act, **guards)` that yields events or raises RuleBroken. A need whose path
    holds several values (`slots`) arrives as a list of guards.
    """
    sources = {name: need.source(needed) for name, need in needed.items()}

    def register(decider: DeciderT) -> DeciderT:
        direct = {name: source for name, source in sources.items() if source.is_direct}
        derived = {name: source for name, source in sources.items() if not source.is_direct}
        tellers = {owner for source in derived.values() for owner, _ in source.parts if owner in needed}
        ids = {field for source in sources.values() for owner, field in source.parts if owner == "command"}
        RULES[command] = Rule(decider, direct, derived, reader(sorted(tellers)), tuple(sorted(ids)))
        return decider

    return register


class Outcome(msgspec.Struct, frozen=True):
    """What a command led to. `position` is the last position it wrote (0: nothing to write); `events` only on the first
    answer, because the answer to a repeated command id is looked up and not decided again (`repeated`).
    """

    position: int
    events: tuple[Recorded[Event], ...] = ()
    repeated: bool = False


class Request(msgspec.Struct, eq=False):
    """A command that waits for its answer, with all that can be known before the database is locked."""

    command: Command
    act: Act
    rule: Rule
    tags: Tags = {}
    told: tuple[Any, ...] | None = None
    derived: Tags = {}
    events: list[Recorded[Event]] = []
    outcome: Outcome | None = None
    error: BaseException | None = None

    def result(self) -> Outcome:
        """The outcome; raises what refused it."""
        if self.error is not None:
            raise self.error
        assert self.outcome is not None, "asked for the result of a request that nobody wrote"
        return self.outcome


def request_of(command: Command, act: Act, index: int | None = None) -> Request:
    """A request for a command that can be written down. Raises RuleBroken, with `.index` set where one was given."""
    rule = RULES[type(command)]
    try:
        request = Request(checks.checked(command, act, rule.ids), act, rule)
    except RuleBroken as broken:
        broken.index = index
        raise
    request.tags = {name: source.tag(request) for name, source in rule.direct.items()}
    return request
