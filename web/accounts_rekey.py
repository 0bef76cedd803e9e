"""Bringing the accounts under a new key, while everything runs; whatever stops it, it goes on from there.

What was sealed is sealed anew, a portion at a time: both keys are known meanwhile. Of accounts elsewhere and recovery codes
only keyed hashes are kept: the former come under the new key when they are used, the latter when their owner takes new ones.
Until then the earlier key stays; destroying it sooner takes them away, which is written down and told to their owners first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import Column, Select, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from web.accounts_store import Accounts
from web.accounts_tables import (
    account,
    former_name,
    identity,
    kept_form,
    outdated,
    passkey,
    provider,
    recovery_code,
    sign_in_name,
    unseen_codes,
)

PORTION = 500
"""Rows a transaction: nobody waits long for the lock."""
PEOPLE = 200
"""The same for people of whom it is written down what they lose, which takes longer."""
HASHED: tuple[tuple[Table, Column[Any]], ...] = ((identity, identity.c.key), (recovery_code, recovery_code.c.code))


class Sealed(NamedTuple):
    """A column of sealed texts: where, found by which key of a row, and how its owner is called from `whose`."""

    column: Column[Any]
    key: Column[Any]
    whose: Column[Any]
    owner: str

    def owner_of(self, whose: str) -> str:
        """To whom a text is bound."""
        return f"{self.owner} {whose}".strip()


SEALED = (
    Sealed(sign_in_name.c.shown, sign_in_name.c.blind, sign_in_name.c.person, ""),
    Sealed(account.c.totp, account.c.person, account.c.person, ""),
    Sealed(provider.c.secret, provider.c.organisation, provider.c.organisation, "provider"),
    Sealed(former_name.c.shown, former_name.c.position, former_name.c.person, "former"),
    Sealed(kept_form.c.form, kept_form.c.token, kept_form.c.person, "kept"),
    Sealed(unseen_codes.c.codes, unseen_codes.c.person, unseen_codes.c.person, "codes"),
)


class Left(NamedTuple):
    """Who still needs the earlier key: for their account elsewhere, for their recovery codes; `shut_out`: of the former, those
    who have no other way to sign in.
    """

    elsewhere: list[str]
    codes: list[str]
    shut_out: list[str]


def begin(accounts: Accounts) -> bool:
    """Use a new key from now on, unless there are two already; whether it is new."""
    with accounts.write() as connection:  # most is noted beforehand, so the second time is short
        if len(accounts.key.lines) > 1:
            return False
        connection.execute(delete(outdated))
        _note_hashes(connection)
    with accounts.write() as connection:  # everybody who blinds or seals something to keep it does so under this lock
        if len(accounts.key.lines) > 1:
            return False
        _note_hashes(connection)
        accounts.key.begin()
    return True


def _note_hashes(connection: Connection) -> None:
    for table, column in HASHED:
        new = select(column, table.c.person).where(column.not_in(select(outdated.c.hash)))
        connection.execute(insert(outdated).from_select(["hash", "person"], new))


def reseal(accounts: Accounts) -> int:
    """Bring under the key in use what was sealed by an earlier one; how much."""
    return sum(sum(portions(accounts, one)) for one in SEALED)


def portions(accounts: Accounts, sealed: Sealed) -> Iterable[int]:
    """The same for one column: how much in each portion."""
    rows = select(sealed.key, sealed.whose, sealed.column).where(sealed.column.is_not(None)).order_by(sealed.key)
    with accounts.read() as connection:
        found = connection.execute(rows).all()
    for first in range(0, len(found), PORTION):
        with accounts.write() as connection:
            yield sum(_anew(connection, accounts, sealed, *row) for row in found[first : first + PORTION])


def _anew(connection: Connection, accounts: Accounts, sealed: Sealed, key: Any, whose: str, text: bytes) -> bool:
    """Seal one text anew, if it is still the one that was read; whether that was needed."""
    owner = sealed.owner_of(whose)
    if accounts.keys.is_newest(owner, text):
        return False
    try:
        plain = accounts.keys.unseal(owner, text)
    except InvalidTag:  # of a key that is lost
        return False
    changed: dict[str, Any] = {sealed.column.name: accounts.keys.seal(owner, plain)}
    if sealed.column is sign_in_name.c.shown:
        changed["blind"] = accounts.blind(plain)
    same = (sealed.key == key) & (sealed.column == text)
    return connection.execute(update(sealed.column.table).where(same).values(changed)).rowcount > 0


def left(accounts: Accounts) -> Left:
    """Who still needs the earlier key."""
    with accounts.read() as connection:
        return _left(connection)


def _left(connection: Connection, people: Sequence[str] | None = None) -> Left:
    """The same, `people`: of these."""
    elsewhere, codes = (
        sorted(_who(connection, select(table.c.person).join(outdated, outdated.c.hash == column), table, people))
        for table, column in HASHED
    )
    with_password = select(account.c.person).where(account.c.password.is_not(None))
    with_other = select(identity.c.person).where(identity.c.key.not_in(select(outdated.c.hash)))
    ways = ((with_password, account), (select(passkey.c.person), passkey), (with_other, identity))
    safe = {person for way, table in ways for person in _who(connection, way, table, people)}
    return Left(elsewhere, codes, [person for person in elsewhere if person not in safe])


def _who(connection: Connection, found: Select[str], table: Table, people: Sequence[str] | None) -> set[str]:
    """Whom a query of persons in this table finds, among these people if they are given."""
    asked = found if people is None else found.where(table.c.person.in_(people))
    return set(connection.execute(asked).scalars())


def finish(accounts: Accounts, told: Callable[[Left], object]) -> Iterator[Left]:
    """Destroy the earlier key, and before that what nothing but it opens, a portion of people at a time; what went of each
    portion. `told` writes it down first; wherever it is stopped, another call goes on with the same portion.
    """
    earlier = accounts.key.lines[1:]
    reseal(accounts)
    while (gone := _take_away(accounts, earlier, told)) is not None:
        yield gone


def _take_away(accounts: Accounts, earlier: list[str], told: Callable[[Left], object]) -> Left | None:
    """One portion; None once nothing is left, and the earlier key with it."""
    of_whom = select(outdated.c.person).distinct().order_by(outdated.c.person).limit(PEOPLE)
    with accounts.write() as connection:
        if accounts.key.lines[1:] != earlier:  # another call was quicker
            return None
        people = connection.execute(of_whom).scalars().all()
        if not people:
            accounts.key.end()
            return None
        gone = _left(connection, people)
        told(gone)
        theirs = outdated.c.person.in_(people)
        for table, column in HASHED:
            connection.execute(delete(table).where(column.in_(select(outdated.c.hash).where(theirs))))
        connection.execute(delete(outdated).where(theirs))
    return gone
