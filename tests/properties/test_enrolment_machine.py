"""Hypothesis throws commands at the ledger and at a small model: both must allow, refuse and know the same, step by step.

After each step every new event is shown to a `Witness` (no overbooking, strict order, no overlap, nobody on both sides, at
every prefix of the log), the stored guards are compared with the fold of the log, and the command is sent a second time.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.closing import CloseSlot, ReopenSlot
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.resizing import CancelSlot, ResizeSlot
from domain.sign_up import AcceptRequest, RejectRequest, SignUp, Withdraw
from domain.words import Side, day_of
from ledger import guards
from ledger.events import Command, RuleBroken
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from tests.databases import fresh, used
from tests.memory import MemoryLedger
from tests.properties.model import SEATED, Model
from tests.properties.witness import Witness
from tests.properties.world import PEOPLE, SIDES, SLOTS, STAFF, START, act, beginnings

STEPS = 120
MOST_STEPS_IN_A_STORE = 1_000

SLOT_IDS = sorted(SLOTS)
TWO_SIDES = SIDES + SIDES[:1]
ANYBODY = STAFF * 4 + PEOPLE
OFFSETS = [-60, 0, 0, 1, 30, 60, 60, 90, 119, 120, -200, 121]
"""Minutes from the start of the slot."""
USUALLY_BEFORE = [-5000, -5000, -5000, -5000, -1, 0, 1]
REASONS = [None, None, "人手不够"]

KINDS = {
    "sign_up": 30, "decide": 6, "withdraw": 4, "resize": 5, "cancel_slot": 1, "close": 1, "reopen": 4,
    "check_in": 10, "check_out": 8, "no_show": 2, "correct": 3, "propose": 10, "decide_on_hours": 20,
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
        self.rows = guards.Rows()
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
            changed |= {row.tag for row in guards.fold(recorded.event, self.rows)}
        with self.ledger.store.write() as transaction:
            stored = {row[0]: guards.decode(*row) for row in transaction.guards(sorted(changed))}
        assert stored == {tag: self.rows[tag] for tag in changed}, "guards are the fold of the log"

    def compare(self, slot: str) -> None:
        """The slot looks the same on paper and in the guards."""
        for side in SIDES:
            seats: Any = self.rows[f"seats:{slot}/{side}"].guard
            assert seats.waiting == tuple(self.model.queue[slot, side])
            assert seats.seats == self.model.seats[slot, side]
            assert seats.requested == len(self.model.of(slot, side, "requested"))
            seated = self.model.of(slot, side, *SEATED)
            assert seats.taken == len(seated)
        for person in PEOPLE:
            standing, claim = self.model.people.get((slot, person)), self.model.claims.get((slot, person))
            enrolment: Any = self.rows[f"enrolment:{slot}/{person}"].guard
            assert enrolment.state == (standing.state if standing else "")
            if standing and enrolment.attended:
                assert (enrolment.checked_in, enrolment.checked_out) == (standing.came, standing.left)
            hours: Any = self.rows[f"hours:{slot}/{person}"].guard
            assert (hours.state, hours.minutes) == ((claim.state, claim.minutes) if claim else ("", 0))
            if claim:
                day = day_of(SLOTS[slot].starts)
                served: Any = self.rows[f"served:{person}/{day[:7]}"].guard
                assert served.minutes_on(day) == self.model.minutes_on(person, day)

    # -- one step

    @rule(chance=st.randoms(use_true_random=True))
    def step(self, chance: Random) -> None:
        """One command of some kind, by even chance: left to itself, Hypothesis tries the first of everything most often,
        and then queues stay empty and nobody is ever displaced.
        """
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        getattr(self, kind)(chance)

    def anyone(self, chance: Random, places: Iterable[tuple[str, str]]) -> tuple[str, str]:
        """A slot and a person, mostly of those for whom the command means something."""
        likely = sorted(places)
        return (
            chance.choice(likely)
            if likely and chance.random() < 0.8
            else (chance.choice(SLOT_IDS), chance.choice(PEOPLE))
        )

    def those(self, *states: str) -> list[tuple[str, str]]:
        """Slot and person of everybody in these states."""
        return [place for place, one in self.model.people.items() if one.state in states]

    def side_of(self, chance: Random, place: tuple[str, str]) -> Side:
        """Their side, or now and then the other one."""
        standing = self.model.people.get(place)
        return standing.side if standing and chance.random() < 0.9 else chance.choice(SIDES)

    def who(self, chance: Random, person: str) -> str:
        """They themselves, or staff for them."""
        return chance.choice((person, person, *STAFF))

    # -- sign-ups

    def sign_up(self, chance: Random) -> None:
        slot, person, side = chance.choice(SLOT_IDS), chance.choice(PEOPLE), chance.choice(TWO_SIDES)
        at, override, by = when(slot, chance.choice(USUALLY_BEFORE)), chance.choice(REASONS), self.who(chance, person)
        allowed = self.model.sign_up(slot, person, side, at, bool(override) and by != person)
        self.send(allowed, SignUp(slot, person, side), by, at, override)

    def decide(self, chance: Random) -> None:
        slot, person = place = self.anyone(chance, self.those("requested"))
        side, yes = self.side_of(chance, place), chance.random() < 0.75
        command: Command = (AcceptRequest if yes else RejectRequest)(slot, person, side)
        self.send(self.model.decide(slot, person, side, yes), command, "w1", when(slot, -60))

    def withdraw(self, chance: Random) -> None:
        slot, person = place = self.anyone(chance, self.those("requested", "waiting", "accepted"))
        side, at = self.side_of(chance, place), when(slot, chance.choice(USUALLY_BEFORE))
        override, by = chance.choice(REASONS), self.who(chance, person)
        allowed = self.model.withdraw(slot, person, side, at, bool(override) and by != person)
        self.send(allowed, Withdraw(slot, person, side), by, at, override)

    def resize(self, chance: Random) -> None:
        slot, side, at = chance.choice(SLOT_IDS), chance.choice(TWO_SIDES), chance.choice(USUALLY_BEFORE)
        seated = self.model.of(slot, side, *SEATED)
        seats = max(0, len(seated) + chance.choice([-2, -1, -1, 0, 0, 1, 2]))
        accepted = self.model.of(slot, side, "accepted")
        chance.shuffle(accepted)
        displaced = accepted[: max(0, len(seated) - seats)]
        if chance.random() < 0.2:
            displaced = chance.choices(PEOPLE, k=chance.randint(0, 3))
        command = ResizeSlot(SLOTS[slot].activity, slot, side, seats, tuple(displaced))
        allowed = self.model.resize(slot, side, seats, command.displaced, when(slot, at))
        self.send(allowed, command, "w1", when(slot, at))

    def cancel_slot(self, chance: Random) -> None:
        slot = chance.choice(SLOT_IDS)
        listed = [p for side in SIDES for p in self.model.of(slot, side, "requested", "waiting", "accepted")]
        if chance.random() < 0.6:  # a list that is stale, doubled or too long
            listed = chance.choices(PEOPLE, k=chance.randint(1, 3)) + listed[: chance.randint(0, 3)]
        command = CancelSlot(SLOTS[slot].activity, slot, tuple(listed))
        self.send(self.model.cancel(slot, command.affected), command, "w1", when(slot, -60))

    def close(self, chance: Random) -> None:
        slot, at = chance.choice(SLOT_IDS), chance.choice([119, 120, 500])
        command = CloseSlot(SLOTS[slot].activity, slot)
        self.send(self.model.close(slot, when(slot, at), False), command, "w1", when(slot, at))

    def reopen(self, chance: Random) -> None:
        slot = chance.choice([slot for slot, state in self.model.state.items() if state == "closed"] or SLOT_IDS)
        command = ReopenSlot(SLOTS[slot].activity, slot)
        self.send(self.model.close(slot, when(slot, 500), True), command, "w1", when(slot, 500))

    # -- attendance

    def check_in(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.those("accepted"))
        at = when(slot, chance.choice(OFFSETS))
        self.send(self.model.check_in(slot, person, at), CheckIn(slot, person, "qr"), person, at)

    def check_out(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.those("checked_in"))
        at = when(slot, chance.choice(OFFSETS))
        self.send(self.model.check_out(slot, person, at), CheckOut(slot, person, "desk"), "w1", at)

    def no_show(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.those("accepted"))
        at = when(slot, chance.choice([60, 120]))
        self.send(self.model.miss(slot, person, at), MarkNoShow(slot, person), "w1", at)

    def correct(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.those(*SEATED))
        came, left = (
            None if offset is None else when(slot, offset)
            for offset in (chance.choice([None, *OFFSETS]), chance.choice([None, *OFFSETS]))
        )
        allowed = self.model.correct(slot, person, came, left, when(slot, 119))
        self.send(allowed, CorrectAttendance(slot, person, came, left), "w1", when(slot, 119))

    # -- hours

    def propose(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.those("checked_in", "checked_out"))
        minutes, by = chance.choice([None, None, None, 0, 1, 60, 120, 121]), chance.choice(ANYBODY)
        allowed = self.model.propose(slot, person, minutes, by)
        self.send(allowed, ProposeHours(slot, person, minutes), by, when(slot, 500))

    def decide_on_hours(self, chance: Random) -> None:
        slot, person = self.anyone(chance, self.model.claims)
        claim = self.model.claims.get((slot, person))
        likely = NEXT.get(claim.state, ()) if claim else ()
        step = chance.choice(likely if likely and chance.random() < 0.75 else sorted(DECISIONS))
        is_stale = chance.random() < 0.15
        minutes = 90 if step == "adjust" or claim is None or is_stale else claim.minutes
        by, command = chance.choice(ANYBODY), DECISIONS[step](slot, person, minutes)
        self.send(self.model.step(slot, person, step, minutes, by), command, by, when(slot, 600))


class EnrolmentMachineOnStore(EnrolmentMachine):
    """The same over a real store."""

    steps: ClassVar[Counter[str]] = Counter()
    server: ClassVar[str | None] = None
    """Of PostgreSQL; without one the store is a file."""

    def open(self) -> Any:
        """A ledger in a place of its own, with the small world in it."""
        self.rooms = ExitStack()
        folder = self.rooms.enter_context(tempfile.TemporaryDirectory())
        url = used(self.server, self.rooms.enter_context(fresh(self.server))) if self.server else None
        place = Place(Path(folder), url)
        ledger = self.rooms.enter_context(closing(Ledger.open(place.log, place.folder)))
        MemoryLedger.append(cast(Any, ledger), beginnings(), START)
        return ledger

    def teardown(self) -> None:
        """Close the store."""
        super().teardown()
        self.rooms.close()


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


@pytest.mark.parametrize("steps", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_thousands_of_steps_against_the_model(steps: int) -> None:
    run(EnrolmentMachine, steps)
    done = EnrolmentMachine.steps
    commands = {name for name, cls in globals().items() if isinstance(cls, type) and issubclass(cls, Command)} - {
        "Command"
    }
    assert not commands - done.keys(), f"never got through: {commands - done.keys()}"


def test_the_same_over_a_real_store(engine: str, request: pytest.FixtureRequest) -> None:
    EnrolmentMachineOnStore.server = request.getfixturevalue("cluster") if engine == "postgresql" else None
    run(EnrolmentMachineOnStore, MOST_STEPS_IN_A_STORE)
