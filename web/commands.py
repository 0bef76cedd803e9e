"""Commands of the house: start it, build its read models anew, verify it, make the first administrator."""

from __future__ import annotations

import os
import sys

import click
from flask import Flask, current_app
from rich.progress import Progress

from domain.accounts import IssueLink, Purpose
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from ledger.events import Act
from ledger.follow import view_differences
from ledger.log import guard_differences, refold
from ledger.progress import Told
from projections import people
from web import accounts_links
from web.accounts_store import accounts
from web.cli_words import speak_chinese
from web.figures import figures
from web.house import House, new_id, wall_clock
from web.key_commands import keys
from web.organisation_commands import organisations
from web.serve import address, become_processes, serve


def register(app: Flask) -> None:
    """Add the commands to Flask's command line (`./run COMMAND`)."""
    speak_chinese()
    for command in (web, rebuild, verify, admin, figures, keys, organisations):
        app.cli.add_command(command)


def the_house() -> House:
    """The house of the application that the command runs in."""
    return current_app.extensions["liandong"]  # type: ignore[no-any-return]  # Flask keeps extensions untyped


@click.command(short_help="正式运行，没有演示登录；空库先用 ./run admin create")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="几个进程；多于一个要 DATABASE_URL"
)
def web(workers: int) -> None:
    """Start the real thing, empty until `./run admin create`."""
    if os.environ.get("LIANDONG_TRYOUT") == "1":
        raise click.ClickException("./run web 不接受试用模式（LIANDONG_TRYOUT=1）。")
    if workers > 1:
        if not os.environ.get("DATABASE_URL"):
            raise click.ClickException("SQLite 只配一个网页进程。多个进程请用 PostgreSQL：设置 DATABASE_URL。")
        become_processes(workers)
    serve(current_app._get_current_object(), the_house())  # type: ignore[attr-defined]  # Flask's own way past its proxy


@click.command(short_help="在旁边重建读模型，追上后一次切换")
@click.argument("names", nargs=-1)
@click.option("--guards", is_flag=True, help="把守卫也从头推算一遍（升级以后，verify 说守卫不一致时）")
def rebuild(names: tuple[str, ...], guards: bool) -> None:
    """Build read models anew beside the living ones, then switch: all of them, or those named."""
    house = the_house()
    if guards:
        click.echo(f"守卫从头推算过，写下 {refold(house.ledger)} 个不同的。")
    known = {projection.name: projection for projection in house.follower.projections}
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"没有这个读模型：{'、'.join(unknown)}。有：{'、'.join(known)}。")
    head = house.ledger.store.head()
    with Progress() as bar, Told(house.views, head) as told:
        task = bar.add_task("重建读模型", total=head)

        def tell(done: int) -> None:
            bar.advance(task, done)
            told(done)

        count = house.follower.rebuild([known[n] for n in names or known], tell)
    click.echo(f"{len(names or known)} 个读模型，{count} 条记录，已切换。")


@click.command(short_help="从头推算一遍，与现有的比较；一致才返回 0")
def verify() -> None:
    """Fold the log again and compare guards and every read model; exit 0 only when all are equal."""
    house = the_house()
    guards, views = guard_differences(house.ledger), view_differences(house.follower)
    for tag in guards[:20]:
        click.echo(f"守卫不一致：{tag}")
    for table in views:
        click.echo(f"读模型不一致：{table}")
    if guards or views:
        click.echo("从记录重新推算并替换：./run rebuild" + (" --guards" if guards else ""))
        sys.exit(1)
    click.echo(
        f"一致：{house.ledger.store.head()} 条记录，守卫与 {len(house.follower.projections)} 个读模型都与重新推算的相同。"
    )


@click.group(short_help="管理员：create 建市级工会和第一位管理员，link 给进不去的人发登录链接")
def admin() -> None:
    """Administrators."""


@admin.command()
@click.option("--organisation", prompt="市级工会的名称", help="The root organisation's name.")
@click.option("--name", prompt="管理员姓名", help="The administrator's name.")
def create(organisation: str, name: str) -> None:
    """Make the root organisation and its first administrator, and a link to choose a password. Refused where one exists."""
    house, organisation, name = the_house(), organisation.strip(), name.strip()
    if not organisation or not name:
        raise click.ClickException("市级工会的名称和管理员姓名都要写。")
    if house.ledger.store.head():
        raise click.ClickException(
            "这里已经有记录了；再要管理员，请由现任管理员授予角色。进不去了用 ./run admin link。"
        )
    union, person, now = new_id("o"), new_id("p"), wall_clock()
    commands = (
        RegisterOrganisation(union, organisation, "city_union"),
        RegisterPerson(person, name, organisation=union),
        GrantRole(person, "administrator", union, now.date()),
    )
    acts = [Act(new_id("c"), person, now, union, "command", reason="建立首位管理员") for _ in commands]
    house.ledger.execute_all(list(zip(commands, acts, strict=True)))
    house.follower.catch_up()
    click.echo(f"已建：{organisation}，管理员 {name}（{person}）。")
    tell_link(house, person)


@admin.command()
@click.argument("person")
def link(person: str) -> None:
    """Let somebody in who cannot get in any more, by the id of their file: whoever runs this command can do anything anyway."""
    house = the_house()
    house.follower.catch_up()
    with house.views.read() as connection:
        found = people.find(connection, person)
    if found is None or found.root:
        raise click.ClickException(f"没有这个人：{person}。编号在他的档案里，例如 p7f3b09c2d41e865。")
    tell_link(house, person)


def tell_link(house: House, person: str) -> None:
    """A link that works once, on the terminal."""
    if house.is_tryout:
        raise click.ClickException("试用里没有账号，登录页上挑一个人就行。")
    purpose: Purpose = "recovery" if accounts().find(person) else "invitation"
    act = Act(new_id("c"), person, wall_clock(), None, "command", reason="命令行发出")
    house.ledger.execute(IssueLink(person, purpose), act)
    host, port = address()
    token = accounts_links.issue(accounts(), person, purpose, wall_clock())
    lasts = "7 天" if purpose == "invitation" else "1 小时"
    click.echo(f"用 ./run web 启动，再打开这个链接设密码（只能用一次，{lasts}内有效）：")
    click.echo(f"  http://{host}:{port}/enter/{token}")
