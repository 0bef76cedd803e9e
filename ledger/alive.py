"""Whether a connection to PostgreSQL that waited in a pool is still there, found out without asking the server each time."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidatePoolError

TRUSTED_SECONDS = 5
"""How long after its last use a connection of PostgreSQL is believed to be there, unless the server has said otherwise."""


def still_there(connection: Any, record: Any, _fairy: Any) -> None:
    """Replaces connections that have ended before they are used. The server's last word lies ready on a connection that it
    ended; whether one that was not used for a while is there, it is asked. Raises InvalidatePoolError.
    """
    now, used = time.monotonic(), record.info.get("used", 0.0)
    record.info["used"] = now
    try:
        if connection.closed or has_word(connection):
            raise InvalidatePoolError
        if used and now - used > TRUSTED_SECONDS:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def is_there(connection: Connection) -> bool:
    """Whether a connection that was kept can be used; one that has ended is let go of."""
    lent: Any = connection.connection
    try:
        still_there(lent.driver_connection, lent, None)
    except InvalidatePoolError:
        connection.invalidate()
        connection.close()
        return False
    return True


def has_word(connection: Any) -> bool:
    """Whether something was sent to us that nobody has read, or the other end has hung up."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
