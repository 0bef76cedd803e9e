"""Organisations as a tree, for names, scopes and subtrees."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, select
from sqlalchemy.engine import Connection

from domain.organisations import Registered, Reparented, Resumed, Suspended
from ledger.events import Recorded
from ledger.prepared import Prepared
from ledger.projection import Projection, Rows

tables = MetaData()
organisation = Table(
    "organisation",
    tables,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("code", Text),
    Column("suspended", Integer, default=0),
)
projection = Projection("organisations", 1, organisation)


class Organisation(msgspec.Struct, frozen=True):
    """One organisation."""

    id: str
    name: str
    kind: str
    parent: str | None
    code: str | None
    suspended: int


@projection.on(Registered)
def registered(rows: Rows, r: Recorded[Registered]) -> None:
    e = r.event
    rows.put(organisation, id=e.organisation, name=e.name, kind=e.kind, parent=e.parent, code=e.code)


@projection.on(Reparented)
def reparented(rows: Rows, r: Recorded[Reparented]) -> None:
    rows.change(organisation, r.event.organisation, parent=r.event.parent)


@projection.on(Suspended, Resumed)
def suspended(rows: Rows, r: Recorded[Suspended | Resumed]) -> None:
    rows.change(organisation, r.event.organisation, suspended=int(isinstance(r.event, Suspended)))


_find = Prepared(select(organisation).where(organisation.c.id == bindparam("id")))
_all = select(organisation).order_by(organisation.c.id)
_top = select(organisation.c.id).where(organisation.c.id.in_(bindparam("ids", expanding=True))).cte(recursive=True)
_below = select(_top.union_all(select(organisation.c.id).where(organisation.c.parent == _top.c.id)).c.id)


def find(connection: Connection, organisation_id: str) -> Organisation | None:
    """The organisation with this id."""
    row = _find.first(connection, id=organisation_id)
    return Organisation(*row) if row else None


def every(connection: Connection) -> list[Organisation]:
    """All of them, by id."""
    return [Organisation(*row) for row in connection.execute(_all)]


def names(connection: Connection) -> dict[str, str]:
    """The name of every organisation by its id."""
    return {row.id: row.name for row in connection.execute(_all)}


def under(connection: Connection, organisation_ids: Collection[str]) -> frozenset[str]:
    """These organisations and all that stand below them. The tree has no cycles (a rule says so)."""
    if not organisation_ids:
        return frozenset()
    return frozenset(connection.execute(_below, {"ids": list(organisation_ids)}).scalars())


def children(connection: Connection, parent: str | None) -> list[Organisation]:
    """The organisations directly below one, or the roots."""
    return [one for one in every(connection) if one.parent == parent]


def line(connection: Connection, organisation_id: str) -> list[Organisation]:
    """From the root down to the organisation itself, for bread crumbs."""
    known = {one.id: one for one in every(connection)}
    found: list[Organisation] = []
    at: str | None = organisation_id
    while at in known:
        found.append(known[at])
        at = known[at].parent
    return found[::-1]
