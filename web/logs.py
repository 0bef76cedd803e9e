"""What the operator reads: one line a request and a request's troubles, without names, addresses or what anybody typed.

`LOG_FORMAT=json` (a JSON object a line) or `text`; everything goes to the standard error.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import time
import traceback
from typing import Any

import msgspec
import structlog
from flask import Flask, g, got_request_exception, request, request_finished, request_started
from werkzeug.wrappers import Response

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""A request id that a proxy gave is kept when it looks like one."""
REFUSED = frozenset({400, 403, 404, 405, 413, 429})
log = structlog.stdlib.get_logger()
Line = structlog.typing.EventDict


def configure(wanted: str) -> None:
    """Write lines as `json` or `text`, our own and those of the libraries beneath."""
    is_text = wanted == "text"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("%H:%M:%S" if is_text else "iso", utc=not is_text, key="at"),
            plain if is_text else encoded,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.BytesLogger(sys.stderr.buffer),
    )
    logging.basicConfig(handlers=[Through()], level=logging.WARNING, force=True)


def encoded(_logger: Any, _method: str, line: Line) -> bytes:
    """A line for machines, what happened first."""
    return msgspec.json.encode({name: line.pop(name) for name in ("at", "level", "event")} | dict(line))


def plain(_logger: Any, _method: str, line: Line) -> bytes:
    """A line for eyes: the time, what happened, then the rest as it comes; where it went wrong below."""
    where = line.pop("where", ())
    first = f"{line.pop('at')} {line.pop('level')} {line.pop('event')}"
    rest = " ".join(f"{name}={value}" for name, value in line.items())
    return "\n".join(visible(part) for part in (f"{first} {rest}", *where)).encode()


def visible(text: str) -> str:
    """The text on one line: what would begin another one, or turn the direction of reading, is written as its number."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


class Through(logging.Handler):
    """Hands on what libraries log. With an exception only the sentence's form is kept: what fills it may be a path."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        words = str(record.msg) if error else record.getMessage()
        log.log(record.levelno, words, source=record.name, **(trouble(error) if error else {}))


def trouble(error: BaseException) -> dict[str, Any]:
    """What an exception says without what it holds: its kind and where it arose. Its own words may quote an event."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 5:
        chain.append(cause)
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": " ← ".join(f"{type(one).__module__}.{type(one).__qualname__}" for one in chain),
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}" for frame in frames],
    }


def install(app: Flask, usual: str = "json") -> None:
    """Log the requests of this application, as `LOG_FORMAT` says; call once in each process that serves."""
    configure(os.environ.get("LOG_FORMAT") or usual)
    app.logger.disabled = True  # Flask's own line names the path, and the exception's words
    request_started.connect(begin, app)
    request_finished.connect(finish, app)
    got_request_exception.connect(fail, app)


def begin(_app: Flask, **_: Any) -> None:
    """Take the time, and the request's id: the proxy's, else a new one."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def finish(_app: Flask, response: Response, **_: Any) -> None:
    """The line of a request, and its id in the answer. Static files are the proxy's to log."""
    response.headers[HEADER] = g.request_id
    if request.endpoint == "static":
        return
    log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint or "",
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
        role=role(),
        **who(response.status_code),
    )


def role() -> str:
    """The roles of whoever asks, never who they are."""
    viewer = g.get("viewer")
    return "+".join(sorted({role for role, _ in viewer.roles})) or "none" if viewer else "nobody"


def who(status: int) -> dict[str, str]:
    """Whom a request was refused, by their number: whoever tries doors can be found, everybody else's way is not kept."""
    viewer = g.get("viewer")
    return {"who": viewer.person} if viewer and status in REFUSED else {}


def fail(_app: Flask, exception: BaseException, **_: Any) -> None:
    """A page broke."""
    log.error("broken", endpoint=request.endpoint or "", **trouble(exception))
