"""The write path: take the lock, load guards, decide, append, commit – for everybody who waits, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import msgspec

from ledger import checks, codec, guards
from ledger.events import Act, Command, Event, Recorded, RuleBroken, reader
from ledger.group import Group, Take
from ledger.store import Answer, Store, Transaction
from ledger.troubles import Uncertain

Decider = Callable[..., Iterable[Event]]
DeciderT = TypeVar("DeciderT", bound=Decider)
Tags = dict[str, str | list[str]]
MOST_AT_ONCE = 64


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
        request = Request(checks.checked(command, act, rule.ids), act, rule)
    except RuleBroken as broken:
        broken.index = index
        raise
    request.tags = {name: source.tag(request) for name, source in rule.direct.items()}
    return request


class Loaded(guards.Rows):
    """The guards that a transaction has read; one that is asked for first while deciding is read then."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def __missing__(self, tag: str) -> guards.Row:
        self.load([tag])
        return self[tag]

    def load(self, tags: Sequence[str]) -> None:
        """Read guards: one statement for any number."""
        if tags:
            self.keep(tags, self._transaction.guards(tags))

    def keep(self, tags: Iterable[str], stored: Iterable[tuple[str, int, bytes]]) -> None:
        """Keep those of these tags that are stored; nothing has happened to the others."""
        for row in stored:
            self[row[0]] = guards.decode(*row)
        for tag in tags:
            if tag not in self:
                self[tag] = guards.fresh(tag)


class Decision:
    """One transaction's work: the guards it has read, the events it appends, the guards it changed."""

    def __init__(self, transaction: Transaction, mapper: codec.EventMapper) -> None:
        self.transaction, self.mapper = transaction, mapper
        self.rows, self.changed = Loaded(transaction), dict[str, guards.Row]()
        self.events: list[Recorded[Event]] = []

    def write(self, requests: list[Request], *, all_or_nothing: bool = False) -> None:
        """Decide the requests in order, each upon what those before it changed, and write everything at once."""
        answered = self._look_up(requests)
        self._read_ahead([request for request in requests if request.act.id not in answered])
        decided: dict[str, Request] = {}
        for index, request in enumerate(requests):
            if request.act.id in answered or request.act.id in decided:
                continue
            try:
                self._decide(request)
                decided[request.act.id] = request
            except RuleBroken as broken:
                if all_or_nothing:
                    broken.index = index
                    raise
                request.error = broken
        self._append()
        answers = [answer(request) for request in decided.values()]
        self.transaction.save([guards.encode(row) for row in self.changed.values()], answers)
        answered.update({one.command: one for one in answers})
        for request in requests:
            if request.outcome is None and request.error is None:
                request.outcome = Outcome(answered[request.act.id].last, repeated=True)

    def _look_up(self, requests: list[Request]) -> dict[str, Answer]:
        """Read which commands were answered before, and all guards that the commands name: one read for any number."""
        named = flat(request.tags for request in requests)
        answers, stored = self.transaction.look_up([request.act.id for request in requests], list(named))
        self.rows.keep(named, stored)
        return {answer.command: answer for answer in answers}

    def _read_ahead(self, requests: list[Request]) -> None:
        """Read the guards whose tags those read before tell: one more read for any number."""
        derived = flat(derive(request, self._named(request)) for request in requests if request.rule.derived)
        self.rows.load(list(derived - self.rows.keys()))

    def _named(self, request: Request) -> SimpleNamespace:
        """What a rule is told as far as the command names it, by parameter name."""
        facts = SimpleNamespace(command=request.command, act=request.act)
        self._add(request.tags, vars(facts))
        return facts

    def _add(self, tags: Tags, facts: dict[str, Any]) -> None:
        rows = self.rows
        for name, tag in tags.items():
            facts[name] = rows[tag].guard if isinstance(tag, str) else [rows[one].guard for one in tag]

    def _decide(self, request: Request) -> None:
        facts = self._named(request)
        self._add(derive(request, facts), vars(facts))
        request.events = [self._fold(request.act, event) for event in list(request.rule.decide(**vars(facts)))]
        self.events += request.events

    def _fold(self, act: Act, event: Event) -> Recorded[Event]:
        rows = guards.fold(event, self.rows)
        for row in rows:
            self.changed[row.tag] = row
        return codec.place(act.record(event), rows[0].tag, rows[0].version, 0)

    def _append(self) -> None:
        if self.events:
            self.mapper.prepare(self.events)
            first = self.transaction.append([self.mapper.write(event) for event in self.events])
            for position, event in enumerate(self.events, first):
                codec.place(event, event.originator_id, event.originator_version, position)


def answer(request: Request) -> Answer:
    """Answer a request whose events have their positions; what is remembered of that."""
    first, last = (request.events[0].position, request.events[-1].position) if request.events else (0, 0)
    request.outcome = Outcome(last, tuple(request.events))
    return Answer(request.act.id, first, last)


def flat(needs: Iterable[Tags]) -> set[str]:
    """Every tag once."""
    found: set[str] = set()
    for tags in needs:
        for tag in tags.values():
            if isinstance(tag, str):
                found.add(tag)
            else:
                found.update(tag)
    return found


def derive(request: Request, facts: SimpleNamespace) -> Tags:
    """The tags that guards read before tell; worked out anew only where somebody in the group has changed those guards."""
    if not request.rule.derived:
        return {}
    told = request.rule.read_tellers(facts)
    if request.told != told:
        request.told = told
        request.derived = {name: source.tag(facts) for name, source in request.rule.derived.items()}
    return request.derived
