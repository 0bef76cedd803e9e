"""The commands that keep a copy and bring it back: `./run backup DIR` and `./run restore DIR`. They need no house to stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import Progress

from ledger.address import WrongAddress
from ledger.backup import BackupRefused, Manifest, bring_back, save
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.place import Place
from ledger.store import StoreUnavailable
from ledger.views import Views
from projections import PROJECTIONS

REFUSALS = (BackupRefused, StoreUnavailable, WrongAddress, OSError)


def register(cli: click.Group, place: Callable[[], Place]) -> None:
    """Add the commands to the application's command line; `place` tells where the data lives."""

    @cli.command("backup", short_help="备份记录到一个新目录；服务不用停")
    @click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
    def backup(folder: Path) -> None:
        """把记录、守卫和送达情况备份到一个新目录，附一份可以核对的清单；读模型能重建，不备份。"""
        with refusals_told():
            say("已备份", save(place(), folder), folder)

    @cli.command("restore", short_help="从备份恢复到空的地方，逐条核对，再重建读模型；先停服务")
    @click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
    @click.option("--overwrite", is_flag=True, help="这里已有记录也恢复（只限 SQLite）；现有的文件移到旁边")
    def restore(folder: Path, overwrite: bool) -> None:
        """核对备份的清单，恢复，再逐条与清单比较，然后重建全部读模型。"""
        with refusals_told():
            manifest = bring_back(folder, place(), overwrite=overwrite)
            build(place())
            say("已恢复", manifest, folder)


@contextmanager
def refusals_told() -> Iterator[None]:
    """What does not work is said in a sentence, and the command exits with 1."""
    try:
        yield
    except REFUSALS as error:
        raise click.ClickException(str(error)) from error


def build(place: Place) -> None:
    """Build all read models anew from the log."""
    ledger, views = Ledger.open(place.log, place.folder), Views(place.views)
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task("重建读模型", total=ledger.store.head())
            Follower(ledger, views, PROJECTIONS).rebuild(PROJECTIONS, lambda done: bar.advance(task, done))
    finally:
        views.close()
        ledger.close()


def say(done: str, manifest: Manifest, folder: Path) -> None:
    """What the backup holds, for the eye and for the file of the night's work."""
    size = sum(file.bytes for file in manifest.files.values())
    click.echo(
        f"{done}：{manifest.events} 条记录，到第 {manifest.head} 条，{manifest.made}，{size / 1e6:.1f} MB，{folder}"
    )
    click.echo(f"记录的指纹 {manifest.log}")
