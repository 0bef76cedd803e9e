"""Serving: waitress with enough threads, one thread that follows what other processes write, and an address to open."""

from __future__ import annotations

import os
import threading

import click
from flask import Flask
from waitress.server import create_server

from web.house import House

THREADS = 32
FOLLOW_SECONDS = 1.0


def serve(app: Flask, house: House) -> None:
    """Serve until interrupted on HOST:PORT (127.0.0.1:8000)."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    stop = threading.Event()
    threading.Thread(target=follow, args=(house, stop), daemon=True, name="follow").start()
    try:
        server = create_server(app, host=host, port=port, threads=THREADS, ident="liandong")
    except OSError as error:
        raise click.ClickException(f"端口 {port} 打不开（{error.strerror}）。换一个：PORT=8001 ./run") from error
    click.echo(f"联动 http://{host}:{port}")
    for person, line in house.cast.items():
        click.echo(f"  {person:<18}{line}")
    try:
        server.run()
    finally:
        stop.set()
        house.close()


def follow(house: House, stop: threading.Event) -> None:
    """Fold what the command line or another process wrote; a request that waits for its own write does so itself."""
    while not stop.wait(FOLLOW_SECONDS):
        try:
            house.follower.wait_for(house.ledger.store.head())
        except Exception as error:  # the message must reach the operator, and the site keeps serving what it has
            click.echo(f"读模型停在第 {house.follower.position} 条：{error}", err=True)
            stop.wait(30)
