"""The commands that make and move databases: `./run database prepare` and `./run copy`. They need no house to stand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from ledger.address import WrongAddress
from ledger.copying import CannotCopy, copy, copy_beside, copy_secrets, copy_tables
from ledger.database import Database
from ledger.master import KeyMissing
from ledger.place import Place
from ledger.preparing import prepare as prepare_database
from ledger.store import StoreUnavailable
from projections.deliveries import tables as kept_tables

TROUBLES = (StoreUnavailable, WrongAddress, CannotCopy, KeyMissing, OSError)
PLACE = "数据目录，或 postgresql:// 开头的地址（它的密钥在 DATA_DIR 里）"
CITY = Path(__file__).parents[1] / "var" / "city"


def register(app: Any) -> None:
    """Add the commands to the application's command line."""
    app.cli.add_command(database)
    app.cli.add_command(move)


@click.group(short_help="数据库：prepare 为 PostgreSQL 建表、权限和只增不改的触发器")
def database() -> None:
    """为 PostgreSQL 准备数据库。"""


@database.command()
@click.option("--owner", envvar="OWNER_DATABASE_URL", required=True, help="所有者的地址，也可用 OWNER_DATABASE_URL")
@click.option("--application", envvar="DATABASE_URL", required=True, help="应用的地址，也就是 DATABASE_URL")
def prepare(owner: str, application: str) -> None:
    """以所有者的身份建好数据库、表、触发器和应用的用户；再运行一次什么都不变。"""
    try:
        for sentence in prepare_database(owner, application):
            click.echo(sentence)
    except TROUBLES as error:
        raise click.ClickException(str(error)) from error


@click.command("copy", short_help="把记录从一个数据库原样搬到另一个空的，逐字节核对")
@click.option("--from", "source", required=True, metavar="PLACE", help=PLACE)
@click.option("--to", "target", required=True, metavar="PLACE", help=PLACE)
def move(source: str, target: str) -> None:
    """把记录、守卫、答复、密钥、账号和办过的事原样搬过去，位置不变，核对后才算数；读模型在新处启动时重建。"""
    theirs, ours = place_of(source), place_of(target)
    if theirs.url is None and not (theirs.folder / "log.db").exists():
        raise click.ClickException(f"{theirs.folder} 里没有记录（log.db）。")
    ours.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        files = copy_secrets(theirs, ours)
        with Progress(transient=True) as bar:
            task = bar.add_task("搬运并核对", total=None)
            copied = copy(theirs.log, ours.log, lambda rows: bar.advance(task, rows))
        done, beside = copy_kept(theirs, ours), copy_beside(theirs, ours)
    except TROUBLES as error:
        raise click.ClickException(str(error)) from error
    parts = zip(("条记录", "个守卫", "个答复"), copied.rows.values(), strict=True)
    click.echo(
        f"已搬：{'、'.join(f'{number} {name}' for name, number in parts)}，{done} 件办过或待办的事，{beside} 行密钥和账号。"
    )
    if files:
        click.echo(f"密钥文件 {files} 个也抄到了 {ours.folder}；请另外备份，不要和数据放在一起。")
    click.echo(f"位置到 {copied.last}，SHA-256 {copied.digest}，读回来的一样。")


def copy_kept(source: Place, target: Place) -> int:
    """What became of the work that follows from the log goes along, so that nothing is sent a second time."""
    if source.url is None and not Path(source.outbox).exists():
        return 0
    theirs, ours = Database(source.outbox), Database(target.outbox, "outbox")
    try:
        return copy_tables(theirs, ours, kept_tables.sorted_tables)
    finally:
        theirs.close()
        ours.close()


def place_of(text: str) -> Place:
    """A folder, or the address of a database, whose key files are where those of the service are."""
    return Place(Path(os.environ.get("DATA_DIR") or CITY), text) if "://" in text else Place(Path(text))
