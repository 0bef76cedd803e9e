"""Several threads throw random commands at one SQLite ledger; afterwards every prefix of what they wrote holds up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest

from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.closing import CloseSlot, ReopenSlot
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.resizing import CancelSlot, ResizeSlot
from domain.sign_up import AcceptRequest, SignUp, Withdraw
from ledger.events import Act, Command, RuleBroken
from ledger.execute import Outcome
from ledger.log import Ledger, guard_differences
from tests.memory import MemoryLedger
from tests.properties.witness import Witness
from tests.properties.world import CROWD, SIDES, SLOTS, STAFF, START, act, beginnings

THREADS, COMMANDS_EACH = 8, 400
Answer = Outcome | RuleBroken


def likely(chance: random.Random) -> tuple[Command, int]:
    """Some command, and how many minutes from the start of its slot it comes."""
    slot, person, side = chance.choice(sorted(SLOTS)), chance.choice(CROWD), chance.choice(SIDES)
    activity, who = SLOTS[slot].activity, (slot, person)
    return chance.choices(
        [
            (SignUp(slot, person, side), -5000),
            (AcceptRequest(slot, person, side), -60),
            (Withdraw(slot, person, side), -60),
            (
                ResizeSlot(
                    activity, slot, side, chance.randint(0, 4), tuple(chance.sample(CROWD, chance.randint(0, 1)))
                ),
                -9,
            ),
            (CheckIn(*who), chance.randint(0, 60)),
            (CheckOut(*who), chance.randint(60, 120)),
            (MarkNoShow(*who), 120),
            (CorrectAttendance(*who, SLOTS[slot].starts + timedelta(minutes=5), SLOTS[slot].ends), 130),
            (ProposeHours(*who, chance.choice([None, 60])), 140),
            (ConfirmHours(*who, 60), 150),
            (PostHours(*who), 160),
            (ObjectToHours(*who, "少了"), 170),
            (UpholdHours(*who), 180),
            (AdjustHours(*who, 90), 190),
            (VoidHours(*who), 200),
            (CloseSlot(activity, slot), 300),
            (ReopenSlot(activity, slot), 310),
            (CancelSlot(activity, slot, ()), -60),
        ],
        [40, 10, 12, 8, 20, 14, 3, 3, 14, 14, 4, 6, 4, 4, 3, 1, 6, 0.2],
    )[0]


def commands(seed: int, thread: int) -> Iterator[tuple[Command, Act]]:
    """What one thread sends. Half of it the thread beside it sends too, under the same id: the same button, pressed twice."""
    for number in range(COMMANDS_EACH):
        owner = f"both{thread // 2}" if number % 2 else f"only{thread}"
        chance = random.Random(f"{seed}-{owner}-{number}")
        command, minutes = likely(chance)
        at = SLOTS[getattr(command, "slot")].starts + timedelta(minutes=minutes)  # noqa: B009 - each names one
        yield command, act(f"{owner}-{number}", chance.choice((*STAFF, *STAFF, *CROWD[:2])), at, "有理由")


def send(ledger: Ledger, seed: int, thread: int) -> list[tuple[str, Answer]]:
    """Send all of one thread's commands; each command id with its answer."""
    answers: list[tuple[str, Answer]] = []
    for command, circumstances in commands(seed, thread):
        try:
            answers.append((circumstances.id, ledger.execute(command, circumstances)))
        except RuleBroken as broken:
            answers.append((circumstances.id, broken))
    return answers


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_threads_do_every_prefix_of_the_log_holds_up(ledger: Ledger, seed: int) -> None:
    MemoryLedger.append(cast(Any, ledger), beginnings(CROWD), START)
    first = ledger.store.head()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = [one for each in pool.map(lambda thread: send(ledger, seed, thread), range(THREADS)) for one in each]
    witness = Witness()
    log = list(ledger.replay())
    for recorded in log:
        witness.see(recorded)
    assert [recorded.position for recorded in log] == list(range(1, len(log) + 1))
    assert guard_differences(ledger) == []
    each_command_counted_once(answers, Counter(recorded.command for recorded in log[first:]))


def each_command_counted_once(answers: list[tuple[str, Answer]], written: Counter[str | None]) -> None:
    """One decision per command id, the same position in every answer, and nothing in the log that nobody was told."""
    outcomes: dict[str, list[Outcome]] = {}
    for command, answer in answers:
        if isinstance(answer, Outcome):
            outcomes.setdefault(command, []).append(answer)
    for command, given in outcomes.items():
        assert len({outcome.position for outcome in given}) == 1
        (decided,) = (outcome for outcome in given if not outcome.repeated)
        assert written[command] == len(decided.events)
    assert set(written) <= set(outcomes)
    assert any(len(given) > 1 for given in outcomes.values())
    assert sum(written.values()) > 200, "the threads got something done"
