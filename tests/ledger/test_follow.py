"""The follow loop: rows and positions move together, a rebuild happens beside the living tables, an unknown topic stops it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, select

from domain.organisations import Registered as OrganisationRegistered
from domain.people import Registered
from ledger.codec import UnknownTopic
from ledger.database import Database
from ledger.events import Recorded
from ledger.folding import next_batch
from ledger.follow import BeyondTheLog, BuiltByAnother, Follower, scratch, view_differences
from ledger.log import Ledger
from ledger.place import Place
from ledger.projection import Projection, Rows
from ledger.rebuild import Rebuild
from ledger.views import Views, positions
from tests.ledger.test_execute import register

tables = MetaData()
guest = Table(
    "guest",
    tables,
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("position", Integer),
)
guest_count = Table("guest_count", tables, Column("name", Text, primary_key=True), Column("people", Integer, default=0))
Index("guest_name", guest.c.name)


def guests(version: int = 1, mark: str = "") -> Projection:
    """Who came, and how many bear each name; `mark` is how a newer version writes names."""
    projection = Projection("guests", version, guest, guest_count)

    @projection.on(Registered)
    def registered(rows: Rows, r: Recorded[Any]) -> None:
        rows.put(guest, person=r.event.person, name=r.event.name + mark, position=r.position)
        rows.add(guest_count, r.event.name + mark, people=1)

    return projection


@pytest.fixture
def views(place: Place) -> Iterator[Views]:
    """An empty database of read models."""
    opened = Views(place.views)
    yield opened
    opened.close()


@pytest.fixture
def follower(ledger: Ledger, views: Views) -> Follower:
    """A follower of one projection, ready."""
    made = Follower(ledger, views, [guests()])
    made.prepare()
    return made


def people(views: Views) -> list[str]:
    """Who stands in the read model, by name."""
    with views.read() as connection:
        return sorted(f"{row.person}{row.name}" for row in connection.execute(select(guest)))


def position(views: Views, name: str = "guests") -> int:
    """Where the projection stands."""
    with views.read() as connection:
        return int(connection.execute(select(positions.c.position).where(positions.c.name == name)).scalar_one())


def set_batch(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Fold so many events at a time, following and rebuilding."""
    for module in ("folding", "building"):
        monkeypatch.setattr(f"ledger.{module}.BATCH", size)


def unknown_topic(place: Place) -> None:
    """Write an event of a kind that this program does not know."""
    sql = (
        "INSERT INTO stored_events (originator_id, originator_version, topic, state) "
        "VALUES ('person:x', 1, 'person.cloned', '{}')"
    )
    database = Database(place.log)
    with database.write() as connection:
        connection.exec_driver_sql(sql)
    database.close()


