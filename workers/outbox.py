"""The outbox: takes over what is due, gives it to whoever works, writes down what became of it. It holds what must be kept.

Whoever claims a row has it until `not_before`, so a worker that is killed loses it after a while and somebody else goes on.
`attempts` tells the claims apart: whoever comes back too late writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ledger.database import Database
from projections import outbox
from projections.deliveries import Delivery, deliveries, taken
from projections.moments import local

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
AT_ONCE = 1000
LEASE = timedelta(minutes=10)
"""Longer than a batch of work can take."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long to wait after each failure; after the last one it is given up."""


class Outbox:
    """`Outbox(open_kept(place.outbox))`."""

    def __init__(self, kept: Database) -> None:
        self.kept = kept

    def take_over(self, views: Database) -> int:
        """Take over the rows of the read model that were asked for since the last time; how many there were.

        Rows that are known stay as they are, so nothing is done twice however often they come: after a rebuild all do.
        """
        count = 0
        while True:
            with views.read() as connection, self.kept.read() as own:
                generation = outbox.generation(connection)
                behind = standing(own, generation)
                rows = whole(outbox.taken_over(connection, behind, AT_ONCE), AT_ONCE)
            if not rows:
                return count
            with self.kept.write() as own:
                take(own, rows)
                own.execute(taken.delete())
                own.execute(taken.insert().values(name="outbox", generation=generation, asked=rows[-1].asked))
            count += len(rows)

    def claim(self, kinds: Collection[str], now: datetime, most: int) -> list[Delivery]:
        """What is due by now, at most so many, for the caller alone until the lease ends."""
        waiting = (
            select(deliveries)
            .where(deliveries.c.outcome.is_(None), deliveries.c.not_before <= local(now), deliveries.c.kind.in_(kinds))
            .order_by(deliveries.c.not_before, deliveries.c.key)
            .limit(most)
        )
        with self.kept.read() as connection:
            if not connection.execute(waiting.limit(1)).first():
                return []
        lease = {"not_before": local(now + LEASE), "attempts": deliveries.c.attempts + 1, "at": local(now)}
        with self.kept.write() as connection:
            found = [Delivery(*row) for row in connection.execute(waiting)]
            keys = [one.key for one in found]
            connection.execute(update(deliveries).where(deliveries.c.key.in_(keys)).values(lease))
            claimed = connection.execute(select(deliveries).where(deliveries.c.key.in_(keys)))
            return sorted((Delivery(*row) for row in claimed), key=lambda one: one.key)

    def settle(self, claimed: Delivery, outcome: str, now: datetime, error: str | None = None) -> bool:
        """Write what became of it; False where the claim had ended and somebody else has it."""
        return self._write(claimed, outcome=outcome, error=error, at=local(now))

    def put_off(self, claimed: Delivery, now: datetime, error: str) -> bool:
        """It failed: try again after a pause, give it up after the last."""
        if claimed.attempts > len(PAUSES):
            return self.settle(claimed, "dead", now, error)
        return self._write(claimed, not_before=local(now + PAUSES[claimed.attempts - 1]), error=error, at=local(now))

    def hold(self, kinds: Collection[str], now: datetime) -> None:
        """Nothing of these kinds can be done for a moment: let all that is due wait, without counting it as tried."""
        due = deliveries.c.outcome.is_(None), deliveries.c.not_before <= local(now), deliveries.c.kind.in_(kinds)
        with self.kept.write() as connection:
            connection.execute(update(deliveries).where(*due).values(not_before=local(now + PAUSES[0])))

    def _write(self, claimed: Delivery, **columns: Any) -> bool:
        mine = (
            deliveries.c.key == claimed.key,
            deliveries.c.attempts == claimed.attempts,
            deliveries.c.outcome.is_(None),
        )
        with self.kept.write() as connection:
            return connection.execute(update(deliveries).where(*mine).values(columns)).rowcount == 1

    def waiting(self, now: datetime) -> set[str]:
        """The kinds of which something is due by now."""
        due = select(deliveries.c.kind).where(deliveries.c.outcome.is_(None), deliveries.c.not_before <= local(now))
        with self.kept.read() as connection:
            return set(connection.execute(due.distinct()).scalars())


def standing(connection: Connection, generation: int) -> int:
    """How far this generation of the read model was taken over."""
    row = connection.execute(select(taken)).first()
    return row.asked if row and row.generation == generation else 0


def whole(rows: Sequence[Any], most: int) -> Sequence[Any]:
    """The rows without the last position's where the limit may have cut them: one event can make two things due."""
    if len(rows) < most:
        return rows
    return [row for row in rows if row.asked != rows[-1].asked]


def take(connection: Connection, rows: Iterable[Any]) -> None:
    """New rows, and those that were settled and asked for once more."""
    insert = INSERT[connection.dialect.name](deliveries)
    again = insert.on_conflict_do_update(
        index_elements=[deliveries.c.key],
        set_={"asked": insert.excluded.asked, "outcome": None, "attempts": 0, "not_before": insert.excluded.not_before},
        where=(deliveries.c.asked < insert.excluded.asked) & deliveries.c.outcome.is_not(None),
    )
    connection.execute(again, [row_of(row) for row in rows])


def row_of(row: Any) -> dict[str, Any]:
    """A row of what is due as the outbox keeps it."""
    names = ("key", "kind", "slot", "person", "organisation", "due", "until", "asked")
    return {name: getattr(row, name) for name in names} | {"attempts": 0, "not_before": row.due}
