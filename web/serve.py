"""Serving: what surrounds the application in every process that serves, and waitress for one process.

Several processes are served by gunicorn, see `processes.py`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import threading
import time
from typing import Any, NoReturn

import click
from eventsourcing.persistence import MapperDeserialisationError
from flask import Flask
from waitress.server import create_server
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.follow import BuiltByAnother
from ledger.store import StoreUnavailable
from projections import people
from web import live, logs, metrics
from web.house import House

THREADS = 32
WHY = {errno.EADDRINUSE: "这个端口已经有程序在用", errno.EACCES: "没有权限用这个端口"}
FOLLOW_SECONDS = 1.0
SPEAKING = (StoreUnavailable, MapperDeserialisationError, BuiltByAnother)
"""Troubles whose own words say what to do, and hold nothing of an event."""
LAST_SECONDS = 30
"""How long answers may still be sent after the order to stop."""


def serve(app: Flask, house: House) -> None:
    """Serve until interrupted or told to stop (SIGTERM) on HOST:PORT (127.0.0.1:8000); requests in flight finish."""
    host, port = address()
    trusted()  # said before anything begins
    sockets: dict[int, Any] = {}
    try:
        server = create_server(app, map=sockets, host=host, port=port, threads=THREADS, **WAITRESS)
    except (OSError, ValueError) as error:  # waitress says with a ValueError that it knows no such host
        why = WHY.get(getattr(error, "errno", 0), str(error))
        raise click.ClickException(f"{host}:{port} 打不开（{why}）。换一个端口，例如 PORT=8001。") from error
    stop = begin(app, THREADS)
    signal.signal(signal.SIGTERM, lambda *_: leave(stop))
    click.echo(f"联动 http://{host}:{port}")
    for words in who_one_can_be(house):
        click.echo(words)
    try:
        server.run()
        send_the_rest(server, sockets)
    finally:
        end(house, stop)


WAITRESS: dict[str, Any] = {"ident": "liandong", "clear_untrusted_proxy_headers": False}
"""What a proxy says is believed by nobody but ProxyFix; that there is one, the page of figures wants to see."""


def become_processes(workers: int) -> NoReturn:
    """Let gunicorn take over this process (see `processes.py`); the system closes everything that is open in it."""
    address()
    trusted()
    os.environ[metrics.FOLDER] = tempfile.mkdtemp(prefix="liandong-figures-")
    os.execv(sys.executable, [sys.executable, "-m", "web.processes", str(workers)])


def leave(stop: threading.Event) -> None:
    """Told to stop: end the streams, then the server's loop. Raises SystemExit."""
    stop.set()
    raise SystemExit


def send_the_rest(server: Any, sockets: dict[int, Any]) -> None:
    """The requests are answered; send what the network has not taken yet."""
    until = time.monotonic() + LAST_SECONDS
    while time.monotonic() < until and any(getattr(one, "total_outbufs_len", 0) for one in sockets.values()):
        server.asyncore.loop(timeout=0.1, map=sockets, count=1)


def begin(app: Flask, threads: int) -> threading.Event:
    """Make the application one that serves: logs, figures, news for pages, the proxy before it, whatever runs beside it.

    `app.extensions["beside"]` lists functions that run in threads of their own until the event is set that they are given.
    """
    house: House = app.extensions["liandong"]
    stop = threading.Event()
    logs.install(app, "text" if house.is_tryout else "json")
    metrics.install(app, house)
    live.of(app).open(threads // 3, stop)
    if proxies := trusted():
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]  # Flask's own way
    beside = [lambda stop: follow(house, stop), *app.extensions.get("beside", ())]
    for task in beside:
        threading.Thread(target=task, args=(stop,), daemon=True, name="beside").start()
    return stop


def end(house: House, stop: threading.Event) -> None:
    """Stop what runs beside the pages, then close the house."""
    stop.set()
    for thread in threading.enumerate():
        if thread.name == "beside":
            thread.join(timeout=5)
    house.close()


def address() -> tuple[str, int]:
    """Where to listen. Raises ClickException for a PORT that is none."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.ClickException(f"PORT“{port}”不是端口，应当是 1 到 65535 的数，例如 PORT=8001。")
    return host, int(port)


def trusted() -> int:
    """How many proxies of our own stand in front. Raises ClickException for what is no such number."""
    told = os.environ.get("TRUSTED_PROXIES") or "0"
    if not told.isascii() or not told.isdigit() or int(told) > 9:
        raise click.ClickException(f"TRUSTED_PROXIES“{told}”不是层数，应当是 0 到 9 的数：前面有几层自己的代理。")
    return int(told)


def who_one_can_be(house: House) -> list[str]:
    """Each of the cast by the name that the sign-in page shows, and what they are good for."""
    if not house.cast:
        return []
    with house.views.read() as connection:
        names = people.names(connection, house.cast)
    return ["打开网页点“登录”，挑一个人：", *(f"  {names.get(one, one)}　{line}" for one, line in house.cast.items())]


def follow(house: House, stop: threading.Event) -> None:
    """Fold what the command line or another process wrote; a request that waits for its own write does so itself."""
    while not stop.wait(FOLLOW_SECONDS):
        try:
            house.follower.wait_for(house.ledger.store.head())
        except Exception as error:  # the message must reach the operator, and the site keeps serving what it has
            why = str(error) if isinstance(error, SPEAKING) else ""
            logs.log.error("not followed", position=house.follower.position, why=why, **logs.trouble(error))
            stop.wait(30)
