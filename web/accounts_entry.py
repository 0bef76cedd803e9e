"""Becoming somebody: from a proof (a password, a link, a code) to a session, and what is written down about it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from flask import current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from domain.accounts import EndSessions, Factor, Means, NoteFailure, NoteSignIn, Step
from ledger.events import Act, Command, RuleBroken
from ledger.log import Ledger
from ledger.views import ViewsUnavailable
from projections import people
from web import access
from web import accounts_codes as codes
from web import accounts_sessions as sessions
from web.accounts_store import accounts
from web.house import house, new_id, now, reader
from web.writing import acting_for, need_right, show, write

SYSTEM = "system"
AGENTS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"), ("Android", "安卓"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def begin(
    person: str, means: Means, second: Factor | None = None, provider: str | None = None, wanted: str = ""
) -> Response | None:
    """Sign somebody in and send them on; where a second factor is owed, to that first. None: their file was merged away.

    `provider`: the organisation by whose provider. `wanted`: where they go on, as the request says where it is empty; to what
    they had typed before their session ended, where neither says anything.
    """
    wanted = wanted or local_path()
    if wanted == "/" and access.FORM in session:
        wanted = url_for("signin_real.kept_form")
    if not become(person, means, second, provider):
        return None
    if g.half is None:
        return remember(person, redirect(onward(wanted), 303))
    return redirect(url_for("signin_second.page", next=wanted), 303)


def become(person: str, means: Means, second: Factor | None = None, provider: str | None = None) -> bool:
    """Open a session, new whatever the browser held before, and be somebody from now on: `g.viewer`, or `g.half` where a
    second factor is owed. False: their file was merged away.
    """
    viewer = access.load_viewer(person)
    found = accounts().find(person)
    if viewer is None or found is None:
        return False
    if g.half is not None and means == "provider":
        provider = provider or session.get(access.PROVIDER)
    owes = second is None and access.owes_second(viewer, found.totp is not None)
    if not owes:
        is_new = means != "link" and known_device(person) is None  # whoever used a link is told of the new password
        note(NoteSignIn(person, means, second, provider, is_new))
    end_session()
    is_short = viewer.holds_office or means == "provider" or provider is not None
    lasts = sessions.HALF if owes else sessions.OFFICE if is_short else sessions.OWN
    token = sessions.start(accounts(), person, now(), means=means, lasts=lasts, second=second, agent=agent())
    kept = {access.FORM: session.get(access.FORM), access.PROVIDER: provider}
    session.clear()
    session["token"] = token
    session.update({name: value for name, value in kept.items() if value})
    session.permanent = True
    access.notice_who_is_there()
    return True


def onward(wanted: str) -> str:
    """Where whoever is signed in goes on: to `wanted`, by way of recovery codes that they have not written down yet."""
    has_codes = codes.waiting(accounts(), g.viewer.person, now()) is not None
    return url_for("accounts.codes_page", next=wanted) if has_codes else wanted


def renew() -> None:
    """Another token for the session of this browser: what one signs in with has changed."""
    session["token"] = sessions.renew(accounts(), g.login.person, g.login.id)


def remember(person: str, response: Response) -> Response:
    """Give the device a cookie by which it is known when the person signs in again."""
    token = sessions.remember_device(accounts(), person, request.cookies.get(device_cookie()), now())
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        device_cookie(), token, max_age=sessions.DEVICE, secure=secure, httponly=True, samesite="Lax"
    )  # fmt: skip
    return response


def device_cookie() -> str:
    """The cookie's name; behind HTTPS browsers make sure that nobody but this host set it."""
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def known_device(person: str) -> str | None:
    """The cookie of this device, where it signed that person in before."""
    cookie = request.cookies.get(device_cookie())
    return cookie if cookie and sessions.is_known_device(accounts(), person, cookie, now()) else None


def end_session(*, told: bool = False) -> None:
    """End the session of this browser; `told`: because the person said so."""
    if g.login is None:
        return
    if told and g.viewer is not None:
        note(EndSessions(g.login.person, "left"))
    sessions.end(accounts(), g.login.person, g.login.id)


def note(command: Command, person: str | None = None, actor: str | None = None, reason: str | None = None) -> int:
    """Write down what happens to somebody's account, for their organisation; by themselves unless `actor` says who.

    Its position. What was written down is then done, even where the pages cannot show it yet; they are waited for once the lock
    of the accounts is free. Raises RuleBroken, StoreUnavailable.
    """
    outcome = write(command, circumstances(command, person, actor, reason))
    g.setdefault("noted", []).append(outcome)
    accounts().once_free(show_noted)
    return outcome.position


def show_noted() -> None:
    """Wait until the pages show all that was noted and not yet waited for, if they can."""
    if noted := g.pop("noted", []):
        with suppress(ViewsUnavailable):
            show(*noted)


def circumstances(
    command: Command, person: str | None = None, actor: str | None = None, reason: str | None = None
) -> Act:
    """Who does it and for which organisation."""
    whose = person or str(getattr(command, "person", ""))
    found = people.find(reader(), whose)
    by_staff = actor is not None and g.viewer is not None and actor == g.viewer.person
    organisation = acting_for() if by_staff else found.organisation if found else None
    return Act(new_id("c"), actor or whose, now(), organisation, reason=reason)


def note_failure(person: str, step: Step, response: Response) -> Response:
    """Write a failure down once nobody waits for it."""
    return note_later(NoteFailure(person, step), response)


def note_later(command: Command, response: Response, *, is_true: bool = True) -> Response:
    """Write down after the answer is on its way: how long it takes tells nobody that there is such an account.

    Where there is none (`is_true` False), everything up to writing is done all the same.
    """
    act = circumstances(command, actor=SYSTEM)
    need_right(command, act)
    if is_true:
        response.call_on_close(partial(write_unread, house().ledger, command, act))
    return response


def write_unread(ledger: Ledger, command: Command, act: Act) -> None:
    """Write down when nobody is there any more to read a refusal."""
    with suppress(RuleBroken):
        ledger.execute(command, act)


def agent() -> str:
    """The browser in a few words, `Chrome · Windows`; not more of it is kept."""
    told = request.headers.get("User-Agent", "")
    words = [next((word for mark, word in marks if mark in told), "") for marks in (AGENTS, SYSTEMS)]
    return " · ".join(word for word in words if word) or "不明的浏览器"


def keep_nowhere(response: Response) -> Response:
    """Names, links and secrets stand on the pages of accounts, whoever opens them: no browser or proxy keeps one."""
    response.headers["Cache-Control"] = "no-store"
    return response


def local_path() -> str:
    """Where to go afterwards: a path of this site, never another site."""
    wanted = request.values.get("next", "/")
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local else "/"
