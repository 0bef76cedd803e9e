"""What the accounts tell those who write letters: where somebody can be reached, and a way back in, made when it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from web import accounts_links as links
from web.accounts_store import Accounts, seconds
from web.accounts_tables import former_name

REMEMBERED = timedelta(days=4)
"""How long an address is kept that nobody signs in with any more: as long as a letter may be late, and a day."""


class Doors:
    """`Doors(accounts)`."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def has_account(self, person: str) -> bool:
        """Whether this person can sign in."""
        return self.accounts.find(person) is not None

    def address(self, person: str) -> str | None:
        """The e-mail address that somebody signs in with."""
        return self.accounts.names_of(person).get("email")

    def address_before(self, person: str, position: int) -> str | None:
        """The one that they signed in with until the event at this position."""
        query = select(former_name.c.shown).where(former_name.c.position == position, former_name.c.person == person)
        with self.accounts.read() as connection:
            shown = connection.execute(query).scalar()
        try:
            return self.accounts.keys.unseal(f"former {person}", shown) if shown else None
        except InvalidTag:  # the key of the accounts is another one now
            return None

    def way_back(self, person: str, at: datetime) -> str:
        """The path of a new link that works once and for half an hour."""
        return f"/enter/{links.issue(self.accounts, person, 'mail', at)}"


def remember_address(
    connection: Connection, accounts: Accounts, person: str, address: str, position: int, at: datetime
) -> None:
    """Keep an address that somebody no longer signs in with since the event at this position, so that it can be told."""
    now = seconds(at)
    row = {"position": position, "person": person, "until": now + int(REMEMBERED.total_seconds())}
    row["shown"] = accounts.keys.seal(f"former {person}", address)
    connection.execute(delete(former_name).where(former_name.c.until <= now))
    connection.execute(insert(former_name).values(row))
