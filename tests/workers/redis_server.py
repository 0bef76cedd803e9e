"""A Redis server that tests also talk to: `with RedisServer(folder) as server: server.client`."""

from __future__ import annotations

import time

from redis import Redis

from bench import redis_server


class RedisServer(redis_server.RedisServer):
    """A server with a client."""

    @property
    def client(self) -> Redis:
        """A client of it."""
        return Redis.from_url(self.url)

    def cannot_save(self) -> None:
        """Let it find out that its disk is full: from then on it refuses to take anything."""
        self.client.set("something", "new")
        self.client.bgsave()
        while self.client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            time.sleep(0.02)
