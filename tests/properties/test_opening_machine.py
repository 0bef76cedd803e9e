"""Whoever reads a sealed or restricted file was let by somebody else: asking, answering, time and offices that pass.

A state machine against a small model; the log, the guard and the read model that the pages ask must all say the same.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.openings import (
    ApproveOpening,
    AskToOpen,
    Openings,
    RefuseOpening,
    SealPerson,
    UnsealPerson,
    WithdrawOpening,
)
from domain.organisations import Registered as OrganisationRegistered
from domain.own_data import LiftRestriction, RestrictPerson
from domain.people import Registered as PersonRegistered
from domain.person_states import OpeningApproved, OpeningAsked, RestrictionLifted, SensitiveRead, Unsealed
from domain.roles import EndRole, GrantRole
from domain.words import ZONE, local
from ledger.events import Command, RuleBroken
from ledger.folding import fold, handlers_of
from ledger.follow import scratch
from ledger.guards import decode
from ledger.projection import Rows
from projections import moments, readings
from tests.memory import MemoryLedger, act_of

FILE, READERS, UNION = "file", ("r1", "r2", "r3"), "union"
ANYBODY = (*READERS, FILE)
START = datetime(2026, 11, 2, 9, tzinfo=ZONE)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
PAUSES = (timedelta(minutes=5), timedelta(hours=23), DAY, timedelta(days=3), WEEK)
WORDS = "有理由"
WHY = (WORDS, WORDS, WORDS, None)
KINDS = {
    "seal": 2, "unseal": 10, "restrict": 6, "lift": 12, "ask": 12, "withdraw": 2, "refuse": 5, "approve": 14,
    "leave_or_come_back": 2, "wait": 3,
}  # fmt: skip


class Model:
    """A note on the cupboard: its two locks, who asks until when, to whom it is open until when, who works here."""

    def __init__(self) -> None:
        self.now, self.locks = START, frozenset[str]()
        self.asked: dict[str, datetime] = {}
        self.opened: dict[str, datetime] = {}
        self.works: dict[str, date | None] = dict.fromkeys(READERS)
        """Until which day; None: for good."""

    def lock(self, locks: frozenset[str]) -> bool:
        """Leave these locks on; where that is new, everything said before is over."""
        is_new = self.locks != locks
        if is_new:
            self.locks, self.asked, self.opened = locks, {}, {}
        return is_new

    @property
    def what(self) -> str:
        """By what it is locked; a seal lies over a restriction."""
        return max(self.locks, default="")

    def waits(self, reader: str) -> bool:
        """Somebody asks, not too long ago."""
        return reader in self.asked and self.now < self.asked[reader]

    def is_open(self, reader: str) -> bool:
        """Somebody may look into it now."""
        return reader in self.opened and self.now < self.opened[reader]

    def is_here(self, reader: str) -> bool:
        """Somebody works here today."""
        return reader in self.works and (self.works[reader] or date.max) >= local(self.now).date()

    def may_answer(self, reader: str, by: str) -> bool:
        """An answer is somebody else's, and not of the one whose file it is."""
        return self.waits(reader) and by not in (reader, FILE)


