"""Mail through the server that `SMTP_URL` names: `smtp://user:password@host:587`, or `smtps://…:465`; sender `MAIL_FROM`.

A mail has the same Message-ID however often it is tried: where a server took it and its answer was lost, the second one
is known for a copy of the first.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from urllib.parse import unquote, urlsplit

from domain.contacts import is_address
from workers.letters import Letter, as_html, as_text

SECONDS = 20
NOT_SET = "没有设置发信的邮箱服务器（SMTP_URL）：到期的信都记着，没有寄出。"


class WrongChannel(Exception):
    """`SMTP_URL` or `MAIL_FROM` cannot be understood; the sentence says what to do."""


class ChannelDown(Exception):
    """The server cannot be reached or does not let us in: nothing can be sent now."""


class Refused(Exception):
    """The server does not take this mail, today (`is_final` False) or ever."""

    def __init__(self, why: str, *, is_final: bool) -> None:
        self.is_final = is_final
        super().__init__(why)


@dataclass(frozen=True)
class Channel:
    """A mail server and who writes. `link` is the address of this site, without a slash at its end."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    is_tls: bool = False
    link: str = ""

    @classmethod
    def of_environment(cls) -> Channel | None:
        """The channel that the settings name, None where there is none. Raises WrongChannel."""
        url = os.environ.get("SMTP_URL")
        if not url:
            return None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("smtp", "smtps"):
            raise WrongChannel("SMTP_URL 写得不对：应当像 smtp://用户:密码@主机:587，或 smtps://…:465。")
        sender = os.environ.get("MAIL_FROM", "")
        if not is_address(parseaddr(sender)[1]):
            raise WrongChannel("设了 SMTP_URL，还要在 MAIL_FROM 里写明发信的邮箱，例如 联动 <liandong@example.org>。")
        return cls(
            host=host,
            port=port or (465 if parts.scheme == "smtps" else 587),
            sender=sender,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls=parts.scheme == "smtps",
            link=os.environ.get("PUBLIC_URL", "").rstrip("/"),
        )

    def __str__(self) -> str:
        return f"{self.sender}，经 {self.host}:{self.port}"


def compose(letter: Letter, key: str, sender: str, address: str, now: datetime) -> EmailMessage:
    """The mail: text first, the same as a page beside it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, address, letter.subject
    mail["Date"], mail["Message-ID"] = format_datetime(now), message_id(key, sender, address)
    mail["Auto-Submitted"], mail["Content-Language"] = "auto-generated", letter.tongue.code
    mail.set_content(as_text(letter))
    mail.add_alternative(as_html(letter), subtype="html")
    return mail


def message_id(key: str, sender: str, address: str) -> str:
    """The same for the same thing that was due, and for nothing else that this sender ever sends."""
    mark = hashlib.sha256(f"{sender} {address}".encode()).hexdigest()[:16]
    return f"<{key}.{mark}@{parseaddr(sender)[1].rpartition('@')[2]}>"


class Session:
    """A conversation with the server, opened with the first mail: `with Session(channel) as session: session.send(mail)`."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()

    def send(self, mail: EmailMessage) -> None:
        """Hand the mail over. Raises ChannelDown, Refused."""
        address = str(mail["To"])
        try:
            if self._server is None:
                self._server = self._open()
            self._server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise Refused(said(code, words, address), is_final=code >= 500) from refused
        except smtplib.SMTPDataError as refused:
            raise Refused(
                said(refused.smtp_code, refused.smtp_error, address), is_final=refused.smtp_code >= 500
            ) from refused
        except smtplib.SMTPResponseException as refused:
            raise ChannelDown(said(refused.smtp_code, refused.smtp_error, address)) from refused
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(
                f"{self.channel.host}:{self.channel.port} {str(error) or type(error).__name__}"
            ) from error

    def _open(self) -> smtplib.SMTP:
        """Connect, encrypt where the server can, sign in. A password never travels in the open beyond this machine."""
        host, port, safe = self.channel.host, self.channel.port, ssl.create_default_context()
        if self.channel.is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=safe)
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=safe)
                server.ehlo()
            elif self.channel.user and not is_this_machine(host):
                server.close()
                raise ChannelDown(
                    f"{host}:{port} 不能加密，密码不会明着送过去。请改用 smtps:// 或支持 STARTTLS 的服务器。"
                )
        if self.channel.user:
            server.login(self.channel.user, self.channel.password)
        return server


def is_this_machine(host: str) -> bool:
    """Whether a name or address cannot be anywhere else."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def said(code: int, words: bytes | str, address: str) -> str:
    """What the server said, without the address, which is nobody's business who reads the list of failures."""
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {text}".replace(address, "…")[:200]
