"""One transaction's work: look up, decide each upon what those before it changed, append, keep the guards current."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from ledger import codec, guards
from ledger.events import Act, Event, Recorded, RuleBroken
from ledger.rules import Outcome, Request, Tags
from ledger.store import Answer, StoredGuard, Transaction


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

    def keep(self, tags: Iterable[str], stored: Iterable[StoredGuard]) -> None:
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
        marks = [guards.mark()] if self._append() == 1 else []
        answers = [answer(request) for request in decided.values()]
        self.transaction.save([*map(guards.encode, self.changed.values()), *marks], answers)
        answered.update({one.command: one for one in answers})
        for request in requests:
            if request.outcome is None and request.error is None:
                request.outcome = Outcome(answered[request.act.id].last, repeated=True)

    def _look_up(self, requests: list[Request]) -> dict[str, Answer]:
        """Read which commands were answered before, and all guards that the commands name: one read for any number.

        Raises FoldedByAnother: another version of the program may have been started since this one was.
        """
        named = flat(request.tags for request in requests)
        answers, stored = self.transaction.look_up([request.act.id for request in requests], [*named, guards.MARK])
        rows = {row[0]: row for row in stored}
        guards.check_mark(rows.pop(guards.MARK, None))
        self.rows.keep(named, rows.values())
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

    def _append(self) -> int:
        """Append the events; the position of the first, 0 where there are none."""
        self.mapper.prepare(self.events)
        if not self.events:
            return 0
        first = self.transaction.append([self.mapper.write(event) for event in self.events])
        for position, event in enumerate(self.events, first):
            codec.place(event, event.originator_id, event.originator_version, position)
        return first


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
