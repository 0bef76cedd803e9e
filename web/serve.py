"""Serving: waitress with enough threads, one thread that follows what other processes write, and an address to open."""

from __future__ import annotations

import errno
import os
import threading

import click
from flask import Flask
from waitress.server import create_server

from projections import people
from web.house import House

THREADS = 32
WHY = {errno.EADDRINUSE: "这个端口已经有程序在用", errno.EACCES: "没有权限用这个端口"}
FOLLOW_SECONDS = 1.0


def serve(app: Flask, house: House) -> None:
    """Serve until interrupted on HOST:PORT (127.0.0.1:8000)."""
    host, port = address()
    try:
        server = create_server(app, host=host, port=port, threads=THREADS, ident="liandong")
    except (OSError, ValueError) as error:  # waitress says with a ValueError that it knows no such host
        why = WHY.get(getattr(error, "errno", 0), str(error))
        raise click.ClickException(f"{host}:{port} 打不开（{why}）。换一个端口，例如 PORT=8001。") from error
    stop = threading.Event()
    threading.Thread(target=follow, args=(house, stop), daemon=True, name="follow").start()
    click.echo(f"联动 http://{host}:{port}")
    for words in who_one_can_be(house):
        click.echo(words)
    try:
        server.run()
    finally:
        stop.set()
        house.close()


def address() -> tuple[str, int]:
    """Where to listen. Raises ClickException for a PORT that is none."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.ClickException(f"PORT“{port}”不是端口，应当是 1 到 65535 的数，例如 PORT=8001。")
    return host, int(port)


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
            click.echo(f"读模型停在第 {house.follower.position} 条：{error}", err=True)
            stop.wait(30)
