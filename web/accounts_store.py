"""The accounts: who can sign in, under which names, with which password. Sessions, links and limits stand in files of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from flask import current_app
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ledger.address import Where
from ledger.database import Database
from web.accounts_key import KeyFile
from web.accounts_secrets import Keys, Kind, digest, kind_of, plain
from web.accounts_tables import OF_A_PERSON, account, challenge, create, sign_in_name


class NameTaken(Exception):
    """Somebody else signs in under this name already; `args[0]` is the name as it was typed."""


class Account(NamedTuple):
    """Somebody who can sign in. `password` is the stored hash, `totp` the encrypted secret."""

    person: str
    password: str | None
    totp: bytes | None
    totp_spent: int
    opened: int


class Accounts(Database):
    """The database of the accounts and the keys that it needs."""

    def __init__(self, where: Where, key: Path) -> None:
        """Open or create it. `key`: the file of what blinds and seals; without it nobody can be found."""
        super().__init__(where, "accounts")
        self.key = KeyFile(key)
        self._holding = threading.local()
        with self.write() as connection:
            create(connection)

    @property
    def keys(self) -> Keys:
        """What blinds and seals."""
        return self.key.keys

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The lock of the accounts, held. What `once_free` put off is done after it, however the block ends."""
        later: list[Callable[[], object]] = []
        self._holding.later = later
        try:
            with super().write() as connection:
                yield connection
        finally:
            del self._holding.later
            for call in later:
                call()

    def once_free(self, call: Callable[[], object]) -> None:
        """Do something slow now or, where this thread holds the lock of the accounts, once that is free: everybody who signs in
        waits for it.
        """
        later: list[Callable[[], object]] | None = getattr(self._holding, "later", None)
        if later is None:
            call()
        else:
            later.append(call)

    def find(self, person: str) -> Account | None:
        """The account of a person."""
        with self.read() as connection:
            row = connection.execute(select(account).where(account.c.person == person)).first()
        return Account(*row) if row else None

    def called(self, typed: str) -> Account | None:
        """The account that signs in under this phone number, address or name."""
        query = select(account).join(sign_in_name, sign_in_name.c.person == account.c.person)
        with self.read() as connection:
            row = connection.execute(query.where(sign_in_name.c.blind.in_(self.blinds(typed)))).first()
        return Account(*row) if row else None

    def blind(self, typed: str) -> str:
        """A name as it is found."""
        return self.keys.blind(kind_of(typed), plain(typed))

    def blinds(self, typed: str) -> list[str]:
        """The same by every key of the accounts."""
        return self.keys.blinds(kind_of(typed), plain(typed))

    def names_of(self, person: str) -> dict[Kind, str]:
        """Under which names somebody signs in, by their kind."""
        query = select(sign_in_name.c.kind, sign_in_name.c.shown).where(sign_in_name.c.person == person)
        with self.read() as connection:
            rows = connection.execute(query).all()
        return {kind: self.keys.unseal(person, shown) for kind, shown in rows}

    def check_names(self, person: str, names: Iterable[str], files: Collection[str] = ()) -> None:
        """Raise NameTaken where one is another's; `files` were merged into this person's."""
        with self.read() as connection:
            self._check(connection, person, names, files)

    def _check(self, connection: Connection, person: str, names: Iterable[str], files: Collection[str]) -> None:
        for name in names:
            holder = select(sign_in_name.c.person).where(sign_in_name.c.blind.in_(self.blinds(name)))
            if connection.execute(holder).scalar() not in (None, person, *files):
                raise NameTaken(name)

    @contextmanager
    def saving(
        self, person: str, password: str, names: Iterable[str], at: datetime, files: Collection[str] = ()
    ) -> Iterator[Connection]:
        """Open or change an account: the stored password and, where any are given, all names. It happens after the body, in which
        it is written down. The names are looked at before and stay this person's meanwhile, because the lock is held: nothing is
        written down that does not come about. Raises NameTaken.
        """
        wanted = list(names)
        with self.write() as connection:
            self._check(connection, person, wanted, files)
            yield connection
            self.open(connection, person, at)
            connection.execute(update(account).where(account.c.person == person).values(password=password))
            if wanted:
                self._name(connection, person, wanted)

    @contextmanager
    def renaming(self, person: str, names: Iterable[str]) -> Iterator[Connection]:
        """Sign in under these names from now on, one of a kind: after the body, as with `saving`. Raises NameTaken."""
        wanted = list(names)
        with self.write() as connection:
            self._check(connection, person, wanted, ())
            yield connection
            self._name(connection, person, wanted)

    def _name(self, connection: Connection, person: str, names: list[str]) -> None:
        rows: dict[str, dict[str, Any]] = {
            self.blind(name): {"person": person, "kind": kind_of(name), "shown": self.keys.seal(person, name)}
            for name in names
        }
        taken_over = [blind for name in names for blind in self.blinds(name)]
        gone = (sign_in_name.c.person == person) | sign_in_name.c.blind.in_(taken_over)
        connection.execute(delete(sign_in_name).where(gone))
        connection.execute(insert(sign_in_name), [{"blind": blind} | row for blind, row in rows.items()])

    def open(self, connection: Connection, person: str, at: datetime) -> None:
        """Open an account without a password, where there is none, as a part of what is done together."""
        new = {"person": person, "opened": seconds(at), "totp_spent": 0}
        if not connection.execute(select(account.c.person).where(account.c.person == person)).first():
            connection.execute(insert(account).values(new))

    def first_time(self, secret: str, now: int, until: int) -> bool:
        """Whether this was never shown before; it is remembered `until` then, after which it counts no more anyway."""
        try:
            with self.write() as connection:
                connection.execute(delete(challenge).where(challenge.c.until <= now))
                connection.execute(insert(challenge).values(token=digest(secret), until=until))
        except IntegrityError:
            return False
        return True

    def change(self, person: str, **values: Any) -> None:
        """Change columns of an account."""
        with self.write() as connection:
            connection.execute(update(account).where(account.c.person == person).values(values))

    def forget(self, person: str) -> None:
        """Destroy everything of somebody's: password, names, factors, sessions, devices, links."""
        with self.write() as connection:
            for table in OF_A_PERSON:
                connection.execute(delete(table).where(table.c.person == person))


def accounts() -> Accounts:
    """The accounts of the running application."""
    return cast(Accounts, current_app.extensions["accounts"])


def seconds(at: datetime) -> int:
    """An instant as the tables hold it."""
    return int(at.timestamp())
