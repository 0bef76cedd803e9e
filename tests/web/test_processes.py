"""Servers as they run: several processes behind one address, figures put together, and an end that drops nobody."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from flask import Flask

from app import create_app
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.words import ZONE
from ledger.events import Act
from ledger.place import Place
from tests import databases
from tests.web.conftest import World
from web import processes
from web.house import House
from web.metrics import FOLDER as FIGURES

ROOT = Path(__file__).parents[2]
ONE = "from app import create_app; from web.serve import serve; app = create_app(); serve(app, app.extensions['liandong'])"
SERVERS = {"one": ["-c", ONE], "several": ["-m", "web.processes", "2"]}
PATIENCE = 120
"""Seconds for what takes one or two on a machine that has nothing else to do."""
RUN = ["-m", "flask", "--app", str(ROOT / "app.py"), "web", "--workers", "2"]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with somebody who may sign up, and one activity two months from now."""
    world = World(create_app(tmp_path / "data", is_tryout=True))
    world.now = datetime.now(ZONE)
    world.do(RegisterOrganisation("centre", "望海市工会社工服务中心", "social_work_centre"))
    world.do(RegisterPerson("volunteer", "何小满", organisation="centre", over=18))
    world.open_activity(days=60, seats=50)
    world.house.close()
    return tmp_path / "data"


