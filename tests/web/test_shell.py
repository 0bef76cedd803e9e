"""What surrounds every page: the key of the sessions, and headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from tests.web.conftest import World
from web.house import House


def test_the_key_of_the_sessions_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    keys = []
    for _ in range(2):
        app = create_app(folder)
        keys.append(app.config["SECRET_KEY"])
        house: House = app.extensions["liandong"]
        house.close()
    assert keys[0] == keys[1]
    assert len(keys[0]) == 64
    assert (folder / "secret.key").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_behind_https_browsers_are_told_to_stay_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "1")
    app = create_app(tmp_path, is_tryout=True)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert all("; Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    house: House = app.extensions["liandong"]
    house.close()


def test_static_files_are_the_same_for_everybody(world: World) -> None:
    answer = world.as_("owner").get("/static/icons.svg", buffered=True)
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "no-store" not in answer.headers["Cache-Control"]