class OpeningMachine(RuleBasedStateMachine):
    """One file, sealed and restricted by and by, and three who want to read it."""

    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.model, self.number = MemoryLedger(), Model(), 0
        self.views, self.seen = scratch([readings.projection], []), 0
        self.ledger.append(
            [
                OrganisationRegistered(UNION, "云州市总工会", "city_union"),
                *(PersonRegistered(one, "无名") for one in (*READERS, FILE)),
            ],
            act_of(recorded=START - DAY),
        )
        for one in READERS:
            self.send(True, GrantRole(one, "social_worker", UNION), "r1")

    def send(self, allowed: bool | None, command: Command, by: str, why: str | None = WORDS) -> None:
        """Send it. `allowed`: events follow; None: nothing does, and nothing is refused; False: it is refused."""
        self.number += 1
        act = act_of(id=f"c{self.number}", actor=by, recorded=self.model.now, reason=why)
        if allowed is False:
            with pytest.raises(RuleBroken):
                self.ledger.execute(command, act)
            self.steps["refused"] += 1
        else:
            assert bool(self.ledger.execute(command, act).events) is bool(allowed), (command, by)
            self.steps[type(command).__name__] += bool(allowed)

    @rule(chance=st.randoms(use_true_random=True))
    def step(self, chance: Random) -> None:
        """One thing that somebody does, by even chance: left to itself, Hypothesis hardly ever opens anything."""
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        getattr(self, kind)(chance)

    def asker(self, chance: Random) -> str:
        """A reader, mostly one who asks."""
        return chance.choice(sorted(self.model.asked) or READERS) if chance.random() < 0.8 else chance.choice(READERS)

    def freer(self, chance: Random) -> str:
        """Somebody, mostly one to whom it stands open."""
        opened = [one for one in READERS if self.model.is_open(one)]
        return chance.choice(opened if opened and chance.random() < 0.8 else ANYBODY)

    def seal(self, chance: Random) -> None:
        self.send(self.model.lock(self.model.locks | {"sealed"}) or None, SealPerson(FILE), chance.choice(ANYBODY))

    def unseal(self, chance: Random) -> None:
        model, by, why = self.model, self.freer(chance), chance.choice(WHY)
        if not why or by == FILE or (model.what == "sealed" and not model.is_open(by)):
            self.send(False, UnsealPerson(FILE), by, why)
        else:
            self.send(model.lock(model.locks - {"sealed"}) or None, UnsealPerson(FILE), by, why)

    def restrict(self, chance: Random) -> None:
        model = self.model
        self.send(model.lock(model.locks | {"restricted"}) or None, RestrictPerson(FILE, WORDS), chance.choice(ANYBODY))

    def lift(self, chance: Random) -> None:
        model, by, why = self.model, self.freer(chance), chance.choice(WHY)
        allowed = model.what == "restricted" and bool(why) and by != FILE and model.is_open(by)
        self.send(allowed and model.lock(frozenset()), LiftRestriction(FILE), by, why)

    def ask(self, chance: Random) -> None:
        model, by, why = self.model, chance.choice(READERS), chance.choice(WHY)
        if not (model.what and why):
            self.send(False, AskToOpen(FILE), by, why)
            return
        is_new = not model.waits(by)
        if is_new:
            model.asked[by] = model.now + WEEK
        self.send(is_new or None, AskToOpen(FILE), by, why)

    def withdraw(self, chance: Random) -> None:
        by = self.asker(chance)
        waits = self.model.waits(by)
        self.send(waits, WithdrawOpening(FILE), by)
        if waits:
            del self.model.asked[by]

    def refuse(self, chance: Random) -> None:
        reader, by = self.asker(chance), chance.choice(ANYBODY)
        allowed = self.model.may_answer(reader, by)
        self.send(allowed, RefuseOpening(FILE, reader), by)
        if allowed:
            del self.model.asked[reader]

    def approve(self, chance: Random) -> None:
        model, reader, by = self.model, self.asker(chance), chance.choice(ANYBODY)
        allowed = model.may_answer(reader, by) and model.is_here(reader)
        self.send(allowed, ApproveOpening(FILE, reader), by)
        if allowed:
            del model.asked[reader]
            model.opened[reader] = model.now + DAY

    def leave_or_come_back(self, chance: Random) -> None:
        works, today, reader = self.model.works, local(self.model.now).date(), chance.choice(READERS)
        if works[reader] is None:
            works[reader] = today
            self.send(True, EndRole(reader, "social_worker", UNION, today), reader)
        else:
            works[reader] = None
            self.send(True, GrantRole(reader, "social_worker", UNION), reader)

    def wait(self, chance: Random) -> None:
        self.model.now += chance.choice(PAUSES)

    @invariant()
    def everybody_says_the_same(self) -> None:
        model, guard = self.model, self.guard()
        wanted = {one for one in READERS if model.waits(one)}, {one for one in READERS if model.is_open(one)}
        assert wanted == (
            {one for one in READERS if guard.waits(one, model.now)},
            {one for one in READERS if guard.is_open_to(one, model.now)},
        )
        self.catch_up()
        now = moments.local(model.now)
        with self.views.read() as connection:
            asked = {one.reader for one in readings.asked_for(connection, FILE, now)}
            found = {one: readings.open_to(connection, one, now).get(FILE, []) for one in READERS}
        opened = {one for one, what in found.items() if model.what in what}
        assert opened == {one for one, what in found.items() if what}, "nothing is open for what was before"
        assert wanted == (asked, opened)

    def catch_up(self) -> None:
        """Fold what is new into the read model of the pages."""
        new = list(self.ledger.replay(after=self.seen))
        if new:
            self.seen = new[-1].position
            with self.views.write() as connection:
                rows = Rows(connection)
                fold(handlers_of([readings.projection]), rows, new)
                rows.flush()

    def guard(self) -> Openings:
        """What the rules know."""
        stored = self.ledger.store.guards.get(f"opening:{FILE}")
        return cast(Openings, decode(*stored).guard) if stored else Openings()

    def teardown(self) -> None:
        """In the whole log nobody read, and no file was made ordinary again, without two persons."""
        self.views.close()
        asked: dict[str, str] = {}
        approved: dict[str, str] = {}
        for recorded in self.ledger.replay():
            event: Any = recorded.event
            if isinstance(event, OpeningAsked):
                assert recorded.actor == event.reader
                assert recorded.reason
                asked[event.reader] = recorded.actor
            elif isinstance(event, OpeningApproved):
                assert asked.pop(event.reader) != recorded.actor
                approved[event.reader] = recorded.actor
            elif isinstance(event, SensitiveRead):
                assert approved[event.reader] == recorded.actor != event.reader
            elif isinstance(event, Unsealed | RestrictionLifted):
                assert approved[recorded.actor] != recorded.actor


def test_nobody_opens_a_sealed_or_restricted_file_alone() -> None:
    OpeningMachine.steps.clear()
    run_state_machine_as_test(
        OpeningMachine,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    done = OpeningMachine.steps
    tried = {"AskToOpen", "ApproveOpening", "RefuseOpening", "WithdrawOpening", "EndRole"}
    tried |= {"SealPerson", "UnsealPerson", "RestrictPerson", "LiftRestriction"}
    assert tried <= {name for name, count in done.items() if count}, done
