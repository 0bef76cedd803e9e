"""Sessions that the server keeps: opened at sign-in with a token of their own, ended by time, by leaving or from another device."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from ledger.prepared import Prepared
from web.accounts_secrets import digest, new_token
from web.accounts_store import Accounts, seconds
from web.accounts_tables import account, device, login

HOUR, DAY = 3600, 86_400
OWN = (14 * DAY, 90 * DAY)
"""Whoever acts for themselves: ends after a fortnight without a visit, and after 90 days in any case (seconds)."""
OFFICE = (8 * HOUR, DAY)
"""Whoever acts for others: after a shift without a request, and a day after signing in (NIST SP 800-63B-4 §2.2.3). And
whoever came by their organisation's provider: who is stopped there is soon out here too (ASVS 5.0 7.6.1)."""
HALF = (900, 900)
"""Whoever still owes the second factor."""
TOUCH = 60
"""How exactly the last request is known, in seconds: not every page writes."""
DEVICE = 180 * DAY
"""How long a device is remembered to have signed somebody in."""


class Login(NamedTuple):
    """A session. `second`: the second factor that was shown in it; `guarded`: the account asks for one."""

    id: str
    person: str
    opened: int
    seen: int
    idle: int
    until: int
    second: str | None
    means: str
    agent: str
    guarded: bool


_select = select(*[login.c[name] for name in Login._fields[:-1]], account.c.totp.is_not(None).label("guarded")).join(
    account, account.c.person == login.c.person
)
_find = Prepared(_select.where(login.c.token == bindparam("token")))


def start(
    accounts: Accounts,
    person: str,
    at: datetime,
    *,
    means: str,
    lasts: tuple[int, int],
    second: str | None = None,
    agent: str = "",
) -> str:
    """Open a session; the token that its cookie holds. `lasts`: the seconds it lives without a request, and at most."""
    token, now = new_token(), seconds(at)
    idle, most = lasts
    row = {
        "token": digest(token), "id": new_token()[:16], "person": person, "opened": now, "seen": now, "idle": idle,
        "until": now + most, "second": second, "means": means, "agent": agent,
    }  # fmt: skip
    with accounts.write() as connection:
        connection.execute(delete(login).where((login.c.until <= now) | (login.c.seen + login.c.idle <= now)))
        connection.execute(insert(login).values(row))
    return token


def find(accounts: Accounts, token: str, at: datetime) -> Login | None:
    """The living session that this token opens."""
    now = seconds(at)
    with accounts.read() as connection:
        row = _find.first(connection, token=digest(token))
    found = Login(*row) if row else None
    if found is None or now >= min(found.until, found.seen + found.idle):
        return None
    if now >= found.seen + TOUCH:
        with accounts.write() as connection:
            connection.execute(update(login).where(login.c.token == digest(token)).values(seen=now))
    return found


def is_over(login: Login, lasts: tuple[int, int], at: datetime) -> bool:
    """Whether it would be over had it been opened with these limits: whoever got an office since keeps no long session."""
    idle, most = lasts
    return seconds(at) >= min(login.opened + most, login.seen + idle)


def of_person(accounts: Accounts, person: str, at: datetime) -> list[Login]:
    """Somebody's living sessions, the last used first."""
    now = seconds(at)
    alive = (login.c.person == person) & (login.c.until > now) & (login.c.seen + login.c.idle > now)
    with accounts.read() as connection:
        return [Login._make(row) for row in connection.execute(_select.where(alive).order_by(login.c.seen.desc()))]


def confirm(accounts: Accounts, person: str, session_id: str, second: str | None) -> None:
    """This session showed a second factor, or (None) none is asked for any more."""
    with accounts.write() as connection:
        mine = (login.c.person == person) & (login.c.id == session_id)
        connection.execute(update(login).where(mine).values(second=second))


def renew(accounts: Accounts, person: str, session_id: str) -> str:
    """Another token for this session, to be held by its cookie: whoever copied the earlier one is out."""
    token, mine = new_token(), (login.c.person == person) & (login.c.id == session_id)
    with accounts.write() as connection:
        connection.execute(update(login).where(mine).values(token=digest(token)))
    return token


def end(accounts: Accounts, person: str, session_id: str) -> bool:
    """End one session of a person; whether there was one."""
    with accounts.write() as connection:
        gone = connection.execute(delete(login).where(login.c.person == person, login.c.id == session_id))
        return gone.rowcount > 0


def end_all(accounts: Accounts, person: str, *, but: str = "") -> int:
    """End a person's sessions, except the one with the id `but`; how many there were."""
    with accounts.write() as connection:
        return connection.execute(delete(login).where(login.c.person == person, login.c.id != but)).rowcount


def remember_device(accounts: Accounts, person: str, cookie: str | None, at: datetime) -> str:
    """Note that this device signed the person in; what its cookie shall hold."""
    token, now = cookie or new_token(), seconds(at)
    row = {"token": digest(token), "person": person}
    with accounts.write() as connection:
        same = (device.c.token == row["token"]) & (device.c.person == person)
        connection.execute(delete(device).where(same | (device.c.seen < now - DEVICE)))
        connection.execute(insert(device).values(row | {"seen": now}))
    return token


def is_known_device(accounts: Accounts, person: str, cookie: str, at: datetime) -> bool:
    """Whether this device signed the person in before."""
    query = select(device.c.seen).where(device.c.token == digest(cookie), device.c.person == person)
    with accounts.read() as connection:
        seen = connection.execute(query).scalar()
    return seen is not None and seen >= seconds(at) - DEVICE


def forget_devices(accounts: Accounts, person: str) -> None:
    """No device is known any more."""
    with accounts.write() as connection:
        connection.execute(delete(device).where(device.c.person == person))
