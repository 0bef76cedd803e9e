"""Who somebody is today, in one statement: every page of everybody who is signed in begins with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from ledger.prepared import Among, Prepared
from projections.organisations import organisation
from projections.person_files import person, role


class Standing(msgspec.Struct, frozen=True):
    """A file and the organisation that keeps it, with one role that holds and its organisation ("" where there is none)."""

    name: str
    root: str | None
    state: str
    home: str | None
    home_name: str
    role: str
    organisation: str
    organisation_name: str

    @property
    def is_forgotten(self) -> bool:
        """Whether the file was closed for good."""
        return self.state == "forgotten"


class Holder(msgspec.Struct, frozen=True):
    """Somebody who holds a role at an organisation, since which local day."""

    person: str
    name: str
    organisation: str
    role: str
    since: str | None


_day: Any = bindparam("day")
_home = organisation.alias("home")
_holds = and_(
    role.c.person == person.c.id,
    or_(role.c.since.is_(None), role.c.since <= _day),
    or_(role.c.until.is_(None), role.c.until >= _day),
)
_standings = Prepared(
    select(
        person.c.name,
        person.c.root,
        func.coalesce(person.c.state, ""),
        person.c.organisation,
        func.coalesce(_home.c.name, ""),
        func.coalesce(role.c.role, ""),
        func.coalesce(role.c.organisation, ""),
        func.coalesce(organisation.c.name, ""),
    )
    .outerjoin(_home, _home.c.id == person.c.organisation)
    .outerjoin(role, _holds)
    .outerjoin(organisation, organisation.c.id == role.c.organisation)
    .where(person.c.id == bindparam("id"))
)


def standings(connection: Connection, person_id: str, day: str) -> list[Standing]:
    """One line for each role that holds on this local day, one line without any, no line for whoever has no file."""
    return [Standing(*row) for row in _standings.rows(connection, id=person_id, day=day)]


_holders = (
    select(person.c.id, person.c.name, role.c.organisation, role.c.role, role.c.since)
    .join(role, _holds)
    .where(
        role.c.role.op("IN")(Among("roles")),
        role.c.organisation != "",
        person.c.root.is_(None),
        func.coalesce(person.c.state, "") != "forgotten",
    )
    .order_by(role.c.organisation, role.c.role, role.c.since, person.c.id)
)
_anywhere = Prepared(_holders)
_at_these = Prepared(_holders.where(role.c.organisation.op("IN")(Among("organisations"))))


def holders(
    connection: Connection, roles: Iterable[str], day: str, organisations: Iterable[str] | None = None
) -> list[Holder]:
    """Whoever holds one of these roles on this local day, at these organisations themselves or at any: a line for each role."""
    wanted = sorted(roles)
    if organisations is None:
        return [Holder(*row) for row in _anywhere.rows(connection, roles=wanted, day=day)]
    return [
        Holder(*row) for row in _at_these.rows(connection, roles=wanted, day=day, organisations=sorted(organisations))
    ]
