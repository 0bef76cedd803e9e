"""By which ways somebody can sign in: whoever takes one away must keep another."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from web.accounts_tables import account, by_mail, identity, passkey


class LastWay(Exception):
    """Nothing would be left that this person signs in with."""


LAST = "这是你现在唯一的登录方式，去掉就进不来了：先加一个通行密钥，或者设一个密码。"


def need_way(connection: Connection, person: str, *, needs_second: bool) -> None:
    """Raise LastWay where, as this transaction leaves it, there is neither a password, a passkey nor an account elsewhere that
    lets them in: where a role `needs_second` factors, one that an address alone linked does not.

    Asked under the lock of the accounts, after what goes is gone: two tabs do not take one away each.
    """
    with_password = select(account.c.person).where(account.c.person == person, account.c.password.is_not(None))
    if connection.execute(with_password).first():
        return
    elsewhere = identity.c.person == person
    if needs_second:
        elsewhere &= identity.c.key.not_in(select(by_mail.c.key))
    for is_theirs in (passkey.c.person == person, elsewhere):
        if connection.execute(select(func.count()).where(is_theirs)).scalar_one():
            return
    raise LastWay
