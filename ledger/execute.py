"""The write path: take the lock, load guards, decide, append, commit – for everybody who waits, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from ledger import checks, codec, guards
from ledger.events import Act, Command, Event, Recorded, RuleBroken
from ledger.group import Group, Take
from ledger.store import Answer, Store, Transaction
from ledger.troubles import Uncertain

Decider = Callable[..., Iterable[Event]]
DeciderT = TypeVar("DeciderT", bound=Decider)
MOST_AT_ONCE = 64


class Rule(NamedTuple):
    """What decides a command, and where the tags of the guards that it needs come from, by parameter name.

    `direct` tags follow from the command and the act alone; `derived` ones from guards that are read before, the `tellers`.
    `ids` are the fields of the command that become part of a tag.
    """

    decide: Decider
    direct: dict[str, guards.Source]
    derived: dict[str, guards.Source]
    tellers: tuple[str, ...]
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
        RULES[command] = Rule(decider, direct, derived, tuple(sorted(tellers)), tuple(sorted(ids)))
        return decider

    return register


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to. `position` is the last position it wrote (0: nothing to write); `events` only on the first
    answer, because the answer to a repeated command id is looked up and not decided again (`repeated`).
    """

    position: int
    events: tuple[Recorded[Event], ...] = ()
    repeated: bool = False


@dataclass(slots=True, eq=False)
class Request:
    """A command that waits for its answer, with all that can be known before the database is locked."""

    command: Command
    act: Act
    rule: Rule
    tags: dict[str, str | list[str]]
    told: tuple[Any, ...] | None = None
    derived: dict[str, str | list[str]] = field(default_factory=dict)
    outcome: Outcome | None = None
    error: BaseException | None = None

    def result(self) -> Outcome:
        """The outcome; raises what refused it."""
        if self.error is not None:
            raise self.error
        assert self.outcome is not None, "asked for the result of a request that nobody wrote"
        return self.outcome


