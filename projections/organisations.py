"""Organisations as a tree, for names, scopes and subtrees: as it stands, and as it stood at any position of the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, bindparam, select
from sqlalchemy.engine import Connection

from domain.organisations import Registered, Renamed, Reparented, Resumed, Suspended
from domain.purchases import PurchaseAgreed, PurchaseEnded
from ledger.events import Recorded
from ledger.prepared import Prepared
from ledger.projection import Projection, Rows
from projections.pinyin import sound

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
edge = Table(
    "organisation_edge",  # a journal: from this position on the organisation stands below that parent
    tables,
    Column("position", Integer, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("parent", Text),
)
purchase = Table(
    "purchase",  # services that a union buys from an organisation
    tables,
    Column("organisation", Text, primary_key=True),
    Column("buyer", Text, primary_key=True),
    Column("since", Text, primary_key=True),
    Column("until", Text),
)
bought_since = Table(
    "purchase_now",  # which of several purchases of the same pair is the latest
    tables,
    Column("organisation", Text, primary_key=True),
    Column("buyer", Text, primary_key=True),
    Column("since", Text, nullable=False),
)
Index("organisation_parent", organisation.c.parent)
projection = Projection("organisations", 4, organisation, edge, purchase, bought_since)


class Organisation(msgspec.Struct, frozen=True):
    """One organisation."""

    id: str
    name: str
    kind: str
    parent: str | None
    code: str | None
    suspended: int


class Purchase(msgspec.Struct, frozen=True):
    """Whose services are bought by whom, from a local day to a local day."""

    organisation: str
    buyer: str
    since: str
    until: str | None


@projection.on(Registered)
def registered(rows: Rows, r: Recorded[Registered]) -> None:
    e = r.event
    rows.put(organisation, id=e.organisation, name=e.name, kind=e.kind, parent=e.parent, code=e.code)
    rows.append(edge, r.position, e.organisation, e.parent)


@projection.on(Renamed)
def renamed(rows: Rows, r: Recorded[Renamed]) -> None:
    rows.change(organisation, r.event.organisation, name=r.event.name, code=r.event.code)


@projection.on(Reparented)
def reparented(rows: Rows, r: Recorded[Reparented]) -> None:
    rows.change(organisation, r.event.organisation, parent=r.event.parent)
    rows.append(edge, r.position, r.event.organisation, r.event.parent)


@projection.on(Suspended, Resumed)
def suspended(rows: Rows, r: Recorded[Suspended | Resumed]) -> None:
    rows.change(organisation, r.event.organisation, suspended=int(isinstance(r.event, Suspended)))


@projection.on(PurchaseAgreed)
def bought(rows: Rows, r: Recorded[PurchaseAgreed]) -> None:
    e = r.event
    rows.put(purchase, organisation=e.organisation, buyer=e.buyer, since=e.since.isoformat())
    rows.put(bought_since, organisation=e.organisation, buyer=e.buyer, since=e.since.isoformat())


@projection.on(PurchaseEnded)
def bought_until(rows: Rows, r: Recorded[PurchaseEnded]) -> None:
    e = r.event
    latest = rows.get(bought_since, e.organisation, e.buyer) or {}  # a rule says that there is one
    rows.change(purchase, e.organisation, e.buyer, latest["since"], until=e.until.isoformat())


_find = Prepared(select(organisation).where(organisation.c.id == bindparam("id")))
_all = select(organisation).order_by(organisation.c.id)
_top = select(organisation.c.id).where(organisation.c.id == bindparam("id")).cte(recursive=True)
_edges = (
    select(edge.c.organisation, edge.c.parent).where(edge.c.position <= bindparam("until")).order_by(edge.c.position)
)
_below = Prepared(select(_top.union_all(select(organisation.c.id).where(organisation.c.parent == _top.c.id)).c.id))


def find(connection: Connection, organisation_id: str) -> Organisation | None:
    """The organisation with this id."""
    row = _find.first(connection, id=organisation_id)
    return Organisation(*row) if row else None


def every(connection: Connection) -> list[Organisation]:
    """All of them, by id."""
    return [Organisation(*row) for row in connection.execute(_all)]


def in_order(names: dict[str, str]) -> dict[str, str]:
    """The same, id → name, by the sound of the names."""
    return dict(sorted(names.items(), key=lambda pair: (sound(pair[1]), pair)))


def purchases(connection: Connection) -> list[Purchase]:
    """Every purchase, those that run first."""
    found = [Purchase(*row) for row in connection.execute(select(purchase))]
    return sorted(found, key=lambda one: (one.until is not None, one.since, one.organisation))


def names(connection: Connection) -> dict[str, str]:
    """The name of every organisation by its id."""
    return {row.id: row.name for row in connection.execute(_all)}


def under(connection: Connection, organisation_ids: Collection[str], as_of: int | None = None) -> frozenset[str]:
    """These organisations and all that stand below them, or stood at a position. The tree has no cycles (a rule says so).

    One that was not yet registered at that position is left out.
    """
    if not organisation_ids:
        return frozenset()
    if as_of is not None:
        return below_then(dict(connection.execute(_edges, {"until": as_of}).all()), organisation_ids)
    tops = dict.fromkeys(organisation_ids)
    return frozenset(found for top in tops for (found,) in _below.rows(connection, id=top))


def below_then(parents: dict[str, str | None], tops: Collection[str]) -> frozenset[str]:
    """Whoever is one of these or stands below one, in the tree that maps every organisation to its parent."""
    children: dict[str | None, list[str]] = {}
    for one, parent in parents.items():
        children.setdefault(parent, []).append(one)
    found: set[str] = set()
    left = [one for one in tops if one in parents]
    while left:
        one = left.pop()
        found.add(one)
        left += children.get(one, [])
    return frozenset(found)


def above(connection: Connection, organisation_ids: Collection[str]) -> frozenset[str]:
    """These organisations and all that they stand below."""
    known = {one.id: one for one in every(connection)}
    return frozenset(one.id for each in organisation_ids for one in upwards(known, each))


def line(connection: Connection, organisation_id: str) -> list[Organisation]:
    """From the root down to the organisation itself, for bread crumbs."""
    return list(upwards({one.id: one for one in every(connection)}, organisation_id))[::-1]


def upwards(known: dict[str, Organisation], at: str | None) -> Iterator[Organisation]:
    """The organisation itself, the one that it stands below, and so on up to the root."""
    while at in known:
        yield known[at]
        at = known[at].parent


def tree(found: Iterable[Organisation]) -> list[tuple[int, Organisation]]:
    """The organisations, each after the one above it, with its depth, else in their order; one whose parent is not among them is
    a root.
    """
    known = {one.id: one for one in found}
    below: dict[str | None, list[Organisation]] = {}
    for one in known.values():
        below.setdefault(one.parent if one.parent in known else None, []).append(one)
    rows: list[tuple[int, Organisation]] = []
    left = [(0, one) for one in reversed(below.get(None, []))]
    while left:
        depth, one = left.pop()
        rows.append((depth, one))
        left += [(depth + 1, child) for child in reversed(below.get(one.id, []))]
    return rows
