"""Where the tests keep data: a folder of its own, or a fresh database on a PostgreSQL server that lives as long as the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import copytree

import psycopg

from bench.throwaway import OWNER, server
from ledger.place import Place
from ledger.preparing import prepare

ENGINES = ("sqlite", "postgresql")
APPLICATION = "liandong"
_numbers = count(1)


def owned(server: str, name: str) -> str:
    """The address of a database of this server, for its owner."""
    return f"{server.rpartition('/')[0]}/{name}"


def used(server: str, name: str) -> str:
    """The address of a database of this server, for the application."""
    return owned(server, name).replace(f"//{OWNER}@", f"//{APPLICATION}:nobody-knows@", 1)


@contextmanager
def cluster(**settings: str) -> Iterator[str]:
    """A server with a prepared database named `template`. It sorts Chinese by pinyin, so that nobody relies on bytes."""
    chinese = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-CN")
    with server(durable=False, initdb=chinese, max_connections="200", **settings) as url:
        prepare(owned(url, "template"), used(url, "template"))
        yield url


def create(server: str, template: str = "template") -> str:
    """Make a copy of a database, by default of one without events; its name."""
    name = f"test{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return name


@contextmanager
def fresh(server: str, template: str = "template") -> Iterator[str]:
    """A copy of a database for a while; its name."""
    name = create(server, template)
    try:
        yield name
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def copy_of(original: Place, folder: Path, server: Callable[[], str]) -> Iterator[Place]:
    """A place with the same data, which nobody has open."""
    copytree(original.folder, folder, dirs_exist_ok=True)
    if original.url is None:
        yield Place(folder)
        return
    with fresh(server(), original.url.rpartition("/")[2]) as name:
        yield Place(folder, used(server(), name))
