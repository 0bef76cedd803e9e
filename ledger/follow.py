"""The loop that drives every projection: read a batch, fold it in memory, write it in bulk, move the position, commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import zip_longest
from typing import Any, NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.building import Progress
from ledger.database import LOCK_SECONDS
from ledger.events import Event, Recorded
from ledger.folding import fold, handlers_of, next_batch
from ledger.log import Ledger
from ledger.prepared import Prepared
from ledger.projection import Handler, Projection, Rows
from ledger.rebuild import Rebuild
from ledger.views import Views, ViewsUnavailable, positions

MOST_KEPT = 1000
"""Rows of a table that a process remembers from one fold to the next."""


def quietly(_: int) -> None:
    """Tell nobody how far it is."""


class BeyondTheLog(Exception):
    """Somebody waits for a position that the log does not have."""


class BuiltByAnother(ViewsUnavailable):
    """The read models are of another version of the program; folding into them would spoil them."""


_standing = Prepared(select(positions.c.name, positions.c.version, positions.c.position, positions.c.generation))


class Standing(NamedTuple):
    """The lowest position, the projections that stand there, where the next ones stand, and the last building of any."""

    position: int
    names: tuple[str, ...]
    until: int | None
    generation: int


class Follower:
    """Keeps the read models of one log current. Whoever waits for a position does the work, so nobody waits for a timer."""

    def __init__(self, ledger: Ledger, views: Views, projections: Sequence[Projection]) -> None:
        self.ledger, self.views, self.projections = ledger, views, projections
        self.position = 0
        self.moved: list[Callable[[int], None]] = []
        """Told the position whenever it has moved: whoever waits beside the read models, and what measures them."""
        self._losses = views.losses
        self._lock = threading.Lock()
        self._gathered: dict[tuple[str, ...], dict[type[Event], list[Handler]]] = {}
        self._kept: tuple[Standing, Rows] | None = None

    def prepare(self, progress: Progress = quietly) -> list[str]:
        """Make missing tables and build changed projections anew; the names of those that were. Call once at start."""
        stale: list[Projection] = []
        if self._stale():
            with self.views.building():
                stale = self._stale()  # another process may just have built them
                Rebuild(self.ledger, self.views, stale).run(progress)
        self.catch_up()
        return [projection.name for projection in stale]

    def _stale(self) -> list[Projection]:
        """The projections that are missing or of another version."""
        with self.views.read() as connection:
            known = {row.name: row.version for row in connection.execute(select(positions))}
        return [p for p in self.projections if known.get(p.name) != p.version]

    def catch_up(self) -> int:
        """Fold everything that the log holds by now; the position reached. A job that runs twice changes nothing."""
        while self._step():
            pass
        return self.position

    def wait_for(self, position: int) -> None:
        """Return when the read models have passed this position. Raises UnknownTopic where the log cannot be followed, and
        BeyondTheLog for a position that nobody wrote, and ViewsUnavailable after a while where they cannot be written.
        """
        if self._losses != self.views.losses:  # a server that crashed may have lost rows, which are folded again
            self._losses = self.views.losses
            with self.views.read() as connection:
                self.position = self.standing(connection)[0]
        while self.position < position:
            with self._turn():
                if self.position < position and not self._step() and self.position < position:
                    raise BeyondTheLog(f"记录只到第 {self.position} 条，等不到第 {position} 条。")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One thread at a time folds; whoever waits for it does not wait for ever."""
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            raise ViewsUnavailable("另一页正在更新，等得太久。")
        try:
            yield
        finally:
            self._lock.release()

    def _step(self) -> bool:
        """One batch in one transaction; whether there was anything to do."""
        with self.views.write() as connection:
            at = self.standing(connection)
            batch = next_batch(self.ledger, at.position, at.until)
            if batch:
                rows = self._rows(at, connection)
                fold(self._handlers(at.names), rows, batch)
                with at_once(connection):
                    rows.flush()
                    move(connection, at.names, batch[-1].position)
        # Only now: whoever waits for this position reads as soon as it is here, and must find the rows committed.
        reached = batch[-1].position if batch else at.position
        if batch:
            self._kept = at._replace(position=reached), rows
        if reached > self.position:
            self.position = reached
            for tell in self.moved:
                tell(reached)
        return bool(batch)

    def _rows(self, at: Standing, connection: Connection) -> Rows:
        """What the fold before has read and written, where nobody else has folded or built anything since."""
        kept, self._kept = self._kept, None
        if kept is None or kept[0] != at:
            return Rows(connection, most_kept=MOST_KEPT)
        kept[1].attach(connection)
        return kept[1]

    def _handlers(self, names: tuple[str, ...]) -> dict[type[Event], list[Handler]]:
        """The handlers of these projections; a page that waits for one event must not gather them anew."""
        if names not in self._gathered:
            self._gathered[names] = handlers_of(p for p in self.projections if p.name in names)
        return self._gathered[names]

    def standing(self, connection: Connection) -> Standing:
        """How far the projections are. Raises BuiltByAnother."""
        rows = _standing.rows(connection)
        found = {name: (version, position) for name, version, position, _ in rows}
        at = {}
        for p in self.projections:
            version, at[p.name] = found.get(p.name, (p.version, 0))
            if version != p.version:
                raise BuiltByAnother(f"读模型 {p.name} 已由另一个版本的程序重建。请重启本程序。")
        behind = min(at.values()) if at else self.ledger.store.head()
        ahead = [position for position in at.values() if position > behind]
        names = tuple([name for name, position in at.items() if position == behind])
        return Standing(behind, names, min(ahead, default=None), max([row[3] for row in rows], default=0))

    def rebuild(self, projections: Sequence[Projection], progress: Progress = quietly) -> int:
        """Build these beside the living ones, catch up, switch in one transaction; the number of events folded.

        Waits for another process that is at it: both would fill the same twins.
        """
        with self.views.building():
            return Rebuild(self.ledger, self.views, projections).run(progress)


