"""People: files, dated roles, qualifications, consent, and which files are or may be the same person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.engine import Connection

from domain.people import (
    BirthYearRecorded,
    ConsentGiven,
    ConsentWithdrawn,
    IdentityVerified,
    QualificationRecorded,
    Registered,
    RoleEnded,
    RoleGranted,
)
from domain.person_states import DetailsCorrected
from domain.words import day_of
from ledger.events import Recorded
from ledger.personal import ERASED
from ledger.prepared import Among, Prepared
from ledger.projection import Projection, Rows
from projections.person_files import (
    Dated,
    Person,
    Role,
    consent,
    duplicate,
    person,
    phone_index,
    qualification,
    role,
)
from projections.person_search import COLUMNS, count_known, files_of, is_known_to, known, known_among, search
from projections.pinyin import search_line, sound

__all__ = [
    "Person", "Role", "consent", "count_known", "duplicate", "files_of", "is_known_to", "known", "known_among", "person",
    "qualification", "role", "search",
]  # fmt: skip

projection = Projection("people", 10, person, phone_index, role, qualification, consent, duplicate)


@projection.on(Registered)
def registered(rows: Rows, r: Recorded[Registered]) -> None:
    e = r.event
    rows.put(
        person,
        id=e.person,
        name=e.name,
        search=search_line(e.name),
        sound=sound(e.name),
        phone_at=r.position if e.phone else None,
        identity=e.identity,
        over=e.over,
        organisation=e.organisation,
        note=e.note,
        position=r.position,
    )
    index_phone(rows, e.person, r.blind)


def index_phone(rows: Rows, file: str, blind: str) -> None:
    """By which number somebody is found, if by any."""
    if blind:
        rows.put(phone_index, person=file, blind=blind)
    else:
        rows.delete(phone_index, file)


@projection.on(IdentityVerified)
def verified(rows: Rows, r: Recorded[IdentityVerified]) -> None:
    rows.change(person, r.event.person, identity="verified")


@projection.on(RoleGranted)
def role_granted(rows: Rows, r: Recorded[RoleGranted]) -> None:
    e = r.event
    since = e.since.isoformat() if e.since else None
    key = (e.person, e.role, e.organisation or "")
    rows.change(role, *key, latest(rows, key) + 1, since=since, until=None)


@projection.on(RoleEnded)
def role_ended(rows: Rows, r: Recorded[RoleEnded]) -> None:
    e = r.event
    # Without a last day it ended there and then, so the day before was the last whole one.
    until = e.until.isoformat() if e.until else day_of(r.at - timedelta(days=1))
    key = (e.person, e.role, e.organisation or "")
    rows.change(role, *key, latest(rows, key), until=until)


def latest(rows: Rows, key: tuple[str, str, str]) -> int:
    """How often this role was granted so far."""
    count = 0
    while rows.get(role, *key, count + 1):
        count += 1
    return count


@projection.on(QualificationRecorded)
def qualified(rows: Rows, r: Recorded[QualificationRecorded]) -> None:
    e = r.event
    rows.put(qualification, person=e.person, skill=e.skill, until=e.until.isoformat() if e.until else None)


@projection.on(ConsentGiven)
def consented(rows: Rows, r: Recorded[ConsentGiven]) -> None:
    e = r.event
    rows.put(consent, person=e.person, scope=e.scope, since=day_of(r.at), guardian=int(e.guardian))


@projection.on(ConsentWithdrawn)
def consent_ended(rows: Rows, r: Recorded[ConsentWithdrawn]) -> None:
    rows.change(consent, r.event.person, r.event.scope, until=day_of(r.at))


@projection.on(BirthYearRecorded)
def was_born(rows: Rows, r: Recorded[BirthYearRecorded]) -> None:
    rows.change(person, r.event.person, born=r.event.born)


@projection.on(DetailsCorrected)
def corrected(rows: Rows, r: Recorded[DetailsCorrected]) -> None:
    """A new name is known as surely as whoever said it; who it is must be checked anew."""
    e, changed = r.event, dict[str, Any]()
    if e.name is not None:
        changed = {"name": e.name, "search": search_line(e.name), "sound": sound(e.name), "identity": "self_declared"}
    if e.phone is not None:
        changed["phone_at"] = r.position if e.phone else None
        index_phone(rows, e.person, r.blind)
    rows.change(person, e.person, **changed)


_find = Prepared(select(*COLUMNS).where(person.c.id == bindparam("id")))
_phones = select(person.c.id, person.c.phone_at).where(
    person.c.id.in_(bindparam("ids", expanding=True)), person.c.phone_at.is_not(None)
)
_names = select(person.c.id, person.c.name).where(person.c.id.in_(bindparam("ids", expanding=True)))
_roles = select(role.c.role, role.c.organisation, role.c.since, role.c.until).where(
    role.c.person == bindparam("person")
)
_roles_on = Prepared(
    _roles.where(
        or_(role.c.since.is_(None), role.c.since <= bindparam("day")),
        or_(role.c.until.is_(None), role.c.until >= bindparam("day")),
    )
)
_ever = Prepared(
    select(role.c.person)
    .where(role.c.organisation.op("IN")(Among("organisations")), role.c.role == bindparam("role"))
    .distinct()
)
_skills = select(qualification.c.skill, qualification.c.until).where(qualification.c.person == bindparam("person"))
_consents = select(consent.c.scope, consent.c.since, consent.c.until).where(consent.c.person == bindparam("person"))


def find(connection: Connection, person_id: str) -> Person | None:
    """The file with this id."""
    row = _find.first(connection, id=person_id)
    return Person(*row) if row else None


def phone_places(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """The positions of the events that hold the phone numbers of these files; who has none is left out."""
    return dict(connection.execute(_phones, {"ids": sorted(set(ids))}).all())


def names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Full names by id; ids without a file are left out."""
    wanted = list(ids)
    return dict(connection.execute(_names, {"ids": wanted}).all()) if wanted else {}


def roles(connection: Connection, person_id: str) -> list[Role]:
    """Every role that the person has or had, the latest first."""
    found = [Role(*row) for row in connection.execute(_roles, {"person": person_id})]
    return sorted(found, key=lambda r: (r.until is not None, r.since or ""))


def roles_on(connection: Connection, person_id: str, day: str) -> list[Role]:
    """The roles that hold on a local day."""
    return [Role(*row) for row in _roles_on.rows(connection, person=person_id, day=day)]


def ever_in(connection: Connection, held: str, organisations: Iterable[str]) -> list[str]:
    """Who holds this role on one of these nodes, or did."""
    return [row[0] for row in _ever.rows(connection, organisations=sorted(organisations), role=held)]


def qualifications(connection: Connection, person_id: str) -> list[Dated]:
    """What the person showed to be qualified for."""
    return [Dated(skill, None, until) for skill, until in connection.execute(_skills, {"person": person_id})]


def consents(connection: Connection, person_id: str) -> list[Dated]:
    """What the person agreed to; one with an `until` ended."""
    return [Dated(*row) for row in connection.execute(_consents, {"person": person_id})]


def has_consented(connection: Connection, person_id: str, scope: str) -> bool:
    """Whether a consent of this scope holds; none does while the person's data are restricted."""
    found = find(connection, person_id)
    if found is not None and found.state:
        return False
    return any(found.what == scope and found.until is None for found in consents(connection, person_id))


def masked(name: str) -> str:
    """`梁霞` as `梁*`, for whoever may not know who it is. Pseudonyms that end in a number stay as they are."""
    return name if not name or name[-1].isdigit() or name == ERASED else name[0] + "*"
