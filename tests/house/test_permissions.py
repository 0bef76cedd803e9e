"""Whatever the table of permissions forgot is named here: a page, a command, a personal field, a role."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
from flask import Flask

import web
from domain.words import LABELS, Role
from ledger.events import TOPICS
from ledger.execute import RULES
from web import permissions
from web.rights import OFFICES, by_name, row

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def endpoints() -> set[str]:
    """Every page of the try-out and of the real thing."""
    app = Flask(__name__, static_folder=None)
    app.extensions["liandong"] = SimpleNamespace(follower=SimpleNamespace(moved=[]))
    for blueprint in (*web.BLUEPRINTS, *web.ACCOUNTS, *web.TRYOUT_ONLY):
        app.register_blueprint(blueprint)
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_page_has_a_row_and_every_row_its_page(endpoints: set[str]) -> None:
    assert endpoints == {page for right in permissions.RIGHTS for page in right.pages}


def test_every_command_stands_in_a_row() -> None:
    listed = {command for right in permissions.RIGHTS for command in right.commands}
    assert {command for command in RULES if command.__module__.startswith("domain.")} == listed


def test_every_personal_field_of_an_event_has_a_row() -> None:
    personal = {
        f"{cls.topic}.{name}" for cls in TOPICS.values() for name in cls.personal if "domain." in cls.__module__
    }
    assert personal - permissions.NAMED.keys() == set()


def test_every_field_that_is_asked_for_has_a_row() -> None:
    """A name that is mistyped would be closed to everybody, and nobody would notice why."""
    texts = [
        path.read_text()
        for folder in ("web",)
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".html")
    ]
    asked = {name for text in texts for name in re.findall(r"\b(?:at|may|sees)\(\s*[\"']([\w.]+)[\"']", text)}
    assert len(asked) > 20
    assert asked - permissions.NAMED.keys() == set()


def test_every_role_is_a_word_a_column_and_can_be_granted() -> None:
    roles = set(get_args(Role))
    assert roles - {"volunteer", "recipient"} == set(OFFICES)
    assert {name.removeprefix("role.") for name in permissions.NAMED if name.startswith("role.")} == roles
    for role in roles:
        assert "administrator" in permissions.NAMED[f"role.{role}"].offices
        assert re.fullmatch("[\u4e00-\u9fff]{2,6}", LABELS[role])


def test_web_writes_to_the_log_at_one_place() -> None:
    """`web/writing.py` asks the table first, and so does `accounts_entry.note_later` for what is written after the answer.

    The console of the server and its start have no viewer to ask about.
    """
    writers = {
        path.name for path in (ROOT / "web").glob("*.py") if re.search(r"ledger\.execute(_all)?\(", path.read_text())
    }
    console = {"admin_commands.py", "key_commands.py", "organisation_commands.py"}
    assert writers == console | {"writing.py", "forgotten.py", "accounts_entry.py"}


def test_a_name_stands_in_one_row_and_a_row_has_a_mark_a_column() -> None:
    with pytest.raises(ValueError, match="two rows"):
        by_name([row("甲", "-- ----- ----", "a.b"), row("乙", "x- ----- ----", "a.b")])
    with pytest.raises(ValueError, match="甲"):
        row("甲", "-- ----- ---")
