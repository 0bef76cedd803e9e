"""Hypothesis throws commands at the ledger and at a small model: both must allow, refuse and know the same, step by step.

After each step every new event is shown to a `Witness` (no overbooking, strict order, no overlap, nobody on both sides, at
every prefix of the log), the stored guards are compared with the fold of the log, and the command is sent a second time.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.enrolments import AcceptRequest, RejectRequest, SignUp, Withdraw
from domain.hours import (
    AdjustHours,
    ConfirmHours,
    ObjectToHours,
    PostHours,
    ProposeHours,
    UpholdHours,
    VoidHours,
)
from domain.slots import CancelSlot, CloseSlot, ReopenSlot, ResizeSlot
from domain.words import Side
from ledger import guards
from ledger.events import Command, RuleBroken
from ledger.log import Ledger, guard_differences
from tests.memory import MemoryLedger
from tests.properties.model import SEATED, Model
from tests.properties.witness import Witness
from tests.properties.world import PEOPLE, SIDES, SLOTS, STAFF, START, act, beginnings

STEPS = 120
MOST_STEPS_IN_MEMORY, MOST_STEPS_IN_SQLITE = 20_000, 1_000

slots = st.sampled_from(sorted(SLOTS))
people = st.sampled_from(PEOPLE)
sides = st.sampled_from(SIDES + SIDES[:1])
anybody = st.sampled_from(STAFF * 4 + PEOPLE)
offsets = st.sampled_from([-60, 0, 0, 1, 30, 60, 60, 90, 119, 120, -200, 121])
usually_before = st.sampled_from([-5000, -5000, -5000, -5000, -1, 0, 1])
reasons = st.sampled_from([None, None, "人手不够"])


Draw = Callable[[st.SearchStrategy[Any]], Any]
KINDS = {
    "sign_up": 16, "decide": 5, "withdraw": 4, "resize": 4, "cancel_slot": 1, "close": 1, "reopen": 4,
    "check_in": 14, "check_out": 9, "no_show": 2, "correct": 3, "propose": 10, "decide_on_hours": 20,
}  # fmt: skip
NEXT = {
    "proposed": ("confirm",),
    "confirmed": ("post", "object", "adjust"),
    "posted": ("object", "object", "adjust", "void"),
    "objected": ("uphold", "adjust"),
}
DECISIONS: dict[str, Callable[[str, str, int], Command]] = {
    "confirm": ConfirmHours,
    "post": lambda slot, person, _: PostHours(slot, person),
    "object": lambda slot, person, _: ObjectToHours(slot, person, "少了"),
    "uphold": lambda slot, person, _: UpholdHours(slot, person),
    "adjust": AdjustHours,
    "void": lambda slot, person, _: VoidHours(slot, person),
}


class EnrolmentMachine(RuleBasedStateMachine):
    """Sign-up, waiting list, attendance and hours."""

    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.ledger = self.open()
        self.model, self.witness = Model(), Witness()
        self.rows: dict[str, guards.Row] = {}
        self.number = 0
        self.look()

    def open(self) -> Any:
        """A ledger with the small world in it."""
        ledger = MemoryLedger()
        ledger.append(beginnings(), START)
        return ledger

    def teardown(self) -> None:
        """In the end the whole log is folded once more."""
        assert guard_differences(cast(Any, self.ledger)) == []

    # -- how a step is judged

    def send(self, allowed: bool, command: Command, by: str, at: datetime, override: str | None = None) -> None:
        """Send the command twice; it must do what the model did, once."""
        self.number += 1
        circumstances = act(self.number, by, at, "有理由", override)
        if not allowed:
            with pytest.raises(RuleBroken):
                self.ledger.execute(command, circumstances)
            self.steps["refused"] += 1
            return
        outcome = self.ledger.execute(command, circumstances)
        assert outcome.events
        self.steps[type(command).__name__] += 1
        self.look()
        head = self.ledger.store.head()
        again = self.ledger.execute(command, circumstances)
        assert (again.position, again.repeated, self.ledger.store.head()) == (outcome.position, True, head)
        self.compare(getattr(command, "slot"))  # noqa: B009 - every command of this machine names one

    def look(self) -> None:
        """Show the witness every new event, and fold it beside the stored guards."""
        changed = set()
        for recorded in self.ledger.replay(after=self.witness.count):
            self.witness.see(recorded)
            changed |= {row.tag for row in guards.fold(recorded.event, self.row)}
        with self.ledger.store.write() as transaction:
            stored = {row[0]: guards.decode(*row) for row in transaction.guards(sorted(changed))}
        assert stored == {tag: self.rows[tag] for tag in changed}, "guards are the fold of the log"

    def row(self, tag: str) -> guards.Row:
        """A guard folded here."""
        return self.rows.setdefault(tag, guards.fresh(tag))

    def compare(self, slot: str) -> None:
        """The slot looks the same on paper and in the guards."""
        for side in SIDES:
            seats: Any = self.row(f"seats:{slot}/{side}").guard
            assert seats.waiting == tuple(self.model.queue[slot, side])
            assert seats.seats == self.model.seats[slot, side]
            assert seats.requested == len(self.model.of(slot, side, "requested"))
            seated = self.model.of(slot, side, *SEATED)
            assert seats.taken == len(seated)
        for person in PEOPLE:
            standing, claim = self.model.people.get((slot, person)), self.model.claims.get((slot, person))
            enrolment: Any = self.row(f"enrolment:{slot}/{person}").guard
            assert enrolment.state == (standing.state if standing else "")
            if standing and enrolment.attended:
                assert (enrolment.checked_in, enrolment.checked_out) == (standing.came, standing.left)
            hours: Any = self.row(f"hours:{slot}/{person}").guard
            assert (hours.state, hours.minutes) == ((claim.state, claim.minutes) if claim else ("", 0))

    # -- one step

    @rule(kind=st.sampled_from([kind for kind, weight in KINDS.items() for _ in range(weight)]), data=st.data())
    def step(self, kind: str, data: st.DataObject) -> None:
        """One command of some kind. A single rule keeps the kinds in proportion; otherwise slots are soon all closed."""
        getattr(self, kind)(data.draw)

    def anyone(self, draw: Draw, places: Iterable[tuple[str, str]]) -> tuple[str, str]:
        """A slot and a person, mostly of those for whom the command means something."""
        likely = sorted(places)
        return draw(st.sampled_from(likely)) if likely and draw(st.integers(0, 4)) else (draw(slots), draw(people))

    def those(self, *states: str) -> list[tuple[str, str]]:
        """Slot and person of everybody in these states."""
        return [place for place, one in self.model.people.items() if one.state in states]

    def side_of(self, draw: Draw, place: tuple[str, str]) -> Side:
        """Their side, or now and then the other one."""
        standing = self.model.people.get(place)
        return standing.side if standing and draw(st.integers(0, 9)) else draw(sides)

    # -- sign-ups

    def sign_up(self, draw: Draw) -> None:
        slot, person, side = draw(slots), draw(people), draw(sides)
        at, override = when(slot, draw(usually_before)), draw(reasons)
        allowed = self.model.sign_up(slot, person, side, at, bool(override))
        self.send(allowed, SignUp(slot, person, side), person, at, override)

    def decide(self, draw: Draw) -> None:
        slot, person = place = self.anyone(draw, self.those("requested"))
        side, yes = self.side_of(draw, place), draw(st.integers(0, 3)) > 0
        command: Command = (AcceptRequest if yes else RejectRequest)(slot, person, side)
        self.send(self.model.decide(slot, person, side, yes), command, "w1", when(slot, -60))

    def withdraw(self, draw: Draw) -> None:
        slot, person = place = self.anyone(draw, self.those("requested", "waiting", "accepted"))
        side, at, override = self.side_of(draw, place), when(slot, draw(usually_before)), draw(reasons)
        allowed = self.model.withdraw(slot, person, side, at, bool(override))
        self.send(allowed, Withdraw(slot, person, side), person, at, override)

    def resize(self, draw: Draw) -> None:
        slot, side, seats, at = draw(slots), draw(sides), draw(st.integers(0, 4)), draw(usually_before)
        seated = self.model.of(slot, side, *SEATED)
        if draw(st.integers(0, 4)):
            displaced = draw(st.permutations(self.model.of(slot, side, "accepted")))[: max(0, len(seated) - seats)]
        else:
            displaced = draw(st.lists(people, max_size=3))
        command = ResizeSlot(SLOTS[slot].activity, slot, side, seats, tuple(displaced))
        allowed = self.model.resize(slot, side, seats, command.displaced, when(slot, at))
        self.send(allowed, command, "w1", when(slot, at))

    def cancel_slot(self, draw: Draw) -> None:
        slot = draw(slots)
        listed = [p for side in SIDES for p in self.model.of(slot, side, "requested", "waiting", "accepted")]
        if draw(st.integers(0, 3)):  # a list that is stale, doubled or too long
            listed = draw(st.lists(people, min_size=1, max_size=3)) + listed[: draw(st.integers(0, 3))]
        command = CancelSlot(SLOTS[slot].activity, slot, tuple(listed))
        self.send(self.model.cancel(slot, command.affected), command, "w1", when(slot, -60))

    def close(self, draw: Draw) -> None:
        slot, at = draw(slots), draw(st.sampled_from([119, 120, 500]))
        command = CloseSlot(SLOTS[slot].activity, slot)
        self.send(self.model.close(slot, when(slot, at), False), command, "w1", when(slot, at))

    def reopen(self, draw: Draw) -> None:
        slot = draw(st.sampled_from([slot for slot, state in self.model.state.items() if state == "closed"] or ["a.1"]))
        command = ReopenSlot(SLOTS[slot].activity, slot)
        self.send(self.model.close(slot, when(slot, 500), True), command, "w1", when(slot, 500))

    # -- attendance

    def check_in(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.those("accepted"))
        at = when(slot, draw(offsets))
        self.send(self.model.check_in(slot, person, at), CheckIn(slot, person, "qr"), person, at)

    def check_out(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.those("checked_in"))
        at = when(slot, draw(offsets))
        self.send(self.model.check_out(slot, person, at), CheckOut(slot, person, "desk"), "w1", at)

    def no_show(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.those("accepted"))
        at = when(slot, draw(st.sampled_from([60, 120])))
        self.send(self.model.miss(slot, person, at), MarkNoShow(slot, person), "w1", at)

    def correct(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.those(*SEATED))
        came, left = (
            None if offset is None else when(slot, offset)
            for offset in (draw(st.none() | offsets), draw(st.none() | offsets))
        )
        allowed = self.model.correct(slot, person, came, left, when(slot, 119))
        self.send(allowed, CorrectAttendance(slot, person, came, left), "w1", when(slot, 119))

    # -- hours

    def propose(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.those("checked_in", "checked_out"))
        minutes, by = draw(st.sampled_from([None, None, None, 0, 1, 60, 120, 121])), draw(anybody)
        allowed = self.model.propose(slot, person, minutes, by)
        self.send(allowed, ProposeHours(slot, person, minutes), by, when(slot, 500))

    def decide_on_hours(self, draw: Draw) -> None:
        slot, person = self.anyone(draw, self.model.claims)
        claim = self.model.claims.get((slot, person))
        likely = NEXT.get(claim.state, ()) if claim else ()
        step = draw(st.sampled_from(likely if likely and draw(st.integers(0, 3)) else sorted(DECISIONS)))
        is_stale = draw(st.integers(0, 5)) == 0
        minutes = 90 if step == "adjust" or claim is None or is_stale else claim.minutes
        by, command = draw(anybody), DECISIONS[step](slot, person, minutes)
        self.send(self.model.step(slot, person, step, minutes, by), command, by, when(slot, 600))


class EnrolmentMachineOnSQLite(EnrolmentMachine):
    """The same over the real store."""

    steps: ClassVar[Counter[str]] = Counter()

    def open(self) -> Any:
        """A ledger in a file, with the small world in it."""
        self.folder = tempfile.TemporaryDirectory()
        ledger = Ledger.open(Path(self.folder.name) / "log.db")
        MemoryLedger.append(cast(Any, ledger), beginnings(), START)
        return ledger

    def teardown(self) -> None:
        """Close the file."""
        super().teardown()
        self.ledger.close()
        self.folder.cleanup()


def when(slot: str, offset: int) -> datetime:
    """So many minutes after the slot's start."""
    return SLOTS[slot].starts + timedelta(minutes=offset)


def run(machine: type[EnrolmentMachine], most: int) -> None:
    """Run at least so many steps; an example that Hypothesis cuts short is made up for by another."""
    machine.steps.clear()
    relaxed = settings(
        max_examples=most * 9 // 8 // STEPS + 5,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=relaxed)
    assert machine.steps.total() >= most, machine.steps


def test_twenty_thousand_steps_against_the_model() -> None:
    run(EnrolmentMachine, MOST_STEPS_IN_MEMORY)
    done = EnrolmentMachine.steps
    commands = {name for name, cls in globals().items() if isinstance(cls, type) and issubclass(cls, Command)} - {
        "Command"
    }
    assert not commands - done.keys(), f"never got through: {commands - done.keys()}"


def test_the_same_over_sqlite() -> None:
    run(EnrolmentMachineOnSQLite, MOST_STEPS_IN_SQLITE)
