"""Mails about an account, as what is due (`outbox.py`): a way back in, and word of everything that one signs in with.

None takes the place of another: whoever got into an account does not hide the first change behind a second one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from domain.accounts import Change, Factor, FactorChanged, RecoveryAsked, SessionsEnded, SignedIn
from domain.contacts import ContactChanged
from domain.words import Due
from ledger.events import Recorded
from ledger.prepared import Prepared
from ledger.projection import Rows
from projections.history import entry
from projections.moments import local
from projections.outbox import FRESH, LIVE, due, due_address, projection

WORKS = timedelta(minutes=30)
"""How long a mailed way back in works (ASVS 5.0 6.4.1), and how long it is worth sending one."""
SETTLES = timedelta(minutes=1)
"""The address that names lose is put by after the event is written: nobody looks for it before."""
NOTICES: dict[tuple[Factor, Change], Due] = {
    ("password", "renewed"): "password_changed", ("names", "renewed"): "names_changed", ("totp", "added"): "app_added",
    ("totp", "removed"): "app_removed", ("recovery_codes", "renewed"): "codes_renewed",
    ("recovery_codes", "spent"): "code_spent", ("passkey", "added"): "passkey_added",
    ("passkey", "removed"): "passkey_removed", ("provider", "added"): "provider_added",
    ("provider", "removed"): "provider_removed", ("recovery_codes", "removed"): "codes_removed",
}  # fmt: skip
"""Which changes are told. Whoever sets their first password knows that they do."""


def put(rows: Rows, r: Recorded[Any], kind: Due, until: datetime) -> None:
    """A mail to this person is due, at once but for word of new names."""
    if r.source not in LIVE:
        return
    key = f"{kind}-{r.position}"
    rows.put(
        due,
        slot="",
        person=r.event.person,
        aspect=key,
        key=key,
        kind=kind,
        organisation=r.organisation,
        due=local(r.recorded + (SETTLES if kind == "names_changed" else timedelta())),
        until=local(until),
        cause=r.position,
        asked=r.position,
    )


@projection.on(RecoveryAsked)
def recovery_asked(rows: Rows, r: Recorded[RecoveryAsked]) -> None:
    """A way back in, while somebody waits for it."""
    put(rows, r, "way_back", r.recorded + WORKS)


@projection.on(SignedIn)
def signed_in(rows: Rows, r: Recorded[SignedIn]) -> None:
    """On a device that was never theirs: they are told."""
    if r.event.unknown_device:
        put(rows, r, "new_device", r.recorded + FRESH)


@projection.on(FactorChanged)
def factor_changed(rows: Rows, r: Recorded[FactorChanged]) -> None:
    """What they sign in with changed: they are told, whoever did it. What goes with a key of the house, nobody parted."""
    kind = NOTICES.get((r.event.factor, r.event.change))
    if kind == "provider_removed" and r.actor != r.event.person:
        kind = "provider_voided"
    if kind:
        put(rows, r, kind, r.recorded + FRESH)


@projection.on(SessionsEnded)
def sessions_ended(rows: Rows, r: Recorded[SessionsEnded]) -> None:
    """Somebody else signed them out everywhere: they are told."""
    if r.event.how == "by_staff":
        put(rows, r, "sessions_ended", r.recorded + FRESH)


@projection.on(ContactChanged)
def contact_changed(rows: Rows, r: Recorded[ContactChanged]) -> None:
    """They are told at the address that they had, if any; whether it is another one now, the worker sees."""
    if rows.get(due_address, r.event.person):
        put(rows, r, "address_changed", r.recorded + FRESH)
    if r.event.email:
        rows.put(due_address, person=r.event.person, position=r.position)


_before = Prepared(
    select(func.max(entry.c.position)).where(
        entry.c.stream == bindparam("stream"),
        entry.c.topic == ContactChanged.topic,
        entry.c.position < bindparam("position"),
    )
)


def contact_before(connection: Connection, person: str, position: int) -> int | None:
    """Where the log says how somebody was written to before this position."""
    row = _before.first(connection, stream=f"person:{person}", position=position)
    return row[0] if row else None
