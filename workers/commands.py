"""The commands of this room: `./run import FILE` and `./run demo`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.words import ZONE
from ledger.events import RuleBroken
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.store import StoreUnavailable
from ledger.views import ViewsUnavailable
from projections import organisations, viewers
from workers import province_commands
from workers.demo import build_town
from workers.imports import ImportRefused, Summary, import_file

MOST_NAMED = 5
"""Top organisations without an administrator that are named one by one."""


class House(Protocol):
    """What stands behind the application: its log and the follower of its read models."""

    ledger: Ledger
    follower: Follower


class App(Protocol):
    """As much of the Flask application as a command needs."""

    cli: click.Group
    extensions: dict[str, Any]


def register(app: App) -> None:
    """Add the commands to the application's command line."""
    province_commands.register(app)

    def house() -> House:
        return app.extensions["liandong"]  # type: ignore[no-any-return]  # Flask keeps extensions untyped

    @app.cli.command("import", short_help="导入事实文件，一行一个 JSON；全部成功或什么都不写")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def take_over(file: Path) -> None:
        """把文件里的事实（每行一个 JSON 对象）导入记录：要么全部写入，要么一条也不写。"""
        run_import(house(), file, Console())

    @app.cli.command("demo", short_help="造一座虚构的小城，全部经过命令和规则")
    @click.option("--people", default=300, show_default=True, type=click.IntRange(30), help="大约多少人")
    @click.option("--activities", default=80, show_default=True, type=click.IntRange(12), help="多少个活动")
    @click.option("--months", default=6, show_default=True, type=click.IntRange(1), help="往前多少个月")
    @click.option("--seed", default=1, show_default=True, help="同一个种子得到同一个小镇")
    @click.option("--today", default=None, type=click.DateTime(["%Y-%m-%d"]), help="以哪一天为今天，默认就是今天")
    def demo(people: int, activities: int, months: int, seed: int, today: datetime | None) -> None:
        """造一个虚构的小镇：机构、志愿者、活动、签到、时长、探访，全部经过命令和规则。"""
        day = today.date() if today else datetime.now(ZONE).date()
        run_demo(house(), Console(), people=people, activities=activities, months=months, seed=seed, today=day)


@contextmanager
def bar(console: Console, words: str, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A progress bar that disappears when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress, progress.add_task(words, total=total)


def run_import(house: House, file: Path, console: Console) -> None:
    """Take a file over, show how far it is, and say what became of its lines. Exits with 1 where nothing was written."""
    with file.open("rb") as opened:
        total = sum(1 for _ in opened)
    try:
        with bar(console, "检查并导入", total) as (progress, task):
            summary = import_file(house.ledger, file, progress=lambda lines: progress.advance(task, lines))
    except ImportRefused as refused:
        for problem in refused.problems:
            console.print(f"[red]✗[/red] {file.name} {problem}", highlight=False)
        console.print("一条也没有写入。改好后再导入一次。")
        raise SystemExit(1) from refused
    except StoreUnavailable as unavailable:
        console.print(f"[red]✗[/red] 写不进记录，一条也没有写入：{unavailable}", highlight=False)
        raise SystemExit(1) from unavailable
    say(summary, console)
    show(house, console, then=say_who_is_missing)


def show(house: House, console: Console, then: Callable[[House, Console], None] | None = None) -> None:
    """Bring the pages up to what was written; where they cannot be, what was written stays written and this says so.

    `then` has more to say of what they show.
    """
    try:
        with bar(console, "更新各页", None):
            house.follower.catch_up()
        if then:
            then(house, console)
    except ViewsUnavailable as late:
        console.print(f"[yellow]![/yellow] 已经记下，页面稍后更新：{late}", highlight=False)


def say_who_is_missing(house: House, console: Console) -> None:
    """Name the top organisations that nobody administers, and the command that helps: nobody sees anything of them.

    Those of a city, and those that have others below them; the rest, often enterprises whose union is not known, are counted.
    """
    with house.follower.views.read() as connection:
        known = organisations.every(connection)
        held = viewers.holders(connection, ["administrator"], datetime.now(ZONE).date().isoformat())
    led, above = {one.organisation for one in held}, {one.parent for one in known}
    alone = [one for one in known if one.parent is None and one.id not in led]
    named = [one for one in alone if one.id in above or one.kind == "city_union"][:MOST_NAMED]
    for one in named:
        console.print(
            f"[yellow]![/yellow] {one.name}（{one.id}）还没有管理员，谁也看不到它的数。给它一位：", highlight=False
        )
        what = f"appoint {held[0].person} {one.id}" if held else f"create --organisation {shlex.quote(one.name)}"
        console.print(f"  ./run admin {what}", highlight=False, soft_wrap=True)
    if named and held:
        console.print(f"（{held[0].person} 是{held[0].name}；要给别人，换成他档案里的编号。）", highlight=False)
    if left := len(alone) - len(named):
        console.print(f"另有 {left} 个机构没有上级，也没有管理员，见 ./run organisations list。", highlight=False)


def say(summary: Summary, console: Console) -> None:
    """What became of the lines."""
    if summary.lines and not summary.events:
        console.print(f"{summary.lines} 行都导入过了，没有变化。")
        return
    console.print(f"[green]✓[/green] {summary.lines} 行，写入 {summary.events} 条记录。", highlight=False)
    tables: tuple[tuple[str, Mapping[str, int]], ...] = (
        ("按规则写入", summary.taken),
        ("原样保留（这一类还没有规则；小心愿和求助按条数计，其余先不计数）", summary.kept),
        ("由规则自动得出，不另写", summary.implied),
    )
    for title, kinds in tables:
        if kinds:
            console.print(f"{title}：{sum(kinds.values())} 行", highlight=False)
            table = Table("类型", "行数")
            for kind, lines in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0])):
                table.add_row(kind, str(lines))
            console.print(table)


def run_demo(
    house: House, console: Console, *, people: int, activities: int, months: int, seed: int, today: date
) -> None:
    """Build the town, show how far it is, and say whom one can be. Exits with 1 where a rule refused it."""
    try:
        with bar(console, "造小镇", None) as (progress, task):
            town = build_town(
                house.ledger,
                people=people,
                activities=activities,
                months=months,
                seed=seed,
                today=today,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
    except RuleBroken as broken:
        console.print(
            f"[red]✗[/red] {broken} 这份记录里可能已经有另一个演示小镇；换一个 DATA_DIR 再试。", highlight=False
        )
        raise SystemExit(1) from broken
    console.print(f"[green]✓[/green] {town.commands} 个命令，新写入 {town.events} 条记录。", highlight=False)
    console.print("要登录成里面的人，用试用打开这份数据：DATA_DIR=… ./run", highlight=False)
    for person, line in town.cast.items():
        console.print(f"  {person:<16}{line}", highlight=False)
    show(house, console)