@contextmanager
def served(words: list[str], folder: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server over the folder; the process and its port. It is killed if the test did not stop it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    figures = folder.parent / "figures"
    figures.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", FIGURES)}
    ours = {
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "LOG_FORMAT": "json",
        "TMPDIR": str(folder),
    }
    if words == SERVERS["several"]:
        ours[FIGURES] = str(figures)
    if words != RUN:
        ours["LIANDONG_TRYOUT"] = "1"
    command = [sys.executable, *words]
    with subprocess.Popen(command, cwd=folder, env=kept | ours | more, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(port)
            yield process, port
        finally:
            process.kill()


def wait_for(port: int) -> None:
    """Until the server answers and is ready."""
    last, end = "nothing", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            status, body = ask(port, "/ready")
        except OSError as error:
            last = str(error)
        else:
            if status == 200:
                return
            last = f"{status} {body[:200]}"
        time.sleep(0.1)
    raise AssertionError(f"the server is not ready: {last}")


def ask(
    port: int, path: str, headers: dict[str, str] | None = None, body: dict[str, str] | None = None
) -> tuple[int, str]:
    """The status and the text of a page; with a body a form is sent."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        if body is None:
            connection.request("GET", path, headers=headers or {})
        else:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(body), (headers or {}) | form)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def signed_in(folder: Path, person: str) -> tuple[str, str]:
    """A cookie of somebody who is signed in, and the token that forms of theirs need."""
    app = create_app(folder, is_tryout=True)
    with app.test_client() as client:
        with client.session_transaction() as session:
            session["person"] = person
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/activities/a1").text)
        cookie = client.get_cookie("session")
    app.extensions["liandong"].close()
    assert token
    assert cookie
    return f"session={cookie.value}", token[1]


@pytest.mark.parametrize("kind", SERVERS)
def test_told_to_stop_it_finishes_what_was_asked_and_lets_streams_go(kind: str, town: Path) -> None:
    cookie, token = signed_in(town, "volunteer")
    form = {"csrf_token": token, "command": "c0123456789abcdef", "side": "volunteer"}
    with served(SERVERS[kind], town) as (process, port), ThreadPoolExecutor() as pool:
        listening = pool.submit(ask, port, "/live?topic=activity:a1")
        busy = sqlite3.connect(town / "log.db", isolation_level=None)
        busy.execute("BEGIN IMMEDIATE")
        asked = pool.submit(ask, port, "/slots/a1.1/enrolments", {"Cookie": cookie}, form)
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        busy.execute("ROLLBACK")
        busy.close()
        assert asked.result()[0] == 303
        status, told = listening.result()
        assert status == 200
        assert "data: " in told
        assert process.wait(timeout=PATIENCE) == 0
        assert process.stderr
        assert '"level":"error"' not in process.stderr.read()


@pytest.mark.parametrize(("kind", "most"), [("one", 10), ("several", 10)])
def test_streams_leave_threads_for_pages(kind: str, most: int, town: Path) -> None:
    """Thirty pages want to listen: ten are let, the others told to ask, and whoever opens a page waits for nobody."""
    with served(SERVERS[kind], town) as (process, port), ExitStack() as held:
        answers = [held.enter_context(listening(port)) for _ in range(30)]
        statuses = Counter(answer.status for answer in answers)
        assert statuses[200] <= most
        assert statuses == {200: statuses[200], 503: 30 - statuses[200]}
        assert statuses[200] >= 5  # one process may have been asked by all
        assert {ask(port, "/activities/a1")[0] for _ in range(5)} == {200}
        assert ask(port, "/live/now?topic=activity:a1")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0


@contextmanager
def listening(port: int) -> Iterator[HTTPResponse]:
    """A page that listens; closed in the end."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/live?topic=activity:a1")
    yield connection.getresponse()
    connection.close()


def test_several_processes_put_their_figures_together(town: Path) -> None:
    with served(SERVERS["several"], town) as (_, port):
        with ThreadPoolExecutor(8) as pool:
            assert {status for status, _ in pool.map(lambda _: ask(port, "/activities/a1"), range(40))} == {200}
        status, figures = ask(port, "/metrics")
        assert status == 200
        found = re.search(r'liandong_http_requests_total\{endpoint="activities.page",.*\} (\S+)', figures)
        assert found
        assert float(found[1]) == 40
        assert 'liandong_projection_lag{projection="people"} 0.0' in figures
        assert ask(port, "/metrics", {"X-Forwarded-For": "203.0.113.9"})[0] == 404


def test_behind_a_proxy_it_believes_where_a_request_comes_from(town: Path) -> None:
    """Seen by who may read the figures: this machine may, and whoever comes through a proxy may not."""
    with served(SERVERS["one"], town, TRUSTED_PROXIES="1") as (_, port):
        near, far = {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        assert ask(port, "/activities", far)[0] == 200
        assert [ask(port, "/metrics", headers)[0] for headers in ({}, near, far)] == [200, 404, 404]


def test_several_processes_over_files_are_refused_in_a_sentence(town: Path) -> None:
    runner = create_app(town).test_cli_runner()
    refused = runner.invoke(args=["web", "--workers", "2"], env={"DATABASE_URL": None, "LIANDONG_TRYOUT": None})
    assert refused.exit_code == 1
    assert "SQLite 只配一个网页进程" in refused.output


def test_several_processes_serve_one_database(tmp_path: Path, cluster: str) -> None:
    """The command itself, over PostgreSQL: every process sees what is written beside it, and nothing is left behind."""
    with databases.fresh(cluster) as name:
        url = databases.used(cluster, name)
        house = House.open(Place(tmp_path, url))
        with served(RUN, tmp_path, DATABASE_URL=url) as (process, port):
            house.ledger.execute(
                RegisterOrganisation("centre", "望海市工会社工服务中心", "social_work_centre"),
                Act("c1", "system", datetime.now(ZONE), "centre"),
            )
            until = time.monotonic() + PATIENCE
            while json.loads(ask(port, "/ready")[1]) != {"ready": True, "head": 1, "behind": 0}:
                assert time.monotonic() < until
                time.sleep(0.1)
            assert {ask(port, "/activities")[0] for _ in range(10)} == {200}
            assert list(tmp_path.glob("liandong-figures-*"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 0
            assert not list(tmp_path.glob("liandong-figures-*"))
        house.close()


def test_a_process_that_finds_no_data_makes_place_for_one_that_may(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("web.logs.log", SimpleNamespace(error=lambda event, **_: said.append(event)))
    monkeypatch.setattr(processes, "AGAIN_SECONDS", 0.01)
    worker = SimpleNamespace(wsgi=Flask("closed"), alive=True)
    processes.started(worker)
    for _ in range(500):
        if not worker.alive:
            break
        time.sleep(0.01)
    assert (worker.alive, said) == (False, ["no data"])
    processes.ended(None, worker)
