"""The write path: one answer per command id, nobody fails with a neighbour, all or nothing where that is asked for."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from domain.consents import GiveConsent
from domain.duplicates import MergePersons
from domain.enrolments import Accepted, Waitlisted
from domain.organisations import RegisterOrganisation
from domain.person_files import AlreadyRegistered, RecordQualification, RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ReasonMissing
from ledger.checks import NotAnId, NoZone, Unreadable
from ledger.events import Act
from ledger.execute import MOST_AT_ONCE, RULES, Outcome
from ledger.log import Ledger, guard_differences
from ledger.place import Place
from ledger.store import StoreUnavailable
from tests.cast import CUT, ENDS, NOW, STARTS
from tests.memory import act_of


def register(number: int | str) -> tuple[RegisterPerson, Act]:
    """A person, and a command id of their own."""
    return RegisterPerson(f"p{number}", "云朵"), act_of(id=f"c{number}")


def at_once(tasks: Sequence[Callable[[], Outcome]]) -> list[Outcome | BaseException]:
    """Run every task in a thread of its own, all at the same moment; what each returned or raised."""
    gate = threading.Barrier(len(tasks))

    def run(task: Callable[[], Outcome]) -> Outcome | BaseException:
        gate.wait()
        try:
            return task()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


# -- one answer per command


def test_an_outcome_tells_events_and_the_last_position(ledger: Ledger) -> None:
    outcome = ledger.execute(*register(1))
    (recorded,) = outcome.events
    assert (outcome.position, outcome.repeated) == (1, False)
    assert (recorded.originator_id, recorded.originator_version, recorded.position) == ("person:p1", 1, 1)
    assert (recorded.command, recorded.actor) == ("c1", "given")
    assert list(ledger.replay()) == [recorded]


def test_a_command_that_arrives_again_is_answered_again_and_counts_once(ledger: Ledger) -> None:
    first = ledger.execute(*register(1))
    ledger.execute(*register(2))
    again = ledger.execute(*register(1))
    assert again == Outcome(first.position, (), repeated=True)
    assert ledger.store.head() == 2


def test_an_answer_outlives_the_process(ledger: Ledger, place: Place) -> None:
    ledger.execute(*register(1))
    ledger.close()
    reopened = Ledger.open(place.log, place.folder)
    assert reopened.execute(*register(1)).repeated
    assert reopened.store.head() == 1
    reopened.close()


def test_a_refused_command_may_be_sent_again_once_it_is_possible(ledger: Ledger) -> None:
    ledger.execute(*register(1))
    merge = MergePersons("p1", "p2")
    with pytest.raises(Exception, match="找不到"):
        ledger.execute(merge, act_of(id="m", reason="同一人"))
    ledger.execute(*register(2))
    assert ledger.execute(merge, act_of(id="m", reason="同一人")).events


def test_a_command_that_changes_nothing_is_remembered_too(ledger: Ledger) -> None:
    ledger.execute(*register(1))
    ledger.execute(GiveConsent("p1", "story"), act_of(id="a"))
    assert ledger.execute(GiveConsent("p1", "story"), act_of(id="b")) == Outcome(0)
    assert ledger.execute(GiveConsent("p1", "story"), act_of(id="b")) == Outcome(0, (), repeated=True)


def test_the_same_command_twice_in_one_group_counts_once(ledger: Ledger) -> None:
    first, second = ledger.execute_all([register(1), register(1)])
    assert (first.repeated, len(first.events)) == (False, 1)
    assert second == Outcome(1, (), repeated=True)
    assert ledger.store.head() == 1


def test_a_double_click_from_many_threads_counts_once(ledger: Ledger) -> None:
    answers = at_once([lambda: ledger.execute(*register(1))] * 16)
    assert {answer.position for answer in answers if isinstance(answer, Outcome)} == {1}
    assert sum(not answer.repeated for answer in answers if isinstance(answer, Outcome)) == 1
    assert ledger.store.head() == 1


# -- groups


def test_each_is_decided_upon_what_those_before_it_changed(ledger: Ledger) -> None:
    ledger.execute(*register(1))
    with pytest.raises(AlreadyRegistered):
        ledger.execute_all([register(2), (RegisterPerson("p2", "又一个"), act_of(id="other"))])


def test_all_or_nothing_tells_which_one_was_refused(ledger: Ledger) -> None:
    ledger.execute(*register(1))
    commands: list[Any] = [register(2), register(3), (RegisterPerson("p1", "云朵"), act_of(id="x")), register(4)]
    with pytest.raises(AlreadyRegistered) as refused:
        ledger.execute_all(commands)
    assert refused.value.index == 2
    assert ledger.store.head() == 1
    assert guard_differences(ledger) == []
    del commands[2]
    assert [outcome.position for outcome in ledger.execute_all(commands)] == [2, 3, 4]


@pytest.mark.parametrize("number", ["", "a b", "七"])
def test_what_cannot_be_written_down_is_refused_before_anything_is_decided(ledger: Ledger, number: str) -> None:
    with pytest.raises(NotAnId) as refused:
        ledger.execute_all([register(1), (RegisterPerson(number, "云朵"), act_of(id="x"))])
    assert refused.value.index == 1
    assert ledger.store.head() == 0


@pytest.mark.parametrize(
    ("act", "rule"),
    [
        (act_of(actor=""), NotAnId),
        (act_of(actor="a/b"), NotAnId),
        (act_of(id=""), NotAnId),
        (act_of(id="c" * 501), NotAnId),
        (act_of(id="c\0x"), Unreadable),
        (act_of(recorded=NOW.replace(tzinfo=None)), NoZone),
        (act_of(occurred=NOW.replace(tzinfo=None)), NoZone),
        (act_of(occurred=NOW.replace(year=1)), Unreadable),
        (act_of(recorded=NOW.replace(year=9999)), Unreadable),
        (act_of(reason="a\0b"), Unreadable),
        (act_of(reason="\ud800"), Unreadable),
    ],
)
def test_circumstances_that_cannot_be_are_refused(ledger: Ledger, act: Act, rule: type[Exception]) -> None:
    with pytest.raises(rule):
        ledger.execute(RegisterPerson("p1", "云朵"), act)


@pytest.mark.parametrize("name", [None, 7, "a\0b", "\udcff"])
def test_an_event_that_could_not_be_read_back_is_never_written(ledger: Ledger, name: Any) -> None:
    with pytest.raises(Unreadable):
        ledger.execute(RegisterPerson("p1", name), act_of())
    assert ledger.store.head() == 0


@pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
def test_a_date_of_another_era_is_never_written(ledger: Ledger, year: int) -> None:
    with pytest.raises(Unreadable):
        ledger.execute(RecordQualification("p1", "理发师", date(year, 1, 1)), act_of())
    with pytest.raises(Unreadable):
        ledger.execute(AddSlot("a1", "a1.1", NOW, deadline=NOW.replace(year=year)), act_of())
    assert ledger.store.head() == 0


def test_a_reason_of_blanks_is_none(ledger: Ledger) -> None:
    ledger.execute_all([register(1), register(2)])
    with pytest.raises(ReasonMissing):
        ledger.execute(MergePersons("p1", "p2"), act_of(reason=" \t\n"))
    assert ledger.execute(MergePersons("p1", "p2"), act_of(reason="  ", override="同一人")).events


def test_a_command_that_fails_never_fails_its_neighbours(ledger: Ledger) -> None:
    ledger.execute(*register("twin"))
    bad = RegisterPerson("ptwin", "又一个")
    tasks: list[Callable[[], Outcome]] = []
    for number in range(40):
        tasks.append(lambda n=number: ledger.execute(*register(n)))  # type: ignore[misc]
        tasks.append(lambda n=number: ledger.execute(bad, act_of(id=f"bad{n}")))  # type: ignore[misc]
    answers = at_once(tasks)
    assert len(tasks) > MOST_AT_ONCE, "more than one group"
    assert all(isinstance(answer, Outcome) for answer in answers[::2])
    assert all(isinstance(answer, AlreadyRegistered) for answer in answers[1::2])
    assert len({id(answer) for answer in answers[1::2]}) == 40, "each has an error of its own"
    assert ledger.store.head() == 41
    assert guard_differences(ledger) == []


def test_a_fault_in_one_command_never_fails_its_neighbours(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Iterator[Any]:
        raise ZeroDivisionError

    monkeypatch.setitem(RULES, DraftActivity, RULES[DraftActivity]._replace(decide=broken))
    tasks: list[Callable[[], Outcome]] = []
    for number in range(8):
        tasks.append(lambda n=number: ledger.execute(*register(n)))  # type: ignore[misc]
        tasks.append(lambda n=number: ledger.execute(DraftActivity("x", "坏", "u"), act_of(id=f"bad{n}")))  # type: ignore[misc]
    answers = at_once(tasks)
    assert all(isinstance(answer, Outcome) for answer in answers[::2])
    assert all(isinstance(answer, ZeroDivisionError) for answer in answers[1::2])
    assert ledger.store.head() == 8
    assert guard_differences(ledger) == []


def test_a_group_costs_one_transaction(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = []
    write = ledger.store.write
    holds, may_go = threading.Event(), threading.Event()

    @contextmanager
    def counted() -> Iterator[Any]:
        with write() as transaction:
            commits.append(1)
            holds.set()
            if len(commits) == 1:
                may_go.wait(5)
            yield transaction

    monkeypatch.setattr(ledger.store, "write", counted)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(ledger.execute, *register("first"))
        holds.wait(5)
        others = [pool.submit(ledger.execute, *register(number)) for number in range(8)]
        threading.Timer(0.2, may_go.set).start()
        assert {future.result().position for future in (first, *others)} == set(range(1, 10))
    assert len(commits) <= 2, "those who waited were written together"


def test_when_the_database_refuses_everybody_who_waits_is_told(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(ledger.store, "write", refuse)
        tasks: list[Callable[[], Outcome]] = [lambda n=n: ledger.execute(*register(n)) for n in range(16)]  # type: ignore[misc]
        assert all(isinstance(answer, StoreUnavailable) for answer in at_once(tasks))
    assert all(isinstance(answer, Outcome) for answer in at_once(tasks)), "and carries on afterwards"
    assert ledger.store.head() == 16


# -- a rush


def test_eight_threads_fill_a_slot_to_the_last_seat_and_queue_the_rest_in_order(ledger: Ledger) -> None:
    setup: list[Any] = [
        RegisterOrganisation("u", "市总", "city_union"),
        DraftActivity(CUT, "义剪", "u"),
        AddSlot(CUT, "cut.1", STARTS, ENDS, 50, 0, risk="一般"),
        PublishActivity(CUT, ("cut.1",)),
        *(RegisterPerson(f"p{n}", "云朵") for n in range(120)),
    ]
    ledger.execute_all([(command, act_of(id=f"s{n}", recorded=NOW)) for n, command in enumerate(setup)])
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(lambda n: ledger.execute(SignUp("cut.1", f"p{n}"), act_of(id=f"c{n}", recorded=NOW)), range(120))
        )
    events = [recorded.event for recorded in ledger.replay(after=len(setup))]
    assert len({outcome.position for outcome in outcomes}) == 120
    assert [type(event) for event in events] == [Accepted] * 50 + [Waitlisted] * 70
    assert [event.place for event in events if isinstance(event, Waitlisted)] == list(range(1, 71))
    assert guard_differences(ledger) == []
