"""`./run worker` and `./run cron` as they are started, with Redis killed under them; settings that are wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from app import create_app
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.place import Place
from tests.workers.mailbox import Mailbox
from tests.workers.office import Office
from tests.workers.redis_server import RedisServer

ROOT = Path(__file__).parents[2]
SECONDS = 60


@pytest.fixture
def engine() -> str:
    """These programs know nothing of engines."""
    return "sqlite"


def start(command: str, folder: Path, redis: RedisServer, box: Mailbox) -> subprocess.Popen[str]:
    """A program of its own, on this data."""
    told = {
        "DATA_DIR": str(folder),
        "REDIS_URL": redis.url,
        "SMTP_URL": f"smtp://127.0.0.1:{box.port}",
        "MAIL_FROM": "联动 <liandong@example.org>",
        "PYTHONPATH": str(ROOT),
    }
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    line = [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), command]
    return subprocess.Popen(line, env=without | told, stderr=subprocess.PIPE, text=True)


@contextmanager
def running(folder: Path, redis: RedisServer, box: Mailbox) -> Iterator[None]:
    """Both programs, told to stop at the end: they leave by themselves and have nothing to complain about."""
    programs = [start(command, folder, redis, box) for command in ("worker", "cron")]
    try:
        yield
        for program in programs:
            program.send_signal(signal.SIGTERM)
        for program in programs:
            _, said = program.communicate(timeout=SECONDS)
            assert program.returncode == 0, said
            assert "Traceback" not in said, said
    finally:
        for program in programs:
            program.kill()
            sys.stderr.write(program.communicate()[1])


def wait_for(box: Mailbox, mails: int) -> None:
    """Until so many came."""
    until = time.monotonic() + SECONDS
    while len(box.mails) < mails and time.monotonic() < until:
        time.sleep(0.05)
    assert len(box.mails) == mails


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A slot some days from now by the real clock, because the programs have no other."""
    opened = Office(Place(tmp_path))
    opened.now = datetime.now(ZONE)
    opened.open(seats=2, people=4)
    yield opened
    opened.close()


def test_workers_outlive_redis_and_stop_when_told(office: Office, tmp_path: Path) -> None:
    with Mailbox() as box, RedisServer(tmp_path) as redis, running(tmp_path, redis, box):
        office.do(SignUp("a1.1", "p1"), "owner")
        wait_for(box, 1)
        redis.stop()
        office.do(SignUp("a1.1", "p2"), "owner")
        time.sleep(1)
        redis.start()
        wait_for(box, 2)
    assert [str(mail["To"]) for mail in box.mails] == ["p1@example.org", "p2@example.org"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SMTP_URL": "mail.example.org"}, "SMTP_URL 写得不对"),
        ({"SMTP_URL": "smtp://mail.example.org:x"}, "SMTP_URL 写得不对"),
        ({"SMTP_URL": "smtp://mail.example.org", "MAIL_FROM": "联动"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtps://u:p%40w@mail.example.org", "MAIL_FROM": "l@example.org"}, "mail.example.org:465"),
        ({}, "没有设置发信的邮箱服务器"),
    ],
)
def test_a_wrong_setting_is_said_and_keeps_no_page_from_being_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], words: str
) -> None:
    for name in ("SMTP_URL", "MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    app = create_app(tmp_path, is_tryout=True)
    assert words in app.extensions["channel"]
    assert app.test_client().get("/activities").status_code == 200
    app.extensions["liandong"].close()
