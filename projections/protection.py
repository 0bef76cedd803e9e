"""What protects the files of people: what one must know of each before anything of it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.engine import Connection

from domain.consents import TAKING_PART
from ledger.prepared import Among, Prepared
from projections.person_files import consent, person, role


class Protected(msgspec.Struct, frozen=True):
    """A file and what protects the human behind it: the file that stays after merges says so for all of them."""

    id: str
    root: str
    name: str
    state: str
    born: int
    marks: str


class Age(msgspec.Struct, frozen=True):
    """How old somebody is, as far as that is known (0: it is not), and whether a guardian let them take part."""

    id: str
    born: int
    over: int
    is_let: bool


_is_asked_for: Any = person.c.id.op("IN")(Among("ids"))
_root = person.alias("root")
_protected = (
    select(
        person.c.id,
        _root.c.id,
        person.c.name,
        func.coalesce(_root.c.state, ""),
        func.coalesce(_root.c.born, 0),
        func.coalesce(_root.c.marks, ""),
    )
    .join(_root, _root.c.id == func.coalesce(person.c.root, person.c.id))
    .where(_is_asked_for)
)
_ages = Prepared(select(
    person.c.id,
    func.coalesce(_root.c.born, 0),
    func.coalesce(_root.c.over, 0),
    exists().where(
        consent.c.person == _root.c.id, consent.c.scope == bindparam("scope"), consent.c.until.is_(None), consent.c.guardian == 1
    ),
).join(_root, _root.c.id == func.coalesce(person.c.root, person.c.id)).where(_is_asked_for))  # fmt: skip
_guarded = Prepared(
    _protected.where(or_(_root.c.state.is_not(None), _root.c.marks.is_not(None), _root.c.born >= bindparam("born")))
)
_each = Prepared(_protected)
_took_back = Prepared(
    select(person.c.id)
    .join(consent, consent.c.person == func.coalesce(person.c.root, person.c.id))
    .where(_is_asked_for, consent.c.scope == bindparam("scope"), consent.c.until.is_not(None))
)
_in_office = Prepared(
    select(role.c.person).where(role.c.person.op("IN")(Among("ids")), role.c.role.op("IN")(Among("roles"))).distinct()
)


def protected(connection: Connection, ids: Iterable[str]) -> dict[str, Protected]:
    """What protects each of these files; ids without a file are left out."""
    wanted = sorted(set(ids))
    return {row[0]: Protected(*row) for row in _each.rows(connection, ids=wanted)} if wanted else {}


def guarded(connection: Connection, ids: Iterable[str], born_since: int) -> dict[str, Protected]:
    """Those of these files that anything protects: a state, a mark, or the age of whoever was born in that year or later."""
    wanted = sorted(set(ids))
    rows = _guarded.rows(connection, ids=wanted, born=born_since) if wanted else ()
    return {row[0]: Protected(*row) for row in rows}


def ages(connection: Connection, ids: Iterable[str]) -> list[Age]:
    """What is known about the ages of these people."""
    wanted = sorted(set(ids))
    rows = _ages.rows(connection, ids=wanted, scope=TAKING_PART) if wanted else ()
    return [Age(person, born, over, bool(is_let)) for person, born, over, is_let in rows]


def in_office(connection: Connection, ids: Iterable[str], roles: Iterable[str]) -> set[str]:
    """Who of these acts or acted in one of these roles, and is known by name for it."""
    wanted = sorted(set(ids))
    return {row[0] for row in _in_office.rows(connection, ids=wanted, roles=sorted(roles))} if wanted else set()


def took_back(connection: Connection, ids: Iterable[str], scope: str) -> set[str]:
    """Who of these agreed to this once and does so no more; whoever was never asked is not among them."""
    wanted = sorted(set(ids))
    return {row[0] for row in _took_back.rows(connection, ids=wanted, scope=scope)} if wanted else set()
