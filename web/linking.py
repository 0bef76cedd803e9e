"""One's own account and the accounts that one's organisations gave: linked while signed in, with the password, and parted again."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, session, url_for

from domain.accounts import ChangeFactor
from web import accounts_providers as providers
from web.access import is_vouched
from web.accounts import Answer, account_page, confirmed
from web.accounts_entry import end_session, keep_nowhere, note, renew
from web.accounts_store import accounts
from web.accounts_ways import LAST, LastWay, need_way
from web.id_tokens import Failed
from web.provider_choice import name_of, offered_to
from web.sign_on import provider_of, refused, set_off

blueprint = Blueprint("linking", __name__)
blueprint.after_request(keep_nowhere)


@blueprint.post("/account/providers/<organisation>")
def link(organisation: str) -> Answer:
    """Off to the provider, by a link: a form must not lead to another site. What comes back links the two accounts."""
    if organisation not in offered_to(g.viewer.person):
        abort(404)
    if errors := confirmed():
        return account_page(errors, f"link {organisation}"), 422
    found = provider_of(organisation)
    try:
        address = set_off(found, person=g.viewer.person)
    except Failed as failed:
        return refused(found, failed)
    return render_template("accounts/provider.html", name=name_of(organisation), address=address)


@blueprint.post("/account/providers/<organisation>/removal")
def unlink(organisation: str) -> Answer:
    """Part them, where another way to sign in stays. Whose session is worth nothing any more without that link is out, and told."""
    me: str = g.viewer.person
    if organisation not in providers.of_person(accounts(), me):
        abort(404)
    if errors := confirmed():
        return account_page(errors, f"unlink {organisation}"), 422
    try:
        with accounts().write() as connection:
            if not providers.unlink(connection, me, organisation):
                abort(404)
            need_way(connection, me, needs_second=g.viewer.needs_second)
            note(ChangeFactor(me, "provider", "removed"))
    except LastWay:
        return account_page({"current": [LAST]}, f"unlink {organisation}"), 409
    if not is_vouched(g.viewer):
        end_session(told=True)
        session.clear()
        flash("断开了。你是从那里登录的，你的角色不能再凭它打开，所以这里也退出了。请用密码或通行密钥登录。", "ok")
        return redirect(url_for("signin.page"), 303)
    renew()
    flash("断开了。", "ok")
    return redirect(url_for("accounts.page"), 303)
