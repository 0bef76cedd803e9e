"""Everything that is known about one person, put together for that person: for the page 我的数据 and for the file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from ledger.events import Event, Recorded
from projections import contacts, enrolments, hours, organisations, people, readings, receipts
from projections.history import positions_of
from web import accounts_passkeys, accounts_providers, accounts_sessions, sight
from web.accounts_store import accounts
from web.event_parts import persons_of
from web.house import house, instant, now, reader
from web.naming import tell
from web.words import instant as told

ALL = 10_000
SKIP = frozenset({"search", "root", "flags", "phone_at"})
"""Columns that are made from others and say nothing of their own."""


def everything(person: str) -> dict[str, Any]:
    """By part: what a person has a right to see and to take along (PIPL 45). Names of others are masked as on any page."""
    files = people.files_of(reader(), person)
    found = people.find(reader(), person)
    contact = contacts.find(reader(), house().ledger, person)
    return {
        "made": instant(),
        "files": files,
        "person": {name: value for name, value in plain(found).items() if name not in SKIP},
        "phones": sight.phones(files),
        "contact": plain(contact),
        "account": {} if house().is_tryout else account(found.id if found else person),
        "roles": [plain(one) for file in files for one in people.roles(reader(), file)],
        "qualifications": [plain(one) for file in files for one in people.qualifications(reader(), file)],
        "consents": [plain(one) for file in files for one in people.consents(reader(), file)],
        "enrolments": [plain(one) for file in files for one in enrolments.of_person(reader(), file, most=ALL)],
        "hours": [plain(one) for file in files for one in hours.of_person(reader(), file, most=ALL)],
        "services": [plain(one) for one in receipts.of_person(reader(), files)],
        "read_by": [plain(one) for file in files for one in readings.of_person(reader(), file)],
        "history": history(files),
    }


def account(person: str) -> dict[str, Any]:
    """How they sign in and where they are: everything that is kept beside the log, save what only a thief could use."""
    found = accounts().find(person)
    keys = accounts_passkeys.of_person(accounts(), person)
    linked = accounts_providers.of_person(accounts(), person).values()
    open_ones = accounts_sessions.of_person(accounts(), person, now())
    return {
        "names": accounts().names_of(person),
        "has_password": bool(found and found.password),
        "has_app": bool(found and found.totp),
        "passkeys": [{"label": one.label, "added": told(one.added), "used": moment(one.used)} for one in keys],
        "providers": [
            {"organisation": one.organisation, "added": told(one.added), "used": moment(one.used)} for one in linked
        ],
        "sessions": [
            {"browser": one.agent, "means": one.means, "opened": told(one.opened), "seen": told(one.seen)}
            for one in open_ones
        ],
    }


def moment(seconds: int | None) -> str | None:
    """A local time, where there is one."""
    return told(seconds) if seconds else None


def history(files: list[str]) -> list[dict[str, Any]]:
    """Every event that speaks of them, oldest first: the sentence, who, when, and the fields where it is about them."""
    places = sorted({position for file in files for position in positions_of(reader(), f"person:{file}")})
    told = tell(places)
    events = {event.position: event for event in house().ledger.at(places)}
    return [
        {
            "position": position,
            "topic": one.topic,
            "sentence": one.plain,
            "actor": one.actor,
            "organisation": one.organisation,
            "occurred": one.occurred,
            "recorded": one.recorded,
            "reason": one.reason,
            "fields": fields(events[position], files),
        }
        for position, one in sorted(told.items())
    ]


def fields(event: Recorded[Event], files: list[str]) -> dict[str, Any]:
    """The fields of an event that is about this person alone."""
    about = persons_of(event.event)
    return msgspec.to_builtins(event.event) if about and set(about) <= set(files) else {}


def plain(row: Any) -> dict[str, Any]:
    """A row as JSON holds it, without what is empty."""
    if row is None:
        return {}
    values = msgspec.structs.asdict(row) if isinstance(row, msgspec.Struct) else vars(row)
    return {name: words(value) for name, value in values.items() if value not in (None, "", ())}


def words(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def organisation_names() -> dict[str, str]:
    """Names of organisations by id."""
    return organisations.names(reader())