def move(connection: Connection, names: Sequence[str], position: int) -> None:
    """Write down how far these projections have come, in the transaction that wrote their rows."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    moved = f"UPDATE positions SET position = {mark} WHERE name IN ({', '.join(mark for _ in names)})"
    connection.connection.cursor().execute(moved, (position, *names))


def at_once(connection: Connection) -> AbstractContextManager[Any]:
    """What is written within goes to the server together, instead of waiting for the answer to each statement."""
    if connection.dialect.name == "postgresql":
        pipeline: AbstractContextManager[Any] = cast(Any, connection.connection.driver_connection).pipeline()
        return pipeline
    return nullcontext()


def scratch(projections: Sequence[Projection], events: Iterable[Recorded[Event]]) -> Views:
    """Read models in memory, folded from just these events: what a thing looked like *as of* a position."""
    views = Views(None)
    with views.write() as connection:
        for projection in projections:
            for table in projection.tables:
                table.create(connection)
        rows = Rows(connection, is_fresh=True)
        fold(handlers_of(projections), rows, events)
        rows.flush()
    return views


def view_differences(follower: Follower) -> list[str]:
    """Fold the whole log into fresh read models and compare; the tables that differ. Empty means equal.

    The living ones are read as of one instant: others may write meanwhile.
    """
    while True:
        follower.catch_up()
        with follower.views.snapshot() as live:
            at = follower.standing(live)
            if at.until is None:  # all projections stand at one position
                return differing(follower, live, at.position)


def differing(follower: Follower, live: Connection, position: int) -> list[str]:
    """The tables that are not what the log says up to this position."""
    found = []
    fresh = scratch(follower.projections, follower.ledger.replay(until=position))
    with fresh.read() as ours:
        for table in (table for projection in follower.projections for table in projection.tables):
            query = select(table).order_by(*table.primary_key.columns)
            if any(a != b for a, b in pairs(ours.execute(query), live.execute(query))):
                found.append(table.name)
    fresh.close()
    return found


def pairs(one: Iterable[Any], other: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Two results side by side, the shorter one filled up with None."""
    return zip_longest(one, other)
