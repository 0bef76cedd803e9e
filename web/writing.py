"""How a page writes: a command, if the table of permissions gives it to this page, and then waiting until the pages show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from flask import abort, g, request

from ledger.events import Act, Command, Precision, Source
from ledger.execute import Outcome
from ledger.views import ViewsUnavailable
from web import permissions
from web.house import close_reader, house, new_id, now, own_files
from web.rights import OTHERS, PROOF


def command_id(part: str = "") -> str:
    """The id of what this form asks: its hidden field, the viewer's own, so that nobody's form answers another's."""
    return f"{g.viewer.person}:{request.form.get('command') or new_id('c')}{part}"


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
        organisation=organisation or acting_for(),
        source=source,
        reason=(reason or "").strip() or None,
        override=override,
        occurred=occurred,
        precision=precision,
    )
    outcome = write(command, act)
    show(outcome)
    return outcome


def acting_for() -> str | None:
    """The organisation for which the viewer acts on this page where nothing else says so: their first office if this page's
    right goes with it, else where it does; for whoever holds none, the one that keeps their file.
    """
    first: str | None = g.viewer.organisation
    ground: frozenset[str] = g.viewer.at(g.page)
    return first if first in ground or not ground else min(ground)


def write(command: Command, act: Act) -> Outcome:
    """Carry out one command, if the table of permissions gives it to this page and to whoever asks. Aborts with 404.

    Raises RuleBroken, StoreUnavailable.
    """
    need_right(command, act)
    close_reader()  # whoever waits to write keeps no connection from those who read
    return house().ledger.execute(command, act)


def write_all(commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
    """The same for many in one transaction. Raises the first RuleBroken, with `.index` set; StoreUnavailable."""
    for command, act in commands:
        need_right(command, act)
    return house().ledger.execute_all(commands)


def need_right(command: Command, act: Act) -> None:
    """Abort with 404 unless this page's row of the table names the command and holds for the viewer: for the organisation of
    the act or, where the row says so, for themselves. A row that asks for a proof of who it is takes that instead.
    """
    right = permissions.of(g.page)
    if right is None or type(command) not in right.commands:
        abort(404)
    if PROOF in right.needs:
        return
    person = getattr(command, "person", "")
    is_own = bool(person) and (person == g.viewer.person or person in own_files())
    held = (is_own and (right.self_ or right.anybody)) or act.organisation in g.viewer.at(g.page)
    if not held or (is_own and OTHERS in right.needs):
        abort(404)


def show(*outcomes: Outcome) -> None:
    """Wait until the pages show what was written. Raises ViewsUnavailable where they cannot yet; `shell` says so, and also
    says where everything that a form asked for was answered before.
    """
    g.repeated = g.get("repeated", True) and all(outcome.repeated for outcome in outcomes)
    g.written = max(g.get("written", 0), *(outcome.position for outcome in outcomes))
    if g.get("late"):
        return
    try:
        house().wait_for(g.written)
    except ViewsUnavailable as error:
        if "late" not in g:
            raise
        g.late = error


def answered_before() -> None:
    """What is asked is there already, from this very form: there is nothing to execute, and no page may say it was written."""
    show(Outcome(0, repeated=True))


@contextmanager
def together() -> Iterator[None]:
    """Several commands of one form: none is left out because pages are late. Raises ViewsUnavailable after the last."""
    g.late = None
    try:
        yield
    finally:
        if late := g.pop("late"):
            raise late
