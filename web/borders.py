"""The border to browsers: which hosts and sites may speak to us, how much is taken, and what every answer carries.

Follows OWASP ASVS 5.0 V3.3 to V3.5; docs/security.md says what each part is against.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import SecurityError
from werkzeug.wrappers import Response

MEBIBYTE = 1024 * 1024
YEARS = 2 * 365 * 86_400
"""How long browsers insist on https, in seconds."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
LOOPBACK = ("localhost", "127.0.0.1", "::1")
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",  # the QR code of an app is an image in the page
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
UNUSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "midi",
    "payment",
    "usb",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(app: Flask) -> None:
    """Look at every request before anything else does, and dress every answer."""
    app.config.update(
        TRUSTED_HOSTS=hosts(),
        MAX_CONTENT_LENGTH=MEBIBYTE,  # no form takes files; the longest is a roster of some thousand lines
        MAX_FORM_MEMORY_SIZE=MEBIBYTE // 2,  # of one field, where a form comes in parts
        MAX_FORM_PARTS=1000,
    )
    app.before_request(refuse_other_hosts)
    app.before_request(refuse_other_sites)
    app.after_request(headers)


def hosts() -> list[str] | None:
    """The names under which one may call us: that of `PUBLIC_URL`, those of `ALLOWED_HOSTS` (commas between), this machine's.

    None where neither is set: then any name will do, as for whoever tries it out.
    """
    public = urlsplit(os.environ.get("PUBLIC_URL", "")).hostname
    more = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    named = [name for name in (public, *more) if name]
    return [*named, *LOOPBACK] if named else None


def refuse_other_hosts() -> tuple[str, int, dict[str, str]] | None:
    """A request under a name that is not ours: no page is drawn, because its links would lead there."""
    if not isinstance(request.routing_exception, SecurityError):
        return None
    return "这个网址不是本站的。请用本站自己的网址打开。\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def refuse_other_sites() -> None:
    """A form that a browser sends from another site, whatever token it brings. Raises CSRFError.

    Browsers say where a request comes from in Sec-Fetch-Site, older ones and those without https in Origin; programs say
    neither, and have no cookies that somebody could abuse.
    """
    if request.method in SAFE or request.routing_exception is not None:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_ours = site in ("same-origin", "none") if site else origin is None or origin.partition("://")[2] == request.host
    if not is_ours:
        raise CSRFError("sent from another site")


def headers(response: Response) -> Response:
    """Security headers; personal pages are kept nowhere, nor what answers a form: what was typed may stand in it again."""
    for name, value in HEADERS.items():
        response.headers.add(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={YEARS}; includeSubDomains"
    if request.endpoint != "static" and (g.get("viewer") is not None or request.method not in SAFE):
        response.headers["Cache-Control"] = "no-store"
    return response
