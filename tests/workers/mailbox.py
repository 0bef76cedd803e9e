"""A mail server that keeps what it gets, for tests: `with Mailbox() as box: …; box.mails`."""

from __future__ import annotations

import email
from collections.abc import Collection
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

from bench.throwaway import free_port
from workers.mail import Channel


class Mailbox:
    """Takes mail on a free port. `refused`: the answer to each address that it refuses."""

    def __init__(self, refused: dict[str, str] | None = None) -> None:
        self.refused = refused or {}
        self.mails: list[EmailMessage] = []
        self._controller: Any = None
        self.port = free_port()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Take the address or refuse it."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def __enter__(self) -> Mailbox:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def channel(self) -> Channel:
        """The way to it."""
        return Channel("127.0.0.1", self.port, "联动 <liandong@example.org>", link="https://liandong.example.org")

    @property
    def subjects(self) -> list[str]:
        """What came, in order."""
        return [str(mail["Subject"]) for mail in self.mails]

    @property
    def ids(self) -> Collection[str]:
        """The Message-IDs, each as often as it came."""
        return [str(mail["Message-ID"]) for mail in self.mails]
