"""What happens to a person's data itself, folded into the files (`people.py`): marked, restricted, sealed, forgotten."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from domain.person_states import (
    BY_TWO,
    ForgettingAsked,
    ForgettingWithdrawn,
    Forgotten,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitivityMarked,
    Unsealed,
)
from ledger.events import Recorded
from ledger.personal import ERASED
from ledger.projection import Rows
from projections.people import projection
from projections.person_files import person, phone_index


@projection.on(SensitivityMarked)
def marked(rows: Rows, r: Recorded[SensitivityMarked]) -> None:
    """What somebody reads who has no key: that it is marked, and not as what."""
    rows.change(person, r.event.person, marks=(r.event.kinds or "unknown") if r.event.is_sensitive else None)


@projection.on(Restricted)
def restricted(rows: Rows, r: Recorded[Restricted]) -> None:
    before = rows.get(person, r.event.person) or {}
    rows.change(person, r.event.person, state=before.get("state") or "restricted", restriction=r.event.why)


@projection.on(Sealed)
def sealed(rows: Rows, r: Recorded[Sealed]) -> None:
    rows.change(person, r.event.person, state="sealed")


@projection.on(RestrictionLifted)
def freed(rows: Rows, r: Recorded[RestrictionLifted]) -> None:
    rows.change(person, r.event.person, state=None, restriction=None)


@projection.on(Unsealed)
def unsealed(rows: Rows, r: Recorded[Unsealed]) -> None:
    before = rows.get(person, r.event.person) or {}
    rows.change(person, r.event.person, state="restricted" if before.get("restriction") is not None else None)


@projection.on(ForgettingAsked)
def forgetting_asked(rows: Rows, r: Recorded[ForgettingAsked]) -> None:
    rows.change(person, r.event.person, asked=r.position)


@projection.on(ForgettingWithdrawn)
def forgetting_withdrawn(rows: Rows, r: Recorded[ForgettingWithdrawn]) -> None:
    rows.change(person, r.event.person, asked=None)


@projection.on(Forgotten)
def forgotten(rows: Rows, r: Recorded[Forgotten]) -> None:
    """The file stays, under its number, for everything that is counted by it."""
    for file in (r.event.person, *r.event.carried):
        rows.delete(phone_index, file)
        rows.change(
            person,
            file,
            name=ERASED,
            search="",
            sound="",
            phone_at=None,
            identity="erased",
            over=None,
            note=None,
            state="forgotten",
            born=None,
            asked=None,
            restriction=None,
            marks=None,
        )


_root = person.alias("root")
_by_state = (
    select(person.c.id)
    .join(_root, _root.c.id == func.coalesce(person.c.root, person.c.id))
    .where(_root.c.state.in_(bindparam("states", expanding=True)))
    .order_by(person.c.id)
)


_asking = select(person.c.id).where(person.c.asked.is_not(None), person.c.root.is_(None)).order_by(person.c.asked)


def asking(connection: Connection) -> list[str]:
    """The files of those who asked to be forgotten and wait for it, the longest first."""
    return list(connection.execute(_asking).scalars())


def in_state(connection: Connection, *states: str) -> list[str]:
    """The files in one of these states (restricted, sealed, forgotten), and those that were merged into one."""
    return list(connection.execute(_by_state, {"states": list(states)}).scalars())


def uncounted(connection: Connection) -> list[str]:
    """The files that are sealed or restricted: figures that so few are in as would tell who they are leave them out."""
    return in_state(connection, *BY_TWO)
