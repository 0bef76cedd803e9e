"""The commands that make and move databases: `./run database prepare` and `./run copy`. They need no house to stand."""

from __future__ import annotations

from typing import Any

import click

from ledger.database import WrongAddress
from ledger.preparing import prepare as prepare_database
from ledger.store import StoreUnavailable


def register(app: Any) -> None:
    """Add the commands to the application's command line."""
    app.cli.add_command(database)


@click.group(short_help="数据库：prepare 为 PostgreSQL 建表、权限和只增不改的触发器")
def database() -> None:
    """Databases."""


@database.command()
@click.option("--owner", envvar="OWNER_DATABASE_URL", required=True, help="所有者的地址，也可用 OWNER_DATABASE_URL")
@click.option("--application", envvar="DATABASE_URL", required=True, help="应用的地址，也就是 DATABASE_URL")
def prepare(owner: str, application: str) -> None:
    """以所有者的身份建好数据库、表、触发器和应用的用户；再运行一次什么都不变。"""
    try:
        for sentence in prepare_database(owner, application):
            click.echo(sentence)
    except (StoreUnavailable, WrongAddress) as error:
        raise click.ClickException(str(error)) from error
