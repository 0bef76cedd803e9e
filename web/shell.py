"""What surrounds every page: settings, headers, navigation, how times and people are written, and what goes wrong."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eventsourcing.persistence import MapperDeserialisationError
from flask import Flask, current_app, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from domain.words import LABELS
from ledger.events import RuleBroken
from ledger.store import StoreUnavailable
from web import access, words
from web.accounts_sessions import OWN
from web.house import house, new_id

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Door:
    """One entry of the navigation."""

    label: str
    icon: str
    endpoint: str
    who: access.Who
    rooms: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        """Whether this page belongs to it."""
        return request.blueprint in self.rooms


class Part(Template):
    """A template whose macros see the environment's globals only, so that a page imports them without making them anew."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


DOORS = (
    Door("活动", "cal", "activities.index", "everybody", ("activities", "planning", "slots", "rosters")),
    Door("我的记录", "book", "enrolments.mine", "signed_in", ("enrolments",)),
    Door("时长", "clock", "hours.index", "staff", ("hours",)),
    Door("探访", "phone", "visits.index", "staff", ("visits",)),
    Door("人员", "people", "people.index", "staff", ("people",)),
    Door("月报", "chart", "months.latest", "reviewer", ("months",)),
    Door("记录", "list", "audit.index", "reviewer", ("audit",)),
)


def settings(app: Flask, folder: Path) -> None:
    """Settings of the application; the key that signs sessions is made once and kept beside the data."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secure = os.environ.get("HTTPS") == "1"
    app.config.update(
        SECRET_KEY=secret_key(folder),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",  # the prefix: no other host can have set it
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=OWN[1],  # the server ends a session earlier
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.template_class = Part


def secret_key(folder: Path, name: str = "secret") -> str:
    """The key of this name kept in this folder. It is there whole or not at all, whoever else starts at the same moment."""
    key, draft = folder / f"{name}.key", folder / f"{name}.{secrets.token_hex(4)}"
    if not key.exists():
        draft.touch(0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, key)
        draft.unlink()
    return key.read_text()


def dress(app: Flask) -> None:
    """Everything around the pages: the door before, headers after, words and navigation within, errors in sentences."""
    app.before_request(access.guard_door)
    app.after_request(headers)
    app.context_processor(surroundings)
    app.jinja_env.globals.update(LABELS=LABELS, new_id=new_id)
    words.register(app)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(RuleBroken, broken)
    app.register_error_handler(StoreUnavailable, unavailable)
    app.register_error_handler(MapperDeserialisationError, behind)


def headers(response: Response) -> Response:
    """Security headers; personal pages are kept nowhere."""
    response.headers.extend(HEADERS)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" and g.get("viewer") is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def surroundings() -> dict[str, Any]:
    """What `base.html` needs beside the page's own context."""
    viewer = g.get("viewer")
    doors = [door for door in DOORS if door.who == "everybody" or (viewer is not None and viewer.may(door.who))]
    return {
        "viewer": viewer,
        "nav": doors,
        "theme": request.cookies.get("theme") if request.cookies.get("theme") in ("light", "dark") else "auto",
        "sign_in_url": url_for("signin.page"),
        "sign_out_url": url_for("signin.leave") if viewer else None,
        "is_tryout": house().is_tryout,
    }


def refused(error: HTTPException) -> tuple[str, int]:
    """An HTTP error as a sentence."""
    code = error.code or 500
    page = code if code in (400, 403, 404, 405, 409, 413, 503) else 500 if code >= 500 else 400
    return render_template(f"errors/{page}.html"), code


def forged(_error: CSRFError) -> tuple[str, int]:
    """A form without its token: an expired session, another person's, or somebody else's page. Comes before the door."""
    access.notice_who_is_there()
    if g.viewer is None:
        message = "你现在没有登录：可能在别的页里退出了，也可能登录过期了。"
        advice = "登录以后再填一次。这一次什么都没有记下。"
        sign_in = url_for("signin.page", next=urlsplit(request.referrer or "/").path)
    else:
        message, advice, sign_in = "页面放得太久了，或者其间换了一个人登录，或者不是从本站打开的。", None, None
    return render_template("errors/400.html", message=message, advice=advice, sign_in=sign_in), 400


def broken(error: RuleBroken) -> tuple[str, int]:
    """A rule that the page did not foresee refused; nothing was written."""
    return render_template("errors/409.html", message=words.sentence(error)), 409


def unavailable(_error: StoreUnavailable) -> tuple[str, int]:
    """The log could not be written; nothing was."""
    return render_template(
        "errors/503.html", message="数据库现在写不进去（磁盘满了，或者正忙）。什么都没有写下，请稍后再试。"
    ), 503


def behind(error: MapperDeserialisationError) -> tuple[str, int]:
    """The log holds an event that this program cannot read; what is shown stops before it."""
    return render_template("errors/503.html", message=str(error)), 503
