"""What surrounds every page: settings, navigation, how times and people are written, and what goes wrong."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eventsourcing.persistence import MapperDeserialisationError
from flask import Flask, abort, g, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from domain.words import LABELS
from ledger.events import RuleBroken
from ledger.store import StoreUnavailable
from ledger.views import ViewsUnavailable
from web import access, kept, logs, words
from web.accounts_sessions import OWN
from web.house import house, new_id
from web.navigation import navigation
from web.part import Part
from web.sessions import Sessions, form_token

HELD = "写的都还在：还是你来登录，就能接着送。"


def settings(app: Flask, folder: Path) -> None:
    """Settings of the application; the key that signs sessions is made once and kept beside the data."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secure = os.environ.get("HTTPS") == "1"
    app.config.update(
        SECRET_KEY=key_file(folder).read_text(),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",  # the prefix: no other host can have set it
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=OWN[1],  # the server ends a session earlier
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_options = app.jinja_options | {
        "trim_blocks": True,
        "lstrip_blocks": True,
        "cache_size": -1,  # all templates are kept
    }
    app.jinja_env.template_class = Part
    app.session_interface = Sessions()
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # no view is a coroutine, as Flask asks each time


def key_file(folder: Path, name: str = "secret") -> Path:
    """The file of the key of this name in this folder. It is there whole or not at all, whoever else starts at the same moment."""
    key, draft = folder / f"{name}.key", folder / f"{name}.{secrets.token_hex(4)}"
    if not key.exists():
        draft.touch(0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, key)
        draft.unlink()
    return key


def dress(app: Flask) -> None:
    """Everything around the pages: the door before, words and navigation within, errors in sentences."""
    app.before_request(refuse_what_no_text_holds)
    app.before_request(access.guard_door)
    app.after_request(told_before)
    app.context_processor(surroundings)
    app.jinja_env.globals.update(LABELS=LABELS, new_id=new_id, typed_by=kept.typed_by, csrf_token=form_token)
    words.register(app)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(RuleBroken, broken)
    app.register_error_handler(StoreUnavailable, unavailable)
    app.register_error_handler(ViewsUnavailable, unreadable)
    app.register_error_handler(MapperDeserialisationError, behind)


def refuse_what_no_text_holds() -> None:
    """No page has a use for the sign NUL, PostgreSQL refuses it, and nobody can type it."""
    sent = [request.args] if request.method == "GET" else [request.args, request.form]  # to look for a form costs time
    said = (part for asked in sent for pair in asked.items(multi=True) for part in pair)
    if "\0" in request.path or any("\0" in part for part in said):
        abort(400)


def told_before(response: Response) -> Response:
    """A form sent again writes nothing, whatever stands in it now: then no page may say that it did.

    Signing up and leaving say how things stand afterwards, which is as true the second time.
    """
    if (
        g.get("repeated") and "_flashes" in session and request.blueprint != "enrolments"
    ):  # where Flask keeps what `flash` was told
        kept = [(kind, said) for kind, said in session["_flashes"] if kind != "ok"]
        session["_flashes"] = [*kept, ("info", "这一份之前已经记下，没有再写一次。要再记一份，请重新打开页面。")]
    return response


def surroundings() -> dict[str, Any]:
    """What `base.html` needs beside the page's own context."""
    viewer = g.get("viewer")
    return {
        "viewer": viewer,
        "navigation": navigation(),
        "csrf_token": form_token,
        "theme": theme(),
        "is_tryout": house().is_tryout,
    }


def theme() -> str:
    """The colours that the browser's cookie asks for; app.js writes it, with the prefix where the page came by https."""
    asked = request.cookies.get("__Host-theme") or request.cookies.get("theme")
    return asked if asked in ("light", "dark") else "auto"


def refused(error: HTTPException) -> tuple[str, int]:
    """An HTTP error as a sentence."""
    code = error.code or 500
    page = code if code in (400, 403, 404, 405, 409, 413, 503) else 500 if code >= 500 else 400
    return render_template(f"errors/{page}.html"), code


def forged(_error: CSRFError) -> tuple[str, int]:
    """A form without its token: an expired session, another person's, or somebody else's page. Comes before the door."""
    access.notice_who_is_there()
    form = kept.sent()
    if form and g.viewer and form.person == g.viewer.person:
        return render_template("signin/again.html", kept=form), 400
    about: dict[str, Any] = {"message": "页面放得太久了，或者其间换了一个人登录，或者不是从本站打开的。"}
    if g.viewer is None:
        about = {
            "heading": "要先登录",
            "message": "你现在没有登录：可能在别的页里退出了，也可能登录过期了。什么都没有记下。",
            "advice": "登录以后再填一次。",
        }
        later = came_from()
        if form and house().is_tryout:
            about |= {"advice": HELD, "kept": {"person": form.person, "sealed": kept.seal(form)}}
        elif form and (held := access.where_to_go_on()) != "/":
            about["advice"], later = HELD, held
        about["sign_in"] = url_for("signin.page", next=later)
    return render_template("errors/400.html", **about), 400


def came_from() -> str:
    """The page on which a form stood, as a path; the first page where the browser says nothing sensible."""
    try:
        return urlsplit(request.referrer or "").path or "/"
    except ValueError:
        return "/"


def broken(error: RuleBroken) -> tuple[str, int]:
    """A rule that the page did not foresee refused; nothing was written."""
    return render_template("errors/409.html", message=words.sentence(error)), 409


def unavailable(error: StoreUnavailable) -> tuple[str, int]:
    """A database does not answer or could not be written; the error's own words say what to do."""
    logs.log.error("unavailable", why=str(error))
    return render_template("errors/503.html", message=str(error)), 503


def unreadable(_error: ViewsUnavailable) -> tuple[str, int, dict[str, str]]:
    """The read models cannot be read now. What this request wrote before is written, and is said to be."""
    if not g.get("written"):
        why = "页面现在读不出来（数据库正忙，或者磁盘满了）。已经记下的都在；这一次没有记下新的。"
        return render_template("errors/503.html", message=why), 503, {}
    page = render_template(
        "errors/503.html",
        heading="已经记下，页面稍后更新",
        message="送来的内容已经写进记录，只是页面现在更新不了（数据库正忙，或者磁盘满了）。",
        advice="不用再送一次。过一会儿打开原来的页面，就能看到。",
    )
    return page, 503, {"Recorded": "late"}  # app.js tells it for requests of its own


def behind(error: MapperDeserialisationError) -> tuple[str, int]:
    """The log holds an event that this program cannot read; what is shown stops before it."""
    return render_template("errors/503.html", message=str(error)), 503
