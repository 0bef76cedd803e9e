"""Commands about the keys of personal data: how many there are, and beginning a new month."""

from __future__ import annotations

import click
from flask import current_app

from ledger.keys import KeyStore
from web.forgotten import carry_out
from web.house import House


def the_keys() -> KeyStore:
    """The keys of the application that the command runs in."""
    house: House = current_app.extensions["liandong"]
    if house.ledger.keys is None:
        raise click.ClickException("这份记录没有密钥库。")
    return house.ledger.keys


@click.group(short_help="个人信息的密钥：status 看一眼，rotate 换新一期主密钥")
def keys() -> None:
    """The keys under which personal data is encrypted."""


@keys.command(short_help="有多少把、销毁了多少、主密钥在哪、是哪一期")
def status() -> None:
    """Say how many keys there are."""
    store = the_keys()
    living, erased = store.count()
    click.echo(f"在用 {living} 把，已销毁 {erased} 把；主密钥 {store.master.path}，{store.master.newest} 期。")


@keys.command(short_help="每月一次：用新主密钥重新包裹所有密钥，旧主密钥销毁；之后立刻备份 keys 文件夹")
def rotate() -> None:
    """Begin this month's master key, and destroy the old one."""
    store = the_keys()
    count = store.rotate()
    if not count:
        click.echo(f"本月已经换过（{store.master.newest} 期），什么都没做。")
        return
    click.echo(f"{count} 把密钥已用 {store.master.newest} 期重新包裹，旧主密钥已销毁。")
    click.echo(f"请现在一起备份密钥库和 {store.master.path.parent}：更早的密钥备份从此打不开。")


@keys.command(short_help="把没做完的注销做完（启动时也会自动做）")
def sweep() -> None:
    """Finish what a crash or a busy database left of somebody who was forgotten."""
    carry_out(current_app.extensions["liandong"])
    click.echo("没有剩下的了。")
