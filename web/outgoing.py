"""Requests that leave the house: to addresses that somebody typed, so with care about where they really go.

HTTPS with a certificate that holds, no redirects, few bytes and seconds; never to this machine, and into private networks only
where whoever runs the house says so. The address that was looked at is the one that is connected to.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

SECONDS = 5
LONGEST = 10
"""Seconds for each step, and for all of them together."""
MOST = 256 * 1024
"""Bytes of an answer that are read."""


class Unreachable(Exception):
    """Nobody answers there, or not over an encrypted connection that can be trusted."""


class NotThere(Exception):
    """An address that is never asked; its text is a sentence for whoever typed it."""


class Answer(NamedTuple):
    """The status, and the object in the body; empty where it is none."""

    status: int
    body: dict[str, Any]


class Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, with the name for the certificate."""

    def __init__(self, host: str, port: int, address: str, safe: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address, self._safe = address, safe

    def connect(self) -> None:
        """Connect, and encrypt."""
        plain = socket.create_connection((self._address, self.port), SECONDS)
        try:
            self.sock = self._safe.wrap_socket(plain, server_hostname=self.host) if self._safe else plain
        except BaseException:
            plain.close()
            raise


@dataclass(frozen=True)
class Outside:
    """`Outside().ask(url)`. `private`: also into private networks; `loopback`: for tests, without HTTPS on this machine."""

    private: bool = False
    loopback: bool = False

    def ask(self, url: str, *, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, or POST a body. Raises Unreachable, NotThere."""
        parts = self.check(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        safe = ssl.create_default_context() if parts.scheme == "https" else None
        connection = Pinned(host, port, self.address(host, port), safe)
        try:
            connection.request(
                "GET" if body is None else "POST",
                path,
                body.encode() if body is not None else None,
                {"Accept": "application/json", "User-Agent": "Liandong", **(headers or {})},
            )
            response = connection.getresponse()
            return Answer(response.status, decoded(read(response)))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(type(error).__name__) from error
        finally:
            connection.close()

    def check(self, url: str) -> Any:
        """The parts of an address that may be asked. Raises NotThere."""
        try:
            parts = urlsplit(url)
            is_plain = parts.port is None or parts.port > 0
        except ValueError:
            raise NotThere("这个地址看不懂。") from None
        is_safe = parts.scheme == "https" or (self.loopback and parts.scheme == "http")
        if not is_safe or not parts.hostname or not is_plain or parts.username or parts.fragment:
            raise NotThere("地址要以 https:// 开头，里面不能有用户名和 #。")
        if not url.isascii() or not url.isprintable() or " " in url:
            raise NotThere("地址里不能有空格和中文。")
        return parts

    def address(self, host: str, port: int) -> str:
        """The first address of a host, once all of them may be asked. Raises Unreachable, NotThere."""
        try:
            found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            raise Unreachable(type(error).__name__) from error
        if not found or not all(self.is_open(one) for one in found):
            raise NotThere(
                "这个地址在内部网络里，这里不去那里。单位的统一登录确实在内网的，请运行联动的人设置 SIGN_ON_PRIVATE=1。"
            )
        return found[0]

    def is_open(self, text: str) -> bool:
        """Whether an address may be asked: the world's, a private network's where that is allowed, never special ones."""
        address = ip_address(text.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback:
            return self.loopback
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        return address.is_global or self.private


def read(response: http.client.HTTPResponse) -> bytes:
    """The body. Raises ValueError where it is too long or takes too long."""
    until, found = time.monotonic() + LONGEST, b""
    while part := response.read1(16_384):
        found += part
        if len(found) > MOST or time.monotonic() > until:
            raise ValueError("too much")
    return found


def decoded(body: bytes) -> dict[str, Any]:
    """The JSON object; nothing where it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
