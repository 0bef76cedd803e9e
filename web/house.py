"""The house behind the pages: the one ledger, its follower and the clock; how a page reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import current_app, g
from sqlalchemy.engine import Connection

from domain.words import ZONE
from ledger.database import Database
from ledger.follow import Follower
from ledger.log import Ledger, is_current, refold
from ledger.place import Place
from ledger.replica import Replica
from ledger.troubles import DatabaseUnavailable
from ledger.views import Views
from projections import PROJECTIONS, people
from projections.deliveries import open_kept


def wall_clock() -> datetime:
    """The present instant in the local zone."""
    return datetime.now(ZONE)


@dataclass
class House:
    """What every page needs. `is_tryout`: the demo world, where one signs in by picking a person."""

    ledger: Ledger
    views: Views
    follower: Follower
    outbox: Database
    place: Place
    is_tryout: bool = False
    replica: Replica | None = None
    clock: Callable[[], datetime] = wall_clock
    cast: dict[str, str] = field(default_factory=dict)
    purges: list[Callable[[str], None]] = field(default_factory=list)
    """Called with everybody who was forgotten: whoever keeps something personal outside the log destroys it."""
    traces: list[tuple[Database, tuple[str, ...]]] = field(default_factory=list)
    """Databases, and their tables, in which such a purge leaves traces that are overwritten afterwards."""

    @classmethod
    def open(cls, place: Place | Path, *, is_tryout: bool = False) -> House:
        """Open the log, the read models and the outbox of this place, a folder or what `place.py` says.

        Files are made where they are missing. Raises DatabaseUnavailable, WrongAddress, UnsafeSetting, KeyMissing.
        """
        if isinstance(place, Path):
            place = Place(place)
        try:
            place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(
                f"数据目录 {place.folder} 用不了（{error.strerror}）。请看看 DATA_DIR。"
            ) from error
        ledger = Ledger.open(place.log, place.folder)
        views = Views(place.views, is_followed=place.replica is not None)
        follower = Follower(ledger, views, PROJECTIONS)
        replica = Replica(place.replica) if place.replica else None
        return cls(ledger, views, follower, open_kept(place.outbox), place, is_tryout, replica)

    def prepare(self) -> None:
        """Bring guards and read models to what this version of the program makes of the log. Call once at start.

        Raises UnknownTopic where an older program would have to fold guards of a newer log: it must not decide by them.
        """
        if not is_current(self.ledger):
            with self.views.building():  # processes that start together fold once
                if not is_current(self.ledger):
                    refold(self.ledger)
        self.follower.prepare()

    def lend(self) -> Connection:
        """A connection that shows all that this process has seen: to the replica where it keeps up, else to the primary. It goes
        back with `views.take_back`.
        """
        offered = self.replica.offer(self.follower.position) if self.replica else None
        return offered if offered is not None else self.views.lend()

    def wait_for(self, position: int) -> None:
        """Return when pages show this position. Raises ViewsUnavailable where they do not in time."""
        self.follower.wait_for(position)
        if self.replica:
            self.replica.wait_for(position)

    def close(self) -> None:
        """Close databases, those with traces too."""
        for database, _ in self.traces:
            database.close()
        if self.replica:
            self.replica.close()
        self.outbox.close()
        self.views.close()
        self.ledger.close()


def house() -> House:
    """The house of the running application."""
    return cast(House, current_app.extensions["liandong"])


def caught_up() -> House:
    """The same for a command of the console, its read models caught up. Raises ViewsUnavailable."""
    found = house()
    found.follower.catch_up()
    return found


def now() -> datetime:
    """The present instant in the local zone, by the house's clock."""
    return house().clock()


def today() -> str:
    """The local date of the present, `2026-11-22`."""
    return now().date().isoformat()


def instant() -> str:
    """The present local time as read models write it, `2026-11-22T09:00:00`."""
    return now().isoformat()[:19]


def reader() -> Connection:
    """This request's connection to the read models; closed when the request ends."""
    found: Connection | None = g.get("reader")
    if found is None:
        g.position = house().follower.position
        found = g.reader = house().lend()
    return found


def reached() -> int:
    """How far the read models have come that this request reads, at least."""
    reader()
    return cast(int, g.position)


def close_reader(_error: BaseException | None = None) -> None:
    """Give the connection back (teardown of the request)."""
    if found := g.pop("reader", None):
        house().views.take_back(found)


def new_id(prefix: str) -> str:
    """A new id that says nothing about anybody, for example `a7f3b09c2d41e865`."""
    return prefix + secrets.token_hex(8)


def id_from(command: str, prefix: str) -> str:
    """An id for what a form makes: the same form sent twice means the same thing, one with a made-up number a new one."""
    is_ours = len(command) == len(new_id("c")) and command.isascii() and command.isalnum()
    return prefix + command[1:].lower() if is_ours else new_id(prefix)


def own_files() -> Collection[str]:
    """The files of whoever is signed in, merged ones too."""
    if "own_files" not in g:
        g.own_files = people.files_of(reader(), g.viewer.person)
    return cast(Collection[str], g.own_files)
