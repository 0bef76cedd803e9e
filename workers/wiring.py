"""What the application needs of the workers: a desk, a thread beside the pages, figures for whoever watches, commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import click

from domain.words import ZONE
from ledger.database import Database
from ledger.follow import Follower
from ledger.log import Ledger
from projections import deliveries
from projections.moments import local
from workers.beside import Beside
from workers.drain import Desk
from workers.mail import NOT_SET, Channel, WrongChannel
from workers.notices import Doors
from workers.outbox import Outbox


class House(Protocol):
    """What stands behind the application, as far as workers need it."""

    ledger: Ledger
    follower: Follower
    outbox: Database
    clock: Callable[[], datetime]


class App(Protocol):
    """As much of the Flask application as is wired here."""

    cli: click.Group
    extensions: dict[str, Any]


def wire(app: App, doors: Doors | None) -> None:
    """Set up the desk, and what runs beside the pages once the application serves. `doors`: what the accounts tell, if any."""
    house: House = app.extensions["liandong"]
    channel, words = channel_and_words()
    desk = Desk(house.ledger, house.follower, Outbox(house.outbox), lambda: house.clock(), channel, doors)
    app.extensions["desk"], app.extensions["channel"] = desk, words
    app.extensions["outbox"] = lambda: figures(desk)
    app.extensions.setdefault("beside", []).append(Beside(desk, ring_of_environment()))


def channel_and_words() -> tuple[Channel | None, str]:
    """The way of mails, and in words how they go or why they do not; a wrong setting keeps no page from being served."""
    try:
        channel = Channel.of_environment()
    except WrongChannel as wrong:
        return None, str(wrong)
    return channel, f"发信人 {channel}。" if channel else NOT_SET


def ring_of_environment() -> Callable[[], object] | None:
    """How workers are told; None where this process does the work itself. Redis is imported only where it is used."""
    url = os.environ.get("REDIS_URL")
    if not url:
        return None

    def ring() -> None:
        from workers.bell import bell_at

        bell_at(url).ring("follow")

    return ring


def figures(desk: Desk) -> dict[str, float]:
    """How much waits, how long the oldest has waited beyond its time, how much was given up."""
    now = desk.clock()
    with desk.outbox.kept.read() as connection:
        counts = deliveries.counts(connection)
        oldest = deliveries.oldest(connection, local(now))
    late = (now - datetime.fromisoformat(oldest).replace(tzinfo=ZONE)).total_seconds() if oldest else 0.0
    return {"waiting": counts.get(None, 0), "dead": counts.get("dead", 0), "oldest_seconds": max(0.0, late)}


def register(app: App) -> None:
    """Add the workers' commands to the command line; what they need is imported when they run."""

    def desk() -> Desk:
        return app.extensions["desk"]  # type: ignore[no-any-return]  # Flask keeps extensions untyped

    @app.cli.command("worker", short_help="替网页进程办到期的事（要 REDIS_URL）；可以开几个")
    @click.option("--burst", is_flag=True, help="办完队列里的就结束")
    def worker(burst: bool) -> None:
        """按先后办队列里的事：更新读模型、寄信、公示入账。随时可以停，停在哪里都不会漏。"""
        from workers import running

        running.work(desk(), burst=burst)

    @app.cli.command("cron", short_help="按时敲钟：没有新事也看看有什么到期（要 REDIS_URL）；开一个")
    def cron() -> None:
        """每隔几秒叫一次 worker，看看有什么到了时间。"""
        from workers import running

        running.tick()

    @app.cli.group("outbox", short_help="到期的事：看，或再试一次", invoke_without_command=True)
    @click.option("--dead", is_flag=True, help="只看没办成的")
    @click.pass_context
    def outbox(context: click.Context, dead: bool) -> None:
        """到期的事：提醒、通知、公示、入账，各办到了哪一步。"""
        from rich.console import Console

        from workers import running

        if context.invoked_subcommand is None:
            running.show(desk(), Console(), "dead" if dead else None)

    @outbox.command("retry", short_help="再试一次，记录在案")
    @click.argument("key")
    def retry(key: str) -> None:
        """没办成的事（编号见 ./run outbox --dead）再办一次。"""
        from workers import running

        running.retry(desk(), key, desk().clock())

    @outbox.command("rebuild", short_help="叫 worker 在后台重建读模型（要 REDIS_URL）")
    @click.argument("names", nargs=-1)
    def rebuild(names: tuple[str, ...]) -> None:
        """把重建排进最后的队列，先让着急的事。"""
        from workers import running

        running.rebuild_later(desk(), names)
