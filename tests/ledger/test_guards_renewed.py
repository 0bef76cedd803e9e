"""Guards of another version of the program: noticed, folded once more, never decided by, never written by whoever only reads."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from itertools import count

import msgspec
import pytest

from app import create_app, open_house
from domain.organisations import RegisterOrganisation
from domain.purchases import AgreePurchase, NotBought
from domain.seats import Seats
from domain.words import ZONE
from ledger import guards
from ledger.codec import UnknownTopic
from ledger.events import Act, Command
from ledger.follow import Follower
from ledger.guards import KINDS, MARK, FoldedByAnother, Unreadable
from ledger.log import Ledger, guard_differences, is_current, refold
from ledger.place import Place
from ledger.store import StoredGuard, StoreUnavailable
from ledger.views import Views
from projections import PROJECTIONS
from tests.ledger.test_follow import unknown_topic
from web.house import House

FIRST = date(2026, 1, 1)
OLD = [
    ("tree:", 0, b'{"parents":{"union":null,"agency":"union"}}'),
    ("purchase:", 0, b"{}"),
    ("purchase:agency", 1, b'{"terms":[["union","2026-01-01",null]]}'),
    ("served:nobody/2026-01", 0, b'{"days":{"2026-01-02":{"a1.1":60}}}'),
    ("vanished:x", 3, b'{"what":1}'),
    (MARK, 1, b'"of an older version"'),
]
"""Fields that are missing, a key that is another, terms in another shape, and tags to which nothing folds any more."""
DIFFERING = ["purchase:", "purchase:agency", "served:nobody/2026-01", "tree:", "vanished:x"]
_numbers = count(1)


def do(ledger: Ledger, command: Command) -> int:
    """Carry out a command; the position of its last event."""
    act = Act(f"g{next(_numbers)}", "somebody", datetime(2026, 11, 22, 9, tzinfo=ZONE))
    return ledger.execute(command, act).position


def stored(place: Place) -> list[StoredGuard]:
    """Every row of the guards."""
    with closing(Ledger.blind(place.log)) as ledger:
        return list(ledger.store.all_guards())


def overwrite(ledger: Ledger, rows: list[StoredGuard]) -> None:
    """Write guards as another program would."""
    with ledger.store.write() as transaction:
        transaction.save(rows, [])


@pytest.fixture
def old(place: Place) -> Place:
    """A union that buys from an agency, in a place whose guards an older version has written."""
    with closing(Ledger.open(place.log, place.folder)) as ledger:
        do(ledger, RegisterOrganisation("union", "望海市总工会", "city_union"))
        do(ledger, RegisterOrganisation("agency", "青禾社工机构", "agency", "union"))
        do(ledger, AgreePurchase("agency", "union", FIRST))
        overwrite(ledger, OLD)
    return place


def test_at_start_guards_of_another_version_are_folded_once_more(old: Place) -> None:
    house = open_house(old, tryout=False)
    assert guard_differences(house.ledger) == []
    assert is_current(house.ledger)
    with pytest.raises(NotBought):
        do(house.ledger, AgreePurchase("agency", "union", FIRST))
    do(house.ledger, RegisterOrganisation("other", "另一家机构", "agency", "union"))
    do(house.ledger, AgreePurchase("other", "union", FIRST))
    house.close()


def test_it_is_done_once(old: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    open_house(old, tryout=False).close()
    before = stored(old)
    monkeypatch.setattr("web.house.refold", lambda _: pytest.fail("nothing has changed"))
    open_house(old, tryout=False).close()
    assert stored(old) == before


def test_a_log_that_never_had_a_mark_is_folded_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the versions before this one left theirs."""
    with closing(Ledger.open(place.log, place.folder)) as ledger:
        assert is_current(ledger), "there is nothing to fold"
        do(ledger, RegisterOrganisation("union", "望海市总工会", "city_union"))
        assert is_current(ledger), "the first events bring the mark"
    with closing(Ledger.blind(place.log)) as ledger:
        monkeypatch.setattr(ledger.store, "guard", lambda _: None)
        assert not is_current(ledger)


