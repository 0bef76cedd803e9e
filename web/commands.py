"""Commands of the house: start it, build its read models anew, verify it."""

from __future__ import annotations

import os
import sys

import click
from flask import Flask, current_app
from rich.progress import Progress

from ledger.follow import view_differences
from ledger.log import guard_differences, refold
from ledger.progress import Told
from web.admin_commands import admin
from web.cli_words import help_in_chinese, speak_chinese
from web.figures import figures
from web.house import House, house
from web.key_commands import keys
from web.organisation_commands import organisations
from web.serve import become_processes, serve


def register(app: Flask) -> None:
    """Add the commands to Flask's command line (`./run COMMAND`)."""
    speak_chinese()
    for command in (web, rebuild, verify, admin, figures, keys, organisations):
        help_in_chinese(command)
        app.cli.add_command(command)


@click.command(short_help="正式运行，没有演示登录；空库先用 ./run admin create")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="几个进程；多于一个要 DATABASE_URL"
)
def web(workers: int) -> None:
    """Start the real thing, empty until `./run admin create`."""
    if os.environ.get("LIANDONG_TRYOUT") == "1":
        raise click.ClickException("./run web 不接受试用模式（LIANDONG_TRYOUT=1）。")
    if workers > 1 and not os.environ.get("DATABASE_URL"):
        raise click.ClickException("SQLite 只配一个网页进程。多个进程请用 PostgreSQL：设置 DATABASE_URL。")
    say_if_empty(house())
    if workers > 1:
        become_processes(workers)
    serve(current_app._get_current_object(), house())  # type: ignore[attr-defined]  # Flask's own way past its proxy


def say_if_empty(opened: House) -> None:
    """Whoever starts it without data would find a sign-in page through which nobody gets."""
    if not opened.ledger.store.head():
        click.echo("这里还是空的，先 ./run admin create。")


@click.command(short_help="在旁边重建读模型，追上后一次切换")
@click.argument("names", nargs=-1)
@click.option("--guards", is_flag=True, help="把守卫也从头推算一遍（升级以后，verify 说守卫不一致时）")
def rebuild(names: tuple[str, ...], guards: bool) -> None:
    """Build read models anew beside the living ones, then switch: all of them, or those named."""
    opened = house()
    if guards:
        click.echo(f"守卫从头推算过，写下 {refold(opened.ledger)} 个不同的。")
    known = {projection.name: projection for projection in opened.follower.projections}
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"没有这个读模型：{'、'.join(unknown)}。有：{'、'.join(known)}。")
    head = opened.ledger.store.head()
    with Progress() as bar, Told(opened.views, head) as told:
        task = bar.add_task("重建读模型", total=head)

        def tell(done: int) -> None:
            bar.advance(task, done)
            told(done)

        count = opened.follower.rebuild([known[n] for n in names or known], tell)
    click.echo(f"{len(names or known)} 个读模型，{count} 条记录，已切换。")


@click.command(short_help="从头推算一遍，与现有的比较；一致才返回 0")
def verify() -> None:
    """Fold the log again and compare guards and every read model; exit 0 only when all are equal."""
    opened = house()
    guards, views = guard_differences(opened.ledger), view_differences(opened.follower)
    for tag in guards[:20]:
        click.echo(f"守卫不一致：{tag}")
    for table in views:
        click.echo(f"读模型不一致：{table}")
    if guards or views:
        click.echo("从记录重新推算并替换：./run rebuild" + (" --guards" if guards else ""))
        sys.exit(1)
    click.echo(
        f"一致：{opened.ledger.store.head()} 条记录，守卫与 {len(opened.follower.projections)} 个读模型都与重新推算的相同。"
    )
