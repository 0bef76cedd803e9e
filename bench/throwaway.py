"""A PostgreSQL server that lives as long as a benchmark or a test run: on loopback, in a directory of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OWNER = "postgres"
START_SECONDS = 30


class NoServer(Exception):
    """PostgreSQL is not installed here, or does not start."""


def programs() -> Path:
    """Where initdb and postgres are. Raises NoServer."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent  # the others stand where it really is
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not debian:
        raise NoServer("这里没有装 PostgreSQL。请先安装：sudo apt install postgresql")
    return debian[-1].parent


def as_server(*command: str | Path) -> list[str]:
    """The command as a user who may run the server (root may not), ended with the process that starts it."""
    user = [f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig=INT", *user, *(str(part) for part in command)]


@contextmanager
def server(*, durable: bool, initdb: tuple[str, ...] = ("--locale=C.UTF-8",), **settings: str) -> Iterator[str]:
    """Make a cluster, start it and yield the address of its superuser; stop and delete it afterwards.

    `durable`: every commit reaches the disk, as in real life. Raises NoServer.
    """
    where = os.environ.get("TMPDIR") if not durable else None
    with tempfile.TemporaryDirectory(prefix="liandong-pg-", dir=where, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(OWNER).pw_uid, -1)
        bin_directory, data, port = programs(), folder / "data", free_port()
        run(
            as_server(bin_directory / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "-N", *initdb),
            folder,
        )
        own = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        if not durable:
            own |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [f"-c{name}={value}" for name, value in (own | settings).items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                as_server(bin_directory / "postgres", "-D", data, *options), cwd=folder, stdout=log, stderr=log
            )
        url = f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
        try:
            wait_until_ready(url, process, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            process.wait(START_SECONDS)


def run(command: list[str], folder: Path) -> None:
    """Run a command to its end. Raises NoServer with what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoServer(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers. Raises NoServer."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoServer(f"PostgreSQL 没有启动：{log.read_text()}")


def postmaster(superuser: str) -> int:
    """The process from which all others of this server come."""
    with psycopg.connect(superuser) as connection:
        return parent_of(connection.info.backend_pid)


def stat_of(pid: int) -> list[str]:
    """What the kernel tells of a process, behind its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return int(stat_of(pid)[1])


def create_database(server: str, name: str) -> str:
    """A new and empty database of this server, instead of one that may be there; its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server.rpartition('/')[0]}/{name}"


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