def test_the_commands_say_what_differs_and_end_it(old: Place) -> None:
    """Even where what is stored cannot be read, and where nothing folds to it any more."""
    open_house(old, tryout=False).close()
    with closing(Ledger.open(old.log, old.folder)) as ledger:
        overwrite(ledger, OLD[:-1])
    for words, exit_code, said in (
        ("verify", 1, "守卫不一致：vanished:x"),
        ("rebuild --guards", 0, "写下 5 个不同的"),
        ("verify", 0, "一致：3 条记录"),
    ):
        app = create_app(old, is_tryout=False)
        with app.app_context():
            result = app.test_cli_runner().invoke(args=words.split())
        assert (result.exit_code, said in result.output) == (exit_code, True), result.output
        app.extensions["liandong"].close()


def test_whoever_only_reads_writes_nothing(old: Place) -> None:
    before, views = stored(old), Views(None)
    with closing(Ledger.blind(old.log)) as ledger:
        follower = Follower(ledger, views, PROJECTIONS)
        follower.prepare()
        assert follower.position == ledger.store.head()
        assert guard_differences(ledger) == DIFFERING
    House.open(old).close()
    views.close()
    assert stored(old) == before


def test_nothing_is_decided_by_guards_of_another_version(old: Place) -> None:
    """A process that still runs when another version is started, or that was started without its guards being folded."""
    with closing(Ledger.open(old.log, old.folder)) as ledger:
        head = ledger.store.head()
        with pytest.raises(FoldedByAnother, match="另一个版本"):
            do(ledger, RegisterOrganisation("other", "另一家机构", "agency", "union"))
        overwrite(ledger, [guards.mark()])
        with pytest.raises(Unreadable, match=r"purchase:agency.*rebuild --guards"):
            do(ledger, AgreePurchase("agency", "union", FIRST))
        assert issubclass(Unreadable, StoreUnavailable)
        assert ledger.store.head() == head


def test_an_older_program_does_not_fold_a_log_that_it_cannot_read(old: Place) -> None:
    unknown_topic(old)
    before = stored(old)
    with pytest.raises(UnknownTopic):
        open_house(old, tryout=False)
    answer = create_app(old, is_tryout=False).test_client().get("/")
    assert (answer.status_code, "程序可能太旧" in answer.text) == (503, True)
    assert stored(old) == before


def test_what_is_written_while_it_folds_is_in_it(old: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Ledger.open(old.log, old.folder)) as ledger:
        overwrite(ledger, [guards.mark()])
        replay, late = ledger.replay, iter(["late"])

        def meanwhile(*span: int, **until: int) -> object:
            yield from replay(*span, **until)
            for name in late:
                do(ledger, RegisterOrganisation(name, "后来的机构", "district_union"))

        monkeypatch.setattr(ledger, "replay", meanwhile)
        refold(ledger)
        monkeypatch.undo()
        assert guard_differences(ledger) == []
        assert ledger.store.guard("organisation:late") is not None


# -- when the shape is another


def with_more_fields() -> type[guards.Guard]:
    """The guard of seats, which remembers something else too."""

    class More(Seats):
        last: str = ""

    More.key, More.topics = Seats.key, Seats.topics
    return More


@pytest.mark.parametrize(
    ("attribute", "value"), [("version", 2), ("key", ("slot",)), ("topics", ["activity.slot_added"])]
)
def test_a_guard_of_another_version_key_or_event_makes_another_shape(
    monkeypatch: pytest.MonkeyPatch, attribute: str, value: object
) -> None:
    before = guards.shape()
    monkeypatch.setattr(KINDS["seats"], attribute, value)
    assert guards.shape() != before


def test_other_fields_and_other_guards_make_another_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    before = guards.shape()
    with monkeypatch.context() as patch:
        patch.setitem(KINDS, "seats", with_more_fields())
        assert guards.shape() != before
        assert guards.mark() != (MARK, 1, msgspec.json.encode(before))
    with monkeypatch.context() as patch:
        patch.delitem(KINDS, "seats")
        assert guards.shape() != before
    assert guards.mark() == (MARK, 1, msgspec.json.encode(before))


def test_other_words_make_no_other_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    before = guards.shape()
    monkeypatch.setattr(KINDS["seats"], "__doc__", "Whose seats they are.")
    assert guards.shape() == before
    assert MARK.partition(":")[0] not in KINDS
