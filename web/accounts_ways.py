"""By which ways somebody can sign in: whoever takes one away must keep another."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from web.accounts_tables import account, identity, passkey


class LastWay(Exception):
    """Nothing would be left that this person signs in with."""


LAST = "这是你现在唯一的登录方式，去掉就进不来了：先加一个通行密钥，或者设一个密码。"


def need_way(connection: Connection, person: str) -> None:
    """Raise LastWay where, as this transaction leaves it, there is neither a password, a passkey nor an account elsewhere.

    Asked under the lock of the accounts, after what goes is gone: two tabs do not take one away each.
    """
    with_password = select(account.c.person).where(account.c.person == person, account.c.password.is_not(None))
    if connection.execute(with_password).first():
        return
    for table in (passkey, identity):
        if connection.execute(select(func.count()).where(table.c.person == person)).scalar_one():
            return
    raise LastWay
