"""A Redis server on a free port, for benchmarks and tests: `with RedisServer(folder) as server: server.url`; stop it, flush it."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError

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

    @property
    def client(self) -> Redis:
        """A client of it."""
        return Redis.from_url(self.url)

    def start(self) -> None:
        """Start it and wait until it answers. Raises NoServer."""
        program = shutil.which("redis-server")
        if program is None:
            raise NoServer("这里没有装 Redis。请先安装：sudo apt install redis-server")
        told = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*told, "--dir", str(self.folder), *self.options], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.client.ping()
                return
            except RedisError:
                time.sleep(0.05)
        raise NoServer("Redis 没有启动。")

    def cannot_save(self) -> None:
        """Let it find out that its disk is full: from then on it refuses to take anything."""
        self.client.set("something", "new")
        self.client.bgsave()
        while self.client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
