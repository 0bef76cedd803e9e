"""A Redis server on a free port that lives as long as it is needed: `with RedisServer(folder) as server: server.url`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.throwaway import NoServer, free_port


class RedisServer:
    """Keeps nothing on disk, so that stopping it loses everything: as bad as it can be."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.port, self.options = folder, free_port(), options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Its process; only while it runs."""
        assert self._process is not None, "started"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers. Raises NoServer."""
        program = shutil.which("redis-server")
        if program is None:
            raise NoServer("这里没有装 Redis。请先安装：sudo apt install redis-server")
        told = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*told, "--dir", str(self.folder), *self.options], stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self._answers():
                return
            time.sleep(0.05)
        raise NoServer("Redis 没有启动。")

    def _answers(self) -> bool:
        """Whether it says what Redis says; only the workers know a client of it."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        """Kill it; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
