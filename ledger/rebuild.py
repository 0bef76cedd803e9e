"""Building read models anew beside the living ones: fold the log, catch up with what was written meanwhile, switch at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.engine import Connection

from ledger.building import NEXT, Progress, Share
from ledger.crew import built, divide, hands
from ledger.database import be_patient
from ledger.events import Event, Recorded
from ledger.folding import fold, handlers_of, next_batch
from ledger.log import Ledger
from ledger.projection import Projection, Rows
from ledger.views import Views, positions

SHARE = ".share-"


class Rebuild:
    """`Rebuild(ledger, views, projections).run(progress)`; whoever calls it holds `views.building()`."""

    def __init__(self, ledger: Ledger, views: Views, projections: Sequence[Projection]) -> None:
        self._ledger, self._views, self._projections = ledger, views, tuple(projections)
        self._handlers = handlers_of(projections)
        self._position = ledger.store.head()
        with views.read() as connection:
            last = connection.execute(select(func.max(positions.c.generation))).scalar() or 0
        self._generation = last + 1

    def run(self, progress: Progress) -> int:
        """Build them and switch; the number of events folded. Raises UnknownTopic, ViewsUnavailable."""
        count = self._build(progress)
        while late := next_batch(self._ledger, self._position):
            with self._views.write() as connection:
                self._fold(connection, late)
            count += len(late)
            progress(len(late))
        with self._views.write() as connection:
            be_patient(connection)
            while late := next_batch(self._ledger, self._position):
                self._fold(connection, late)
                count += len(late)
            self._switch(connection)
        return count

    def _build(self, progress: Progress) -> int:
        """Fill the twins with what the log says up to now, in as many processes as it is worth; the number of events."""
        parts = divide(self._projections, hands(self._position))
        tally = Tally(progress, len(parts))
        with files(self._views, len(parts)) as paths:
            shares = [
                Share(self._ledger, self._views, part, self._position, self._generation, path)
                for part, path in zip(parts, paths, strict=True)
            ]
            for share in built(shares, tally):
                if not self._views.is_postgresql:
                    share.carry_over()
        return tally.count

    def _fold(self, connection: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Fold what was written meanwhile into the twins."""
        rows = Rows(connection, NEXT)
        fold(self._handlers, rows, events)
        rows.flush()
        self._position = events[-1].position

    def _switch(self, connection: Connection) -> None:
        for projection in self._projections:
            for table in projection.tables:
                table.drop(connection, checkfirst=True)
                connection.exec_driver_sql(f"ALTER TABLE {table.name}{NEXT} RENAME TO {table.name}")
            connection.execute(positions.delete().where(positions.c.name == projection.name))
            connection.execute(
                insert(positions).values(
                    name=projection.name,
                    version=projection.version,
                    position=self._position,
                    generation=self._generation,
                )
            )


class Tally:
    """How far several processes are together that all fold the same events; what they say is passed on as one."""

    def __init__(self, progress: Progress, voices: int) -> None:
        self._progress, self._voices = progress, voices
        self._heard = self.count = 0

    def __call__(self, count: int) -> None:
        """One of them has folded so many more."""
        self._heard += count
        more = self._heard // self._voices - self.count
        if more:
            self.count += more
            self._progress(more)


@contextmanager
def files(views: Views, number: int) -> Iterator[list[Path | None]]:
    """Where so many shares are folded: for SQLite beside the read models; what one that was killed left there is removed."""
    if views.is_postgresql:
        yield [None] * number
    elif views.is_in_memory:
        with TemporaryDirectory() as folder:
            yield [Path(folder, str(one)) for one in range(number)]
    else:
        try:
            remove_files(views)
            place = Path(str(views.url.database))
            yield [place.with_name(f"{place.name}{SHARE}{one}") for one in range(number)]
        finally:
            remove_files(views)


def remove_files(views: Views) -> None:
    """Remove the shares that stand beside the read models."""
    place = Path(str(views.url.database))
    for path in list(place.parent.glob(f"{place.name}{SHARE}*")):
        path.unlink()


def clear_away(views: Views) -> bool:
    """Remove what a rebuild that was killed has left: people stand in it whom nobody there would forget.

    False where one is under way; what it makes is its own to remove.
    """
    with views.building(waits=False) as is_held:
        if is_held:
            if not views.is_postgresql and not views.is_in_memory:
                remove_files(views)
            drop_twins(views)
        return is_held


def drop_twins(views: Views) -> None:
    """Drop the tables that were never switched to."""
    with views.read() as connection:
        twins = [name for name in inspect(connection).get_table_names() if name.endswith(NEXT)]
    if twins:
        with views.write() as connection:
            for name in twins:
                connection.exec_driver_sql(f"DROP TABLE {name}")
