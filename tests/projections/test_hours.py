"""Hours, folded from events: every sum is the sum of the entries, by state and grade, now and as of any position."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.hours import Adjusted, Confirmed, Credited, Objected, Posted, Proposed, Upheld, Voided
from domain.words import ZONE, Grade
from projections import hours
from tests.projections.folding import Fold

STARTS = datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
UNTIL = date(2026, 12, 1)


def propose(fold: Fold, person: str, minutes: int, *, slot: str = "a1.1", grade: Grade = "A", days: int = 0) -> int:
    starts = STARTS + timedelta(days=days)
    return fold(
        Proposed(slot, person, minutes, grade, "centre", slot.partition(".")[0], starts, "owner"), reason="太长"
    )


def sums(found: list[hours.Sum]) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(one.month, one.state, one.grade): (one.minutes, one.entries) for one in found}


def test_minutes_move_from_state_to_state_and_every_position_stays_readable() -> None:
    fold = Fold()
    start = propose(fold, "p1", 90)
    confirmed = fold(Confirmed("a1.1", "p1", 90), actor="colleague")
    objected = fold(Objected("a1.1", "p1", "其实是两小时", 120), actor="p1")
    adjusted = fold(Adjusted("a1.1", "p1", 120, 30), reason="签到表为证")
    fold(Posted("a1.1", "p1", UNTIL))
    fold(Credited("a1.1", "p1"))
    expected = {
        start: {("2026-11", "proposed", "A"): (90, 1)},
        confirmed: {("2026-11", "confirmed", "A"): (90, 1)},
        objected: {("2026-11", "objected", "A"): (90, 1)},
        adjusted: {("2026-11", "confirmed", "A"): (120, 1)},
    }
    for position, wanted in expected.items():
        assert sums(hours.tally_under(fold.read, ["centre"], until=position)) == wanted
        assert sums(hours.tally_under(fold.read, ["centre"], month="2026-11", until=position)) == wanted
        assert sums(hours.tally_of(fold.read, "p1", until=position)) == wanted
    now = {("2026-11", "credited", "A"): (120, 1)}
    assert sums(hours.tally_of(fold.read, "p1")) == sums(hours.tally_under(fold.read, ["centre"])) == now
    assert hours.tally_under(fold.read, ["elsewhere"]) == []
    entry = hours.find(fold.read, "a1.1", "p1")
    assert entry is not None
    assert (entry.proposer, entry.confirmer, entry.objector) == ("owner", "colleague", "p1")
    assert (entry.answer, entry.answer_reason, entry.was, entry.until) == ("adjusted", "签到表为证", 90, "2026-12-01")


def test_an_objection_that_was_upheld_gives_the_state_back() -> None:
    fold = Fold()
    propose(fold, "p1", 60, grade="B")
    fold(Confirmed("a1.1", "p1", 60))
    fold(Posted("a1.1", "p1", UNTIL))
    fold(Objected("a1.1", "p1", "少记了"))
    fold(Upheld("a1.1", "p1"), reason="核对过签到表")
    [entry] = hours.of_person(fold.read, "p1")
    assert (entry.state, entry.before, entry.answer, entry.objection) == ("posted", None, "upheld", "少记了")


def test_grades_and_months_are_never_merged() -> None:
    fold = Fold()
    propose(fold, "p1", 60)
    propose(fold, "p1", 30, slot="a2.1", grade="C")
    propose(fold, "p1", 45, slot="a3.1", days=20)
    assert sums(hours.tally_of(fold.read, "p1")) == {
        ("2026-11", "proposed", "A"): (60, 1),
        ("2026-11", "proposed", "C"): (30, 1),
        ("2026-12", "proposed", "A"): (45, 1),
    }
    assert hours.total(hours.tally_of(fold.read, "p1")) == 135
    assert hours.count_of(fold.read, "p1") == 3
    assert [entry.slot for entry in hours.of_person(fold.read, "p1", most=2)] == ["a3.1", "a2.1"]
    whole = hours.of_person(fold.read, "p1", most=2, skip=1)
    shown = hours.own(fold.read, "p1", most=2, skip=1)
    assert shown == [
        hours.OwnEntry(*(getattr(one, field) for field in hours.OwnEntry.__struct_fields__)) for one in whole
    ]
    assert [entry.slot for entry in hours.work(fold.read, ["centre"], "proposed", month="2026-12")] == ["a3.1"]


def test_a_voided_entry_counts_nowhere_and_may_be_claimed_again() -> None:
    fold = Fold()
    propose(fold, "p1", 60)
    fold(Voided("a1.1", "p1"), reason="报错了人")
    assert hours.total(hours.tally_of(fold.read, "p1")) == 0
    propose(fold, "p1", 50)
    assert sums(hours.tally_of(fold.read, "p1")) == {("2026-11", "proposed", "A"): (50, 1)}
    assert hours.in_slot(fold.read, "a1.1")["p1"].answer is None


STEPS = st.lists(
    st.tuples(st.sampled_from(["next", "object", "uphold", "adjust", "void"]), st.sampled_from(["p1", "p2", "p3"])),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_the_sums_are_those_of_the_entries(steps: list[tuple[str, str]]) -> None:
    fold, state, before = Fold(), dict.fromkeys(["p1", "p2", "p3"], ""), {}
    for step, person in steps:
        now = state[person]
        if step == "next" and now in ("", "voided"):
            propose(fold, person, 60)
            state[person] = "proposed"
        elif step == "next" and now == "proposed":
            fold(Confirmed("a1.1", person, 60))
            state[person] = "confirmed"
        elif step == "next" and now == "confirmed":
            fold(Posted("a1.1", person, UNTIL))
            state[person] = "posted"
        elif step == "object" and now in ("confirmed", "posted"):
            fold(Objected("a1.1", person, "不对"))
            before[person], state[person] = now, "objected"
        elif step == "uphold" and now == "objected":
            fold(Upheld("a1.1", person))
            state[person] = before[person]
        elif step == "adjust" and now == "posted":
            fold(Adjusted("a1.1", person, 60, 0))
        elif step == "void" and now not in ("", "voided"):
            fold(Voided("a1.1", person))
            state[person] = "voided"
    wanted = Counter(one for one in state.values() if one)
    assert {one.state: one.entries for one in hours.tally_under(fold.read, ["centre"])} == wanted
    until = sums(hours.tally_under(fold.read, ["centre"], until=len(fold.events)))
    assert until == sums(hours.tally_under(fold.read, ["centre"]))
