"""The house behind the pages: the one ledger, its follower and the clock; how a page writes and reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from flask import current_app, g, request
from sqlalchemy.engine import Connection

from domain.words import ZONE
from ledger.database import Database
from ledger.events import Act, Command, Precision, Source
from ledger.execute import Outcome
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.views import Views
from projections import PROJECTIONS


def wall_clock() -> datetime:
    """The present instant in the local zone."""
    return datetime.now(UTC).astimezone(ZONE)


@dataclass
class House:
    """What every page needs. `is_tryout`: the demo world, where one signs in by picking a person."""

    ledger: Ledger
    views: Views
    follower: Follower
    is_tryout: bool = False
    clock: Callable[[], datetime] = wall_clock
    cast: dict[str, str] = field(default_factory=dict)
    purges: list[Callable[[str], None]] = field(default_factory=list)
    """Called with everybody who was forgotten: whoever keeps something personal outside the log destroys it."""
    traces: list[tuple[Database, tuple[str, ...]]] = field(default_factory=list)
    """Databases, and their tables, in which such a purge leaves traces that are overwritten afterwards."""

    @classmethod
    def open(cls, folder: Path, *, is_tryout: bool = False) -> House:
        """Open (or create) the log and the read models kept in this folder."""
        folder.mkdir(parents=True, exist_ok=True)
        ledger = Ledger.open(folder / "log.db")
        views = Views(folder / "views.db")
        return cls(ledger, views, Follower(ledger, views, PROJECTIONS), is_tryout)

    def close(self) -> None:
        """Close files."""
        self.views.close()
        self.ledger.close()


def house() -> House:
    """The house of the running application."""
    return cast(House, current_app.extensions["liandong"])


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
    if "reader" not in g:
        g.reader = house().views.read()
    return cast(Connection, g.reader)


def close_reader(_error: BaseException | None = None) -> None:
    """Give the connection back (teardown of the request)."""
    if "reader" in g:
        g.pop("reader").close()


def new_id(prefix: str) -> str:
    """A new id that says nothing about anybody, for example `a7f3b09c2d41e865`."""
    return prefix + secrets.token_hex(8)


def id_from(command: str, prefix: str) -> str:
    """An id for what a form makes: the same form sent twice means the same thing, one with a made-up number a new one."""
    is_ours = len(command) == len(new_id("c")) and command.isascii() and command.isalnum()
    return prefix + command[1:].lower() if is_ours else new_id(prefix)


def command_id(part: str = "") -> str:
    """The id of what this form asks: its hidden field, the viewer's own, so that nobody's form answers another's."""
    return f"{g.viewer.person}:{request.form.get('command') or new_id('c')}{part}"


def exception(command: Command, why: str | None) -> str | None:
    """Why a rule shall not hold this time. Nobody makes an exception for themselves: for their own place it holds."""
    is_own = getattr(command, "person", None) == g.viewer.person
    return None if is_own else (why or "").strip() or None


def execute(
    command: Command,
    *,
    reason: str | None = None,
    override: str | None = None,
    organisation: str | None = None,
    occurred: datetime | None = None,
    precision: Precision = "moment",
    source: Source = "web",
    part: str = "",
) -> Outcome:
    """Carry out a command for whoever is signed in and wait until the pages show it.

    The form's hidden field `command` (see `new_id`) makes a double click count once; `part` tells several commands of one
    form apart. Raises RuleBroken, StoreUnavailable.
    """
    act = Act(
        id=command_id(part),
        actor=g.viewer.person,
        recorded=now(),
        organisation=organisation or g.viewer.organisation,
        source=source,
        reason=(reason or "").strip() or None,
        override=exception(command, override),
        occurred=occurred,
        precision=precision,
    )
    outcome = house().ledger.execute(command, act)
    house().follower.wait_for(outcome.position)
    return outcome