class Writer:
    """Writes commands. Whoever holds the lock writes for all who wait (group commit), so a rush costs one fsync a group."""

    def __init__(self, store: Store, mapper: codec.EventMapper) -> None:
        self._store, self._mapper = store, mapper
        self.written: list[Callable[[int, float], None]] = []
        """Told of every group: how many commands, and the seconds from asking for the database's lock to the commit."""
        self._lock = threading.Lock()
        self._group = Group(self._write_together)

    def execute(self, command: Command, act: Act) -> Outcome:
        """Decide one command and append its events. Raises RuleBroken, StoreUnavailable."""
        request = request_of(command, act)
        self._group.join(request)
        return request.result()

    def execute_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide many commands in one transaction, all or nothing. Raises the first RuleBroken, with `.index` set."""
        requests = [request_of(command, act, index) for index, (command, act) in enumerate(commands)]
        with self._lock, self._store.write() as transaction:
            Decision(transaction, self._mapper).write(requests, all_or_nothing=True)
        return [request.result() for request in requests]

    def _write_together(self, take: Take[Request]) -> None:
        """Write everybody who waits once the database lock is held; on an unforeseen failure each one alone."""
        together: list[Request] = []
        with self._lock:
            started = time.perf_counter()
            try:
                with self._store.write() as transaction:
                    together = take(MOST_AT_ONCE)
                    Decision(transaction, self._mapper).write(together)
            except BaseException as error:
                self._write_singly(together or take(1), error)
            for tell in self.written:
                tell(len(together), time.perf_counter() - started)

    def _write_singly(self, requests: list[Request], error: BaseException) -> None:
        for request in requests:
            request.outcome = request.error = None
            if len(requests) == 1 and not isinstance(error, Uncertain):
                request.error = error
                continue
            try:
                with self._store.write() as transaction:
                    Decision(transaction, self._mapper).write([request])
            except BaseException as failure:
                request.outcome, request.error = None, failure


def request_of(command: Command, act: Act, index: int | None = None) -> Request:
    """A request for a command that can be written down. Raises RuleBroken, with `.index` set where one was given."""
    rule = RULES[type(command)]
    try:
        command = checks.checked(command, act, rule.ids)
    except RuleBroken as broken:
        broken.index = index
        raise
    facts = {"command": command, "act": act}
    return Request(command, act, rule, {name: source.tag(facts) for name, source in rule.direct.items()})


@dataclass(slots=True)
class Decision:
    """One transaction's work: the guards it has read, the events it appends, the guards it changed."""

    transaction: Transaction
    mapper: codec.EventMapper
    rows: dict[str, guards.Row] = field(default_factory=dict)
    changed: dict[str, guards.Row] = field(default_factory=dict)
    events: list[Recorded[Event]] = field(default_factory=list)

    def write(self, requests: list[Request], *, all_or_nothing: bool = False) -> None:
        """Decide the requests in order, each upon what those before it changed, and write everything at once."""
        known = self._look_up(requests)
        self._read_ahead([request for request in requests if request.act.id not in known])
        spans: dict[str, tuple[int, int]] = {}
        for index, request in enumerate(requests):
            if request.act.id in known or request.act.id in spans:
                continue
            start = len(self.events)
            try:
                self._decide(request)
                spans[request.act.id] = start, len(self.events)
            except RuleBroken as broken:
                if all_or_nothing:
                    broken.index = index
                    raise
                request.error = broken
        self._append(requests, known, spans)

    def _look_up(self, requests: list[Request]) -> dict[str, Answer]:
        """Read which commands were answered before, and all guards that the commands name: one read for any number."""
        named = {one for request in requests for tag in request.tags.values() for one in guards.listed(tag)}
        answers, stored = self.transaction.look_up([request.act.id for request in requests], list(named))
        self._keep(named, stored)
        return {answer.command: answer for answer in answers}

    def _read_ahead(self, requests: list[Request]) -> None:
        """Read the guards whose tags those read before tell: one more read for any number."""
        told = [tag for request in requests for tag in derive(request, self._named(request)).values()]
        self._load({one for tag in told for one in guards.listed(tag)} - self.rows.keys())

    def _load(self, tags: Collection[str]) -> None:
        if tags:
            self._keep(tags, self.transaction.guards(list(tags)))

    def _keep(self, tags: Collection[str], stored: Iterable[tuple[str, int, bytes]]) -> None:
        self.rows.update({tag: guards.fresh(tag) for tag in tags})
        self.rows.update({row[0]: guards.decode(*row) for row in stored})

    def _row(self, tag: str) -> guards.Row:
        row = self.rows.get(tag)
        if row is None:
            self._load((tag,))
            row = self.rows[tag]
        return row

    def _guards(self, tag: str | list[str]) -> guards.Guard | list[guards.Guard]:
        return self._row(tag).guard if isinstance(tag, str) else [self._row(one).guard for one in tag]

    def _named(self, request: Request) -> dict[str, Any]:
        """What a rule is told as far as the command names it, by parameter name."""
        facts: dict[str, Any] = {"command": request.command, "act": request.act}
        for name, tag in request.tags.items():
            facts[name] = self._guards(tag)
        return facts

    def _decide(self, request: Request) -> None:
        facts = self._named(request)
        for name, tag in derive(request, facts).items():
            facts[name] = self._guards(tag)
        for event in list(request.rule.decide(**facts)):
            rows = guards.fold(event, self._row)
            self.events.append(codec.place(request.act.record(event), rows[0].tag, rows[0].version, 0))
            self.changed.update({row.tag: row for row in rows})

    def _append(self, requests: list[Request], known: dict[str, Answer], spans: dict[str, tuple[int, int]]) -> None:
        self.mapper.prepare(self.events)
        first = self.transaction.append([self.mapper.to_stored_event(e) for e in self.events]) if self.events else 1
        for number, event in enumerate(self.events):
            codec.place(event, event.originator_id, event.originator_version, first + number)
        answers = [
            Answer(command, first + start, first + end - 1) if end > start else Answer(command, 0, 0)
            for command, (start, end) in spans.items()
        ]
        self.transaction.save([guards.encode(row) for row in self.changed.values()], answers)
        new = {answer.command: answer for answer in answers}
        for request in requests:
            if request.error is not None:
                continue
            if answer := new.pop(request.act.id, None):
                known[answer.command] = answer
                request.outcome = Outcome(answer.last, tuple(self.events[slice(*spans[answer.command])]))
            else:
                request.outcome = Outcome(known[request.act.id].last, repeated=True)


def derive(request: Request, facts: dict[str, Any]) -> dict[str, str | list[str]]:
    """The tags that guards read before tell; worked out anew only where somebody in the group has changed those guards."""
    if not request.rule.derived:
        return {}
    told = tuple([facts[name] for name in request.rule.tellers])
    if request.told != told:
        request.told = told
        request.derived = {name: source.tag(facts) for name, source in request.rule.derived.items()}
    return request.derived
