"""The address of a database: what was given (a URL, a path, nothing) as SQLAlchemy knows it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

Where = str | Path | None
"""A URL, the path of an SQLite file, or None: in memory."""


class WrongAddress(Exception):
    """The address of a database cannot be understood."""


def address(where: Where) -> URL:
    """The address as SQLAlchemy knows it. Raises WrongAddress."""
    if where is None:
        return URL.create("sqlite")
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
        if url.get_backend_name() in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() == "sqlite":
            return url
    except (ArgumentError, ValueError):
        pass
    raise WrongAddress(
        "DATABASE_URL 写得不对：应当像 postgresql://用户:密码@主机:5432/库名。不用 PostgreSQL 就去掉它，数据放在 DATA_DIR。"
    )
