"""Who is known to whom, and finding people by name, sound, id or phone among those one may know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, column, func, or_, select, table, union
from sqlalchemy.engine import Connection

from projections.person_files import Person, person, phone_index, role
from projections.pinyin import pattern

# What `is_known_to` reads of other projections, named here so that they may join names from this file.
_enrolment = table("enrolment", column("slot"), column("person"))
_slot = table("slot", column("id"), column("organisation"))
_receipt = table("receipt", column("person"), column("organisation"), column("assisted_by"))

COLUMNS: tuple[Any, ...] = (
    person.c.id, person.c.name, person.c.identity, person.c.organisation,
    person.c.root, person.c.phone_at, person.c.over, person.c.note, person.c.search,
    person.c.state, person.c.asked, person.c.restriction, person.c.born, person.c.marks,
)  # fmt: skip
_root = select(func.coalesce(person.c.root, person.c.id)).where(person.c.id == bindparam("id"))
_files = select(person.c.id).where(or_(person.c.id == bindparam("root"), person.c.root == bindparam("root")))
_orgs: Any = bindparam("organisations", expanding=True)
_known = union(
    select(person.c.id).where(person.c.organisation.in_(_orgs)),
    select(role.c.person).where(role.c.organisation.in_(_orgs)),
    select(_enrolment.c.person).where(_enrolment.c.slot.in_(select(_slot.c.id).where(_slot.c.organisation.in_(_orgs)))),
    select(_receipt.c.person).where(_receipt.c.organisation.in_(_orgs)),
)
_ids: Any = bindparam("ids", expanding=True)
_is_known = union(
    select(person.c.id).where(person.c.id.in_(_ids), person.c.organisation.in_(_orgs)),
    select(role.c.person).where(role.c.person.in_(_ids), role.c.organisation.in_(_orgs)),
    select(_enrolment.c.person)
    .join_from(_enrolment, _slot, _slot.c.id == _enrolment.c.slot)
    .where(_enrolment.c.person.in_(_ids), _slot.c.organisation.in_(_orgs)),
    select(_receipt.c.person).where(_receipt.c.person.in_(_ids), _receipt.c.organisation.in_(_orgs)),
).limit(1)
_asked, _file = person.alias("asked"), person.alias("file")
_root_asked = func.coalesce(_asked.c.root, _asked.c.id)
_theirs = (
    select(_asked.c.id.label("asked"), _file.c.id.label("file"))
    .join_from(_asked, _file, or_(_file.c.id == _root_asked, _file.c.root == _root_asked))
    .where(_asked.c.id.in_(_ids))
    .cte("theirs")
)
_any = select(_theirs.c.file)
_known_among = (
    select(_theirs.c.asked)
    .where(
        _theirs.c.file.in_(
            union(
                select(person.c.id).where(person.c.id.in_(_any), person.c.organisation.in_(_orgs)),
                select(role.c.person).where(role.c.person.in_(_any), role.c.organisation.in_(_orgs)),
                select(_enrolment.c.person)
                .join_from(_enrolment, _slot, _slot.c.id == _enrolment.c.slot)
                .where(_enrolment.c.person.in_(_any), _slot.c.organisation.in_(_orgs)),
                select(_receipt.c.person).where(_receipt.c.person.in_(_any), _receipt.c.organisation.in_(_orgs)),
            )
        )
    )
    .distinct()
)
_callee = person.alias("callee")
_called = (
    select(func.coalesce(_callee.c.root, _callee.c.id))
    .join_from(phone_index, _callee, _callee.c.id == phone_index.c.person)
    .where(phone_index.c.blind.in_(bindparam("blinds", expanding=True)))
)
_usable = func.coalesce(person.c.state, "") == ""
_search = (
    select(*COLUMNS)
    .where(
        or_(
            person.c.search.like(bindparam("pattern"), escape="\\"),
            person.c.id == bindparam("text"),
            person.c.id.in_(_called),
        ),
        person.c.root.is_(None),
        _usable,
    )
    .order_by(person.c.sound, person.c.name, person.c.id)
    .limit(bindparam("most"))
)
_search_within = _search.where(person.c.id.in_(_known))
_living = person.c.id.in_(_known), person.c.root.is_(None), _usable
_known_page = (
    select(*COLUMNS)
    .where(*_living)
    .order_by(person.c.sound, person.c.name, person.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("after"))
)
_known_count = select(func.count()).where(*_living)


def files_of(connection: Connection, person_id: str) -> list[str]:
    """The ids of all files of this human, merges considered; the living one first."""
    root = connection.execute(_root, {"id": person_id}).scalar() or person_id
    return sorted(connection.execute(_files, {"root": root}).scalars(), key=lambda file: (file != root, file))


def is_known_to(connection: Connection, person_id: str, organisations: frozenset[str]) -> bool:
    """Whether one of these organisations keeps their file, gave them a role, listed them in a slot, or served them."""
    if not organisations:
        return False
    asked = {"ids": files_of(connection, person_id), "organisations": sorted(organisations)}
    return connection.execute(_is_known, asked).first() is not None


def known_among(connection: Connection, ids: Iterable[str], organisations: frozenset[str]) -> set[str]:
    """Those of these people for whom `is_known_to` holds, in one query."""
    asked = {"ids": sorted(ids), "organisations": sorted(organisations)}
    return set(connection.execute(_known_among, asked).scalars()) if asked["ids"] and organisations else set()


def search(
    connection: Connection,
    text: str,
    limit: int = 20,
    *,
    within: frozenset[str] | None = None,
    blinds: Sequence[str] = (),
) -> list[Person]:
    """Living files whose name, pinyin or initials begin so, or whose id or phone (by its keyed hashes) it is.

    Only people whom `within` knows, where given.
    """
    wanted = text.strip()
    if not wanted:
        return []
    asked: dict[str, Any] = {"pattern": pattern(wanted), "text": wanted, "blinds": list(blinds), "most": limit}
    if within is None:
        return [Person(*row) for row in connection.execute(_search, asked)]
    return [Person(*row) for row in connection.execute(_search_within, asked | {"organisations": sorted(within)})]


def known(connection: Connection, organisations: frozenset[str], limit: int = 50, offset: int = 0) -> list[Person]:
    """Living files of everybody whom these organisations know, by the sound of their names."""
    asked = {"organisations": sorted(organisations), "most": limit, "after": offset}
    return [Person(*row) for row in connection.execute(_known_page, asked)]


def count_known(connection: Connection, organisations: frozenset[str]) -> int:
    """How many living files these organisations know."""
    return connection.execute(_known_count, {"organisations": sorted(organisations)}).scalar_one()
