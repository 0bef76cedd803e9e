"""Commands about keys: those of personal data, how many there are and beginning a new month; that of the accounts."""

from __future__ import annotations

import click
from flask import current_app

from domain.accounts import ChangeFactor
from ledger.events import Act, RuleBroken
from ledger.keys import KeyStore
from web import accounts_rekey
from web.accounts_store import accounts
from web.forgotten import carry_out
from web.house import house, wall_clock


def the_keys() -> KeyStore:
    """The keys of the application that the command runs in."""
    keys = house().ledger.keys
    if keys is None:
        raise click.ClickException("这份记录没有密钥库。")
    return keys


@click.group(short_help="密钥：status 看一眼，rotate 换新一期主密钥，accounts 和 index 换账号、电话和邮箱的索引的")
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


@keys.command("accounts", short_help="换账号的密钥（accounts.key），不停机；--finish 销毁旧的")
@click.option("--finish", is_flag=True, help="销毁旧密钥；还只有它打得开的统一登录和恢复码随之作废，会写信告诉本人")
def of_accounts(finish: bool) -> None:
    """Bring the accounts under a new key; a second call, or one after a crash, goes on where the first one stopped."""
    if "accounts" not in current_app.extensions:
        raise click.ClickException("试用里没有账号，也没有账号的密钥。")
    if finish:
        finish_accounts()
        return
    is_new = accounts_rekey.begin(accounts())
    count = accounts_rekey.reseal(accounts())
    click.echo(f"{'新密钥已经在用' if is_new else '新密钥上次已经在用'}，{count} 处密文换成了新的。")
    left = accounts_rekey.left(accounts())
    click.echo(
        f"旧密钥还留着：{len(left.elsewhere)} 个人的统一登录等他下次登录，{len(left.codes)} 个人的恢复码等他自己换。"
    )
    click.echo(f"请现在备份 {accounts().key.path}。要销毁旧密钥（例如它泄露了）：./run keys accounts --finish")


def finish_accounts() -> None:
    """Destroy the earlier key of the accounts."""
    if len(accounts().key.lines) == 1:
        raise click.ClickException("只有一把密钥，没有旧的可以销毁。换新的：./run keys accounts")
    elsewhere = codes = 0
    for gone in accounts_rekey.finish(accounts(), write_down):
        elsewhere, codes = elsewhere + len(gone.elsewhere), codes + len(gone.codes)
        for person in gone.shut_out:
            click.echo(f"没有别的登录方式，请发一个新的登录链接：{person}")
    click.echo(f"旧密钥已销毁；{elsewhere} 个人的统一登录断开了，{codes} 个人的恢复码作废了。")
    click.echo(f"请现在备份 {accounts().key.path}；更早的数据库备份要配更早的密钥。")


def write_down(gone: accounts_rekey.Left) -> None:
    """An event for everybody who loses something, all in one transaction; the mails follow from these."""
    lost: list[ChangeFactor] = [ChangeFactor(person, "provider", "removed") for person in gone.elsewhere]
    lost += [ChangeFactor(person, "recovery_codes", "removed") for person in gone.codes]
    at = wall_clock()
    while lost:
        acts = [Act(loss_id(one), "system", at, None, "command", reason="换账号的密钥") for one in lost]
        try:
            house().ledger.execute_all(list(zip(lost, acts, strict=True)))
            return
        except RuleBroken as broken:  # whoever has no account any more
            del lost[broken.index or 0]


def loss_id(lost: ChangeFactor) -> str:
    """The same for the same loss as long as the key in use is the same: a call after a crash writes and mails nothing again."""
    return "c" + accounts().keys.blind("lost", f"{lost.person} {lost.factor}")[:16]


@keys.command(short_help="换电话和邮箱索引的密钥：重建有关的读模型，旧密钥销毁，不停机")
def index() -> None:
    """Make the index of phone numbers and addresses anew under another key; a call after a crash goes on where it stopped."""
    store, follower = the_keys(), house().follower
    store.renew_index()
    hashed = [one for one in follower.projections if any("blind" in table.c for table in one.tables)]
    count = follower.rebuild(hashed)
    gone = store.drop_indexes()
    click.echo(f"从 {count} 条记录重建了电话和邮箱的索引，{gone} 把旧密钥已销毁。")
    again = "./run rebuild " + " ".join(one.name for one in hashed)
    click.echo(f"请现在一起备份密钥库和 {store.master.path.parent}；恢复更早的密钥库以后，要再 {again}。")


@keys.command(short_help="把没做完的注销做完（启动时也会自动做）")
def sweep() -> None:
    """Finish what a crash or a busy database left of somebody who was forgotten."""
    carry_out(house())
    click.echo("没有剩下的了。")
