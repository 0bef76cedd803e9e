"""Templates write values as `markupsafe.escape` does, and sessions read cookies as Flask does."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired
from jinja2 import Undefined
from markupsafe import Markup, escape

from tests.web.conftest import World
from web.part import Part, written
from web.sessions import Cookies, Sessions


class Safe:
    """Something that says itself how it stands in a page."""

    def __html__(self) -> str:
        return "<b>好</b>"


class Shouted(str):
    """A text of a kind of its own."""


VALUES: tuple[Any, ...] = (
    "何小满", "", "<script>", "a & b", "'", '"', Markup("<i>x</i>"), Shouted("<b>"), Safe(), 7, -1, True, None, 1.5, ["<"],
    Undefined(),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_written_as_escape_would(value: Any) -> None:
    assert str(written(value)) == str(escape(value))


def test_templates_escape_what_they_write_and_what_macros_hand_on(world: World) -> None:
    template = world.app.jinja_env.from_string(
        '{% macro m(x) %}<p title="{{ x }}">{{ caller() }}</p>{% endmacro %}{% set s %}{{ x }}{% endset %}'
        "{% call m(x) %}{{ s }}{{ s|upper }}{% endcall %}"
    )
    assert isinstance(template, Part)
    assert template.render(x='<"&') == '<p title="&lt;&#34;&amp;">&lt;&#34;&amp;&LT;&#34;&AMP;</p>'


def flask_app() -> Flask:
    app = Flask("a")
    app.config.update(SECRET_KEY="ours", SECRET_KEY_FALLBACKS=["older"])
    return app


def cookies(app: Flask) -> Cookies:
    made = Sessions().get_signing_serializer(app)
    assert isinstance(made, Cookies)
    return made


def test_a_cookie_that_flask_signed_is_read_and_the_other_way_round() -> None:
    app = flask_app()
    ours, flasks = cookies(app), SecureCookieSessionInterface().get_signing_serializer(app)
    assert flasks is not None
    said = {"person": "p1", "_flashes": [("ok", "已记下")]}
    with app.app_context():
        assert ours.loads(flasks.dumps(said), max_age=60) == flasks.loads(ours.dumps(said), max_age=60) == said


def test_what_a_page_changes_in_its_session_is_not_there_for_the_next() -> None:
    app = flask_app()
    ours = cookies(app)
    with app.app_context():
        cookie = ours.dumps({"person": "p1", "_flashes": [("ok", "一")]})
        first = ours.loads(cookie)
        first["person"] = "p2"
        first["_flashes"].append(("ok", "二"))
        assert ours.loads(cookie) == {"person": "p1", "_flashes": [("ok", "一")]}


def test_a_known_cookie_still_grows_too_old_and_a_changed_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    app = flask_app()
    ours = cookies(app)
    with app.app_context():
        cookie = ours.dumps({"person": "p1"})
        now = time.time()
        assert ours.loads(cookie, max_age=60) == {"person": "p1"}
        monkeypatch.setattr("web.sessions.time.time", lambda: now + 62)
        with pytest.raises(SignatureExpired):
            ours.loads(cookie, max_age=60)
        with pytest.raises(BadSignature):
            ours.loads(cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"), max_age=60)
