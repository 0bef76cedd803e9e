"""The write path: take the lock, load guards, decide, append, commit – for everybody who waits, in one transaction."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eventsourcing.persistence import Mapper

from ledger import codec, guards
from ledger.events import Act, Command, Event, Recorded, RuleBroken, tag_of
from ledger.store import Answer, Store, Transaction

Decider = Callable[..., Iterable[Event]]
DeciderT = TypeVar("DeciderT", bound=Decider)
MOST_AT_ONCE = 64

DECIDERS: dict[type[Command], tuple[Decider, dict[str, guards.Needed]]] = {}


def decides(command: type[Command], **needed: guards.Needed) -> Callable[[DeciderT], DeciderT]:
    """Name the rule that decides a command, and the guards that it needs, each under the name of its parameter.

    The rule is a pure generator `rule(command, *, act, **guards)` that yields events or raises RuleBroken. A need whose path
    holds several values (`slots`) arrives as a list of guards.
    """

    def register(decider: DeciderT) -> DeciderT:
        DECIDERS[command] = (decider, needed)
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
    """A command that waits for its answer."""

    command: Command
    act: Act
    outcome: Outcome | None = None
    error: BaseException | None = None

    @property
    def is_answered(self) -> bool:
        """Whether somebody has already written it."""
        return self.outcome is not None or self.error is not None

    def result(self) -> Outcome:
        """The outcome; raises what refused it."""
        if self.error is not None:
            raise self.error
        assert self.outcome is not None, "asked for the result of a request that nobody wrote"
        return self.outcome


class Writer:
    """Writes commands. Whoever holds the lock writes for all who wait (group commit), so a rush costs one fsync a group."""

    def __init__(self, store: Store, mapper: Mapper[str]) -> None:
        self._store, self._mapper = store, mapper
        self._lock = threading.Lock()
        self._waiting: deque[Request] = deque()

    def execute(self, command: Command, act: Act) -> Outcome:
        """Decide one command and append its events. Raises RuleBroken, StoreUnavailable."""
        request = Request(command, act)
        self._waiting.append(request)
        with self._lock:
            if not request.is_answered:
                self._write_together()
        return request.result()

    def execute_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide many commands in one transaction, all or nothing. Raises the first RuleBroken, with `.index` set."""
        requests = [Request(command, act) for command, act in commands]
        with self._lock, self._store.write() as transaction:
            Decision(transaction, self._mapper).write(requests, all_or_nothing=True)
        return [request.result() for request in requests]

    def _write_together(self) -> None:
        """Write everybody who waits once the database lock is held; on an unforeseen failure each one alone."""
        together: list[Request] = []
        try:
            with self._store.write() as transaction:
                while self._waiting and len(together) < MOST_AT_ONCE:
                    together.append(self._waiting.popleft())
                Decision(transaction, self._mapper).write(together)
        except BaseException as error:
            self._write_singly(together or [self._waiting.popleft()], error)

    def _write_singly(self, requests: list[Request], error: BaseException) -> None:
        for request in requests:
            request.outcome = request.error = None
            if len(requests) == 1:
                request.error = error
                continue
            try:
                with self._store.write() as transaction:
                    Decision(transaction, self._mapper).write([request])
            except BaseException as failure:
                request.outcome, request.error = None, failure


@dataclass(slots=True)
class Decision:
    """One transaction's work: the guards it has read, the events it appends, the guards it changed."""

    transaction: Transaction
    mapper: Mapper[str]
    rows: dict[str, guards.Row] = field(default_factory=dict)
    changed: dict[str, guards.Row] = field(default_factory=dict)
    events: list[Recorded[Event]] = field(default_factory=list)

    def write(self, requests: list[Request], *, all_or_nothing: bool = False) -> None:
        """Decide the requests in order, each upon what those before it changed, and write everything at once."""
        known = {answer.command: answer for answer in self.transaction.answers([r.act.id for r in requests])}
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
                    broken.index = index  # type: ignore[attr-defined]  # tells an importer which line it was
                    raise
                request.error = broken
        self._append(requests, known, spans)

    def _read_ahead(self, requests: list[Request]) -> None:
        """Read all guards that the commands name, then those whose tags the first ones tell: two reads for any number."""
        for direct in (True, False):
            tags: dict[str, None] = {}
            for request in requests:
                needed = DECIDERS[type(request.command)][1]
                wanted = {name: need for name, need in needed.items() if need.is_direct(needed) is direct}
                if not wanted:
                    continue
                loaded = {"act": request.act} if direct else self._named(request, needed, only_direct=True)
                for need in wanted.values():
                    tags.update(dict.fromkeys(need.tags(request.command, loaded)))
            self._load([tag for tag in tags if tag not in self.rows])

    def _load(self, tags: list[str]) -> None:
        if tags:
            self.rows.update({tag: guards.fresh(tag) for tag in tags})
            self.rows.update({stored[0]: guards.decode(*stored) for stored in self.transaction.guards(tags)})

    def _row(self, tag: str) -> guards.Row:
        if tag not in self.rows:
            self._load([tag])
        return self.rows[tag]

    def _named(
        self, request: Request, needed: dict[str, guards.Needed], *, only_direct: bool = False
    ) -> dict[str, Any]:
        """The guards under their parameter names (and the act as `act`); a list where the key holds several values."""
        loaded: dict[str, Any] = {"act": request.act}
        for name, need in needed.items():
            if only_direct and not need.is_direct(needed):
                continue
            values = need.values(request.command, loaded)
            found = [self._row(tag_of(need.guard.kind, *keys)).guard for keys in guards.combinations(values)]
            loaded[name] = found[0] if all(isinstance(value, str) for value in values) else found
        return loaded

    def _decide(self, request: Request) -> None:
        decider, needed = DECIDERS[type(request.command)]
        facts = list(decider(request.command, **self._named(request, needed)))
        for fact in facts:
            rows = guards.fold(fact, self._row)
            self.events.append(codec.place(request.act.record(fact), rows[0].tag, rows[0].version, 0))
            self.changed.update((row.tag, row) for row in rows)

    def _append(self, requests: list[Request], known: dict[str, Answer], spans: dict[str, tuple[int, int]]) -> None:
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
            answer = known.get(request.act.id) or new.get(request.act.id)
            if answer is None:
                continue
            events = tuple(self.events[slice(*spans[answer.command])]) if answer.command in new else ()
            request.outcome = Outcome(answer.last, events, repeated=answer.command in known)
