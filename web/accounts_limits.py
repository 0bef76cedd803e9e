"""How often somebody may fail: counted where guessing is, so that whoever guesses is stopped and nobody else is.

Failures count for the pair of account and network, for the account, and for the network. A device that signed the person in
before has a count of its own and asks no other: strangers cannot use up what the rightful owner may try. An attempt is
counted before the password is looked at and given back after success, so a thousand at once get no further than ten.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.engine import Connection

from web.accounts_secrets import digest
from web.accounts_store import Accounts, seconds
from web.accounts_tables import attempt

QUARTER, HOUR = 900, 3600


class Limit(NamedTuple):
    """At most `most` failures in `window` seconds, counted under `key`; `clears`: success forgets the earlier ones."""

    key: str
    most: int
    window: int
    clears: bool


def limits(accounts: Accounts, step: str, who: str, address: str | None, device: str | None) -> list[Limit]:
    """What an attempt counts against. `who`: the name as typed, so that names nobody has are limited alike;
    `device`: the cookie of a device that is known to this account.
    """
    name, place = accounts.blind(who), network(address)

    def limit(kind: str, text: str, most: int, window: int, *, clears: bool = False) -> Limit:
        return Limit(accounts.keys.blind("attempt", f"{step} {kind} {text}"), most, window, clears)

    if device is not None:
        return [limit("device", f"{name} {digest(device)}", 10, QUARTER, clears=True)]
    return [
        limit("pair", f"{name} {place}", 10, QUARTER, clears=True),
        limit("account", name, 60, HOUR),
        limit("network", place, 200, QUARTER),
    ]


def joining(accounts: Accounts, address: str | None) -> list[Limit]:
    """How many may join by themselves from one network: a class or a workshop, not a machine that never stops."""
    return [Limit(accounts.keys.blind("attempt", f"joining {network(address)}"), 60, HOUR, clears=False)]


def naming(accounts: Accounts, person: str, address: str | None) -> list[Limit]:
    """How often somebody may ask for names to sign in with that are not theirs yet: whoever asks for one after the other would
    learn who has an account.
    """

    def limit(text: str, most: int) -> Limit:
        return Limit(accounts.keys.blind("attempt", f"naming {text}"), most, HOUR, clears=False)

    return [limit(person, 10), limit(f"network {network(address)}", 60)]


def recovering(accounts: Accounts, who: str, address: str | None, device: str | None) -> list[Limit]:
    """How often a way back in is mailed to one account: somebody else's asking neither fills a mailbox nor keeps its owner,
    on a device of theirs, from asking.
    """
    name, place = accounts.blind(who), network(address)

    def limit(text: str, most: int, window: int) -> Limit:
        return Limit(accounts.keys.blind("attempt", f"recovery {text}"), most, window, clears=False)

    if device is not None:
        return [limit(f"device {name} {digest(device)}", 5, QUARTER)]
    return [limit(f"account {name}", 3, HOUR), limit(f"network {place}", 60, HOUR)]


def providers(accounts: Accounts, address: str | None) -> Limit:
    """How many may come back from a provider in vain: each of them makes us ask it."""
    return Limit(accounts.keys.blind("attempt", f"provider {network(address)}"), 60, QUARTER, clears=False)


def network(address: str | None) -> str:
    """Where somebody sits: an IPv4 address, or the /64 network that one IPv6 subscriber has."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else str(found)


def take(accounts: Accounts, wanted: Collection[Limit], at: datetime) -> int:
    """Count an attempt; 0, or the seconds after which one can try again and nothing was counted."""
    now = seconds(at)
    with accounts.read() as connection:
        if wait := waits(connection, wanted, now):  # whoever is stopped does not hold the lock that others need
            return wait
    with accounts.write() as connection:
        if wait := waits(connection, wanted, now):
            return wait
        for limit in wanted:
            fresh = attempt.c.since > now - limit.window
            changed = {
                "count": case((fresh, attempt.c.count + 1), else_=1),
                "since": case((fresh, attempt.c.since), else_=now),
            }
            if not connection.execute(update(attempt).where(attempt.c.key == limit.key).values(changed)).rowcount:
                connection.execute(insert(attempt).values(key=limit.key, since=now, count=1))
        connection.execute(delete(attempt).where(attempt.c.since <= now - HOUR))
    return 0


def waits(connection: Connection, wanted: Collection[Limit], now: int) -> int:
    """How many seconds until all of these allow another attempt."""
    query = select(attempt.c.key, attempt.c.since, attempt.c.count).where(
        attempt.c.key.in_([one.key for one in wanted])
    )
    known: dict[str, tuple[int, int]] = {key: (since, count) for key, since, count in connection.execute(query)}
    told = [(limit, *known[limit.key]) for limit in wanted if limit.key in known]
    return max([0, *(since + limit.window - now for limit, since, count in told if count >= limit.most)])


def give_back(accounts: Accounts, taken: Collection[Limit]) -> None:
    """The attempt succeeded: it does not count, and what can only be this person's own is forgotten."""
    with accounts.write() as connection:
        for limit in taken:
            mine = attempt.c.key == limit.key
            if limit.clears:
                connection.execute(delete(attempt).where(mine))
            else:
                connection.execute(update(attempt).where(mine, attempt.c.count > 0).values(count=attempt.c.count - 1))


def minutes(wait: int) -> int:
    """Seconds to wait as whole minutes, rounded up: after so many it is sure to go on."""
    return -(-wait // 60)