def test_it_follows_what_was_written_and_twice_is_once(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    assert follower.catch_up() == 3
    assert follower.catch_up() == 3
    assert people(views) == ["p0云朵", "p1云朵", "p2云朵"]
    assert position(views) == 3
    assert view_differences(follower) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_the_size_of_a_batch_changes_nothing(
    ledger: Ledger, follower: Follower, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    set_batch(monkeypatch, batch)
    ledger.execute_all([register(number) for number in range(7)])
    follower.catch_up()
    assert view_differences(follower) == []
    follower.rebuild(follower.projections)
    assert view_differences(follower) == []


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_rebuild_that_cannot_remember_every_row_reads_them_again(
    ledger: Ledger, follower: Follower, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    set_batch(monkeypatch, 2)
    monkeypatch.setattr(Rows, "MOST_KEPT", most)
    ledger.execute_all([register(number) for number in range(7)])
    follower.rebuild(follower.projections)
    assert view_differences(follower) == []


def test_a_build_remembers_no_more_rows_than_it_may_read_or_not(views: Views) -> None:
    with views.write() as connection:
        guest.create(connection)
        rows = Rows(connection, is_fresh=True, most_kept=4)
        for number in range(50):
            rows.keep(guest, person=f"p{number}", name="云朵", position=number)
            rows.spill(rows.write)
            kept = rows._tables[guest]
            assert len(kept.cache) + len(kept.first) <= 4
        rows.flush()
    assert len(people(views)) == 50


def test_processes_that_fold_in_turns_remember_nothing_that_another_has_changed(
    ledger: Ledger, follower: Follower, views: Views
) -> None:
    other = Follower(ledger, views, [guests()])
    for number in range(6):
        written = ledger.execute(*register(number)).position
        (follower, follower, other)[number % 3].wait_for(written)
    assert position(views) == 6
    assert view_differences(follower) == []


def test_what_is_built_anew_is_read_anew(ledger: Ledger, follower: Follower, views: Views) -> None:
    """Somebody spoiled the tables, a rebuild put them right: what this process remembers is of before."""
    follower.wait_for(ledger.execute(*register(1)).position)
    with views.write() as connection:
        connection.exec_driver_sql("UPDATE guest_count SET people = 7")
    spoiled = Follower(ledger, views, [guests()])
    spoiled.wait_for(ledger.execute(*register(2)).position)
    Follower(ledger, views, [guests()]).rebuild(spoiled.projections)
    spoiled.wait_for(ledger.execute(*register(3)).position)
    assert view_differences(follower) == []


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_first_row_is_kept_whether_it_was_read_written_or_neither(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    set_batch(monkeypatch, batch)
    projection = Projection("firsts", 1, guest)

    @projection.on(Registered)
    def registered(rows: Rows, r: Recorded[Any]) -> None:
        rows.keep(guest, person=r.event.name, name=r.event.name, position=r.position)
        if r.position == 3:
            assert (rows.get(guest, r.event.name) or {})["position"] == 1
        if r.position == 4:
            rows.delete(guest, r.event.name)

    follower = Follower(ledger, views, [projection])
    follower.prepare()
    ledger.execute_all([register(number) for number in range(3)])
    follower.catch_up()
    assert [row.position for row in all_guests(views)] == [1]
    ledger.execute_all([register(number) for number in range(3, 6)])
    follower.catch_up()
    assert [row.position for row in all_guests(views)] == [5]
    assert view_differences(follower) == []
    follower.rebuild(follower.projections)
    assert view_differences(follower) == []


def all_guests(views: Views) -> list[Any]:
    """The rows of the read model."""
    with views.read() as connection:
        return list(connection.execute(select(guest)))


def test_rows_and_position_commit_together_or_not_at_all(ledger: Ledger, views: Views) -> None:
    projection = guests()
    Follower(ledger, views, [projection]).prepare()
    good = projection.handlers[Registered]

    def stumbles(rows: Rows, r: Recorded[Any]) -> None:
        good(rows, r)
        if r.position == 2:
            raise ZeroDivisionError

    projection.handlers[Registered] = stumbles
    ledger.execute_all([register(number) for number in range(3)])
    follower = Follower(ledger, views, [projection])
    with pytest.raises(ZeroDivisionError):
        follower.catch_up()
    assert (people(views), position(views), follower.position) == ([], 0, 0)
    projection.handlers[Registered] = good
    follower = Follower(ledger, views, [projection])
    assert follower.catch_up() == 3
    assert view_differences(follower) == []


def test_a_row_that_somebody_touched_is_found(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute(*register(1))
    follower.catch_up()
    with views.write() as connection:
        connection.execute(guest_count.update().values(people=7))
    assert view_differences(follower) == ["guest_count"]
    follower.rebuild(follower.projections)
    assert view_differences(follower) == []


def test_what_it_looked_like_as_of_a_position(ledger: Ledger, follower: Follower) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    then = scratch(follower.projections, ledger.replay(until=2))
    assert people(then) == ["p0云朵", "p1云朵"]
    then.close()


# -- waiting


def test_whoever_waits_for_their_own_write_reads_it(ledger: Ledger, follower: Follower, views: Views) -> None:
    def write_and_read(number: int) -> bool:
        outcome = ledger.execute(*register(number))
        follower.wait_for(outcome.position)
        return f"p{number}云朵" in people(views)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_read, range(80)))
    assert view_differences(follower) == []


def test_a_position_counts_as_passed_only_when_its_rows_can_be_read(
    ledger: Ledger, follower: Follower, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.execute(*register(1))
    seen = []
    write = views.write

    def watched() -> Any:
        manager = write()

        class Watch:
            def __enter__(self) -> Any:
                return manager.__enter__()

            def __exit__(self, *error: Any) -> Any:
                seen.append(follower.position)
                return manager.__exit__(*error)

        return Watch()

    monkeypatch.setattr(views, "write", watched)
    follower.wait_for(1)
    assert seen == [0], "before the commit it still stands where it stood"
    assert follower.position == 1


def test_nobody_waits_for_ever_for_what_was_never_written(ledger: Ledger, follower: Follower) -> None:
    ledger.execute(*register(1))
    with pytest.raises(BeyondTheLog, match="2"):
        follower.wait_for(2)


# -- rebuilding


def test_a_new_version_is_built_at_the_start_and_reported(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    follower.catch_up()
    progress: list[int] = []
    newer = Follower(ledger, views, [guests(2, "（新）")])
    assert newer.prepare(progress.append) == ["guests"]
    assert sum(progress) == 3
    assert people(views) == ["p0云朵（新）", "p1云朵（新）", "p2云朵（新）"]
    assert newer.prepare() == [], "nothing is stale any more"
    assert view_differences(newer) == []


def test_readers_see_the_old_rows_until_the_switch(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    follower.catch_up()
    during: list[list[str]] = []
    newer = Follower(ledger, views, [guests(2, "（新）")])
    newer.prepare(lambda _: during.append(people(views)))
    assert during == [["p0云朵", "p1云朵", "p2云朵"]]


def test_what_is_written_during_a_rebuild_is_not_lost(
    ledger: Ledger, follower: Follower, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_batch(monkeypatch, 2)
    ledger.execute_all([register(number) for number in range(5)])
    follower.catch_up()
    more = iter(range(100, 103))
    newer = Follower(ledger, views, [guests(2, "（新）")])

    def meanwhile(_: int) -> None:
        if (number := next(more, None)) is not None:
            follower.wait_for(ledger.execute(*register(number)).position)

    newer.prepare(meanwhile)
    assert len(people(views)) == 8
    assert view_differences(newer) == []


def test_a_crash_in_the_middle_leaves_the_old_tables_and_the_next_start_finishes(
    ledger: Ledger, follower: Follower, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.execute_all([register(number) for number in range(5)])
    follower.catch_up()
    newer = Follower(ledger, views, [guests(2, "（新）")])

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        set_batch(patched, 2)
        with pytest.raises(KeyboardInterrupt):
            newer.prepare(crash)
    assert people(views) == [f"p{number}云朵" for number in range(5)]
    with monkeypatch.context() as patched:
        patched.setattr(Rebuild, "_switch", crash)
        with pytest.raises(KeyboardInterrupt):
            newer.prepare()
    assert view_differences(follower) == []
    assert newer.prepare() == ["guests"]
    assert view_differences(newer) == []


def test_a_new_projection_beside_an_old_one_catches_up_alone(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    follower.catch_up()
    other_tables = MetaData()
    board = Table("board", other_tables, Column("organisation", Text, primary_key=True))
    boards = Projection("boards", 1, board)
    boards.on(OrganisationRegistered)(lambda rows, r: rows.put(board, organisation=r.event.organisation))
    both = Follower(ledger, views, [follower.projections[0], boards])
    assert both.prepare() == ["boards"]
    assert (position(views), position(views, "boards")) == (3, 3)
    assert view_differences(both) == []


def test_projections_that_stand_at_different_positions_are_brought_together(
    ledger: Ledger, follower: Follower, views: Views
) -> None:
    ledger.execute_all([register(number) for number in range(3)])
    other_tables = MetaData()
    board = Table("board", other_tables, Column("organisation", Text, primary_key=True))
    boards = Projection("boards", 1, board)
    both = Follower(ledger, views, [*follower.projections, boards])
    both.prepare()
    with views.write() as connection:
        connection.execute(positions.update().where(positions.c.name == "boards").values(position=1))
    ledger.execute(*register("late"))
    assert both.catch_up() == 4
    assert (position(views), position(views, "boards")) == (4, 4)
    assert view_differences(both) == [], "nobody was counted twice"


def test_two_rebuilds_wait_for_each_other(ledger: Ledger, follower: Follower, views: Views, place: Place) -> None:
    """Another process that starts at the same time would fill the same twins and count everybody twice."""
    ledger.execute_all([register(number) for number in range(5)])
    follower.catch_up()
    elsewhere = Views(place.views)
    one, other = (Follower(ledger, found, [guests(2, "（新）")]) for found in (views, elsewhere))
    second = threading.Thread(target=other.prepare)

    def meanwhile(_: int) -> None:
        second.start()
        second.join(0.3)

    assert one.prepare(meanwhile) == ["guests"]
    second.join(10)
    assert view_differences(one) == []
    elsewhere.close()


def test_an_older_program_does_not_fold_into_what_a_newer_one_built(
    ledger: Ledger, follower: Follower, views: Views
) -> None:
    newer = Follower(ledger, views, [guests(2, "（新）")])
    newer.prepare()
    written = ledger.execute(*register(1))
    with pytest.raises(BuiltByAnother, match="guests"):
        follower.wait_for(written.position)
    assert newer.catch_up() == 1
    assert view_differences(newer) == []


def test_a_switch_takes_over_everything_however_much_was_written_meanwhile(
    ledger: Ledger, follower: Follower, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_batch(monkeypatch, 2)
    ledger.execute_all([register(number) for number in range(5)])
    follower.catch_up()
    asked: list[int] = []

    def stops_early(ledger: Ledger, after: int) -> list[Recorded[Any]]:
        asked.append(after)
        return [] if len(asked) == 1 else next_batch(ledger, after)

    monkeypatch.setattr("ledger.rebuild.next_batch", stops_early)
    follower.rebuild(
        follower.projections, lambda _: ledger.execute_all([register(number) for number in range(5, 9)]) and None
    )
    assert asked == [5, 5, 7, 9]
    assert position(views) == 9, "nobody who waited for the ninth may find less than before"
    assert view_differences(follower) == []


def test_comparing_while_others_write_finds_no_difference(
    ledger: Ledger, follower: Follower, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.execute(*register(1))

    def meanwhile(*known: Any) -> Views:
        follower.wait_for(ledger.execute(*register(2)).position)
        return scratch(*known)

    monkeypatch.setattr("ledger.follow.scratch", meanwhile)
    assert view_differences(follower) == []


def test_without_projections_there_is_nothing_to_fold(ledger: Ledger, views: Views) -> None:
    written = ledger.execute(*register(1))
    assert Follower(ledger, views, []).catch_up() == written.position


# -- what it does not know


def test_an_unknown_topic_stops_it_and_nothing_behind_is_applied(
    ledger: Ledger, follower: Follower, views: Views, place: Place
) -> None:
    ledger.execute_all([register(number) for number in range(2)])
    unknown_topic(place)
    behind = ledger.execute(*register("behind"))
    for _ in range(2):
        with pytest.raises(UnknownTopic, match=r"person\.cloned"):
            follower.catch_up()
        with pytest.raises(UnknownTopic, match=r"person\.cloned"):
            follower.wait_for(behind.position)
    assert people(views) == ["p0云朵", "p1云朵"]
    assert position(views) == 2
    follower.wait_for(2)


def test_an_unknown_topic_stops_a_rebuild_and_the_old_tables_stay(
    ledger: Ledger, follower: Follower, views: Views, place: Place
) -> None:
    ledger.execute(*register(1))
    follower.catch_up()
    unknown_topic(place)
    with pytest.raises(UnknownTopic, match=r"person\.cloned"):
        Follower(ledger, views, [guests(2, "（新）")]).prepare()
    assert people(views) == ["p1云朵"]


def test_many_threads_may_drive_one_follower(ledger: Ledger, follower: Follower, views: Views) -> None:
    ledger.execute_all([register(number) for number in range(50)])
    threads = [threading.Thread(target=follower.wait_for, args=(50,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(people(views)) == 50
    assert view_differences(follower) == []
