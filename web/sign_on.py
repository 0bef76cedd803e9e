"""Signing in by an organisation's own provider (OpenID Connect): off to it, and back with what it says of somebody.

An account there opens an account here only once its owner linked the two: by an invitation, or while signed in (`linking.py`).
Where the organisation named its mail domains, an address that the provider has checked also lets in whoever of that very
organisation has no account yet. Nobody's existing account is taken over by an address.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from flask import Blueprint, abort, current_app, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from domain.accounts import ChangeFactor, OpenAccount
from web import accounts_limits as limits
from web import accounts_providers as providers
from web import logs, oidc
from web.accounts import Answer, account_page
from web.accounts_entry import begin, keep_nowhere, local_path, note
from web.accounts_providers import Provider
from web.accounts_secrets import new_token
from web.accounts_store import accounts, seconds
from web.house import now
from web.id_tokens import Client, Failed, Step
from web.provider_choice import name_of
from web.signin import MERGED, form
from web.vouching import invited, is_allowed, is_enough, known_by_mail, may_open, second_of

blueprint = Blueprint("sign_on", __name__)
blueprint.after_request(keep_nowhere)
WAITING = "sign_on"
"""Where the session keeps what was started, sealed."""
LASTS = 600
"""Seconds that one may be away at the provider."""
SENTENCES = {
    "unreachable": ("{name}的统一登录现在连不上。请用别的方式登录，或者过一会儿再试。", 503),
    "wrong_client": ("{name}的统一登录不认这里登记的客户端编号或密钥。请告诉管理员，先用别的方式登录。", 502),
    "wrong_answer": ("{name}的统一登录的回答不对，没有让你登录。请告诉管理员，先用别的方式登录。", 502),
    "clock": ("{name}的时钟和这里差了两分钟以上，没有让你登录。请告诉管理员对一对时间，先用别的方式登录。", 502),
    "stale": ("这一次登录已经用过，或者等得太久了。请再来一次。", 400),
    "lost": ("这一次登录不是从这个浏览器开始的，或者离开了十分钟以上。请再来一次。", 400),
    "cancelled": ("你在{name}那边取消了。", 200),
    "domain": ("你在{name}的邮箱没有核实过，或者不在管理员允许的范围里。请用别的方式登录。", 403),
    "stranger": (
        "{name}认得你，但是这里还没有账号连着它。已经有账号的，先用原来的方式登录，在“我的账号”里连上；"
        "还没有的，请你的社工发一个登录链接，打开以后选“用{name}登录”。",
        403,
    ),
    "by_mail": (
        "{name}的账号当初只凭邮箱、或在升级以前和这里连上，现在的角色不能再用它登录。请向能给这个角色的管理员要一个登录链接，设了密码进来，"
        "再在“我的账号”里断开、重连一次。",
        403,
    ),
    "too_old": ("你在{name}那边登录是一天以前的事了。请先在那边退出，再来一次。", 403),
    "taken": ("{name}的这个账号已经连着这里的另一个人。", 409),
    "too_often": ("从这个网络登录的次数太多了，请过一刻钟再试，或者用别的方式登录。", 429),
}
"""What did not work, to be read by whoever wanted to sign in, and its status; other ways to sign in stay on the page."""
BY_PERSON = ("access_denied", "login_required", "consent_required", "interaction_required")


class Waiting(NamedTuple):
    """What was started: where, with which secrets, when, what comes after, and who links (`person`) or is invited."""

    organisation: str
    state: str
    nonce: str
    verifier: str
    made: int
    next: str
    person: str
    invitation: str

    @property
    def step(self) -> Step:
        """What the protocol needs of it."""
        return Step(self.state, self.nonce, self.verifier)


def speaking() -> oidc.Providers:
    """What speaks with providers."""
    found: oidc.Providers = current_app.extensions["providers"]
    return found


def provider_of(organisation: str) -> Provider:
    """The provider of an organisation. Aborts with 404."""
    found = providers.find(accounts(), organisation)
    if found is None:
        abort(404)
    return found


def client_of(found: Provider) -> Client:
    """How that provider knows us."""
    back_here = url_for("sign_on.back", organisation=found.organisation, _external=True)
    return Client(found.client, found.secret, back_here)


def set_off(found: Provider, *, person: str = "", invitation: str = "") -> str:
    """Remember what is started; the address at the provider. Raises Failed."""
    metadata = speaking().metadata(found.issuer, seconds(now()))
    after = local_path()
    waiting = Waiting(
        found.organisation, new_token(), new_token(), new_token(), seconds(now()),
        after if len(after) <= 500 else "/", person, invitation,
    )  # fmt: skip
    session[WAITING] = accounts().keys.seal("sign on", json.dumps(waiting)).hex()
    return speaking().leave(metadata, client_of(found), waiting.step)


def taken_up(organisation: str) -> Waiting | None:
    """What was started in this browser and comes back now, once; None where it is not that."""
    try:
        told = accounts().keys.unseal("sign on", bytes.fromhex(session.pop(WAITING, "")))
    except (InvalidTag, ValueError):
        return None
    waiting, at = Waiting(*json.loads(told)), seconds(now())
    is_it = waiting.organisation == organisation and waiting.state == request.args.get("state")
    if not is_it or not 0 <= at - waiting.made < LASTS:
        return None
    return waiting if accounts().first_time(waiting.state, at, waiting.made + LASTS) else None


@blueprint.get("/sign-in/provider/<organisation>")
def start(organisation: str) -> Answer:
    """Off to the provider; with the token of an invitation, to link the account that it opens. Whoever another site led here
    presses the button first: nobody is signed in who did not ask for it.
    """
    found = provider_of(organisation)
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return redirect(url_for("signin.page", next=local_path()), 303)
    try:
        return redirect(set_off(found, invitation=request.args.get("invitation", "")[:100]), 303)
    except Failed as failed:
        return refused(found, failed)


@blueprint.get("/sign-in/provider/<organisation>/back")
def back(organisation: str) -> Answer:
    """Back from the provider: who that is there, and who it is here."""
    found = provider_of(organisation)
    waiting = taken_up(organisation)
    if waiting is None:
        return refused(found, Failed("lost"))
    wanted = [limits.providers(accounts(), request.remote_addr)]
    if limits.take(accounts(), wanted, now()):
        return refused(found, Failed("too_often"))
    try:
        claims = told(found, waiting)
        if not is_allowed(found, claims):
            raise Failed("domain")
        limits.give_back(accounts(), wanted)
        return arrive(found, waiting, claims)
    except Failed as failed:
        return refused(found, failed, waiting)


def told(found: Provider, waiting: Waiting) -> dict[str, Any]:
    """What the provider says of whoever comes back. Raises Failed."""
    metadata = speaking().metadata(found.issuer, seconds(now()))
    said = request.args.get("iss")
    if said != metadata.issuer and (said is not None or metadata.says_issuer):
        raise Failed("wrong_answer", "iss")
    if error := request.args.get("error"):
        why = "cancelled" if error in BY_PERSON else "wrong_answer"
        raise Failed("unreachable" if error in ("server_error", "temporarily_unavailable") else why, "error")
    if not (code := request.args.get("code")):
        raise Failed("wrong_answer", "no code")
    return speaking().come_back(metadata, client_of(found), waiting.step, code, now())


def arrive(found: Provider, waiting: Waiting, claims: dict[str, Any]) -> Answer:
    """Sign in whoever it is here, or link the two accounts. Raises Failed."""
    subject = claims["sub"]
    person = providers.owner(accounts(), found, subject)
    if waiting.person:
        return link_own(found, waiting.person, subject)
    if person is None:
        person = invited(waiting.invitation) if waiting.invitation else known_by_mail(found, claims)
        if person is None:
            raise Failed("stranger")
        open_account(found, person, subject, waiting.invitation)
    if not is_enough(found, person, subject):
        raise Failed("by_mail")
    providers.note_use(accounts(), found, subject, now())
    after = begin(person, "provider", second_of(found, person, claims), found.organisation, waiting.next)
    return after or (form(trouble=MERGED), 409)


def link_own(found: Provider, person: str, subject: str) -> Response:
    """Link the account there to the one of whoever asked for it with their password and is still signed in. Raises Failed."""
    if g.viewer is None or g.viewer.person != person:
        raise Failed("lost")
    try:
        with providers.linking(accounts(), found, subject, person, now()):
            note(ChangeFactor(person, "provider", "added"))
    except providers.Taken:
        raise Failed("taken") from None
    flash(f"连上了，以后可以用{name_of(found.organisation)}的账号登录。", "ok")
    return redirect(url_for("accounts.page"), 303)


def open_account(found: Provider, person: str, subject: str, invitation: str = "") -> None:
    """Write down what changes, then change it; without an invitation because of an address. Raises Failed."""
    try:
        with providers.linking(accounts(), found, subject, person, now(), only_by_mail=not invitation) as connection:
            if not may_open(connection, person, invitation):
                raise Failed("stranger")
            if accounts().find(person) is None:
                note(OpenAccount(person))
            note(ChangeFactor(person, "provider", "added"))
            accounts().open(connection, person, now())
    except providers.Taken:
        raise Failed("taken") from None


def refused(found: Provider, failed: Failed, waiting: Waiting | None = None) -> Answer:
    """The page again that it was started from, with what to do; what the provider did wrong, the operator reads."""
    if failed.about:
        logs.log.warning("sign-on", organisation=found.organisation, failed=failed.why, about=failed.about[:300])
    sentence, status = SENTENCES[failed.why]
    sentence = sentence.format(name=name_of(found.organisation))
    if waiting is not None and waiting.person and g.viewer is not None:
        return account_page({"provider": [sentence]}, "provider"), status
    return form(trouble=sentence), status
