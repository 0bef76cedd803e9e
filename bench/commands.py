"""The command `./run bench NAME`: ours and a baseline in one run, one JSON object a line. Figures are ratios."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

NAMES = ("write", "rebuild", "http", "growth", "registration", "crypto")

BOTH = ("write", "rebuild")
"""Those that are measured on either engine."""


def register(app: Any) -> None:
    """Add `bench` to the application's command line."""
    app.cli.add_command(bench)


@click.command(short_help="测速：write、rebuild、http、growth、registration、crypto 或 all，只看比值")
@click.argument("name", type=click.Choice([*NAMES, "all"]))
@click.option(
    "--engine", default="sqlite", show_default=True, type=click.Choice(["sqlite", "postgresql"]), help="write、rebuild"
)
@click.option("--most", default=1_000_000, show_default=True, help="growth：最大的一份记录有多少条")
def bench(name: str, engine: str, most: int) -> None:
    """我们与普通做法同场比较，一行一个 JSON；只看比值。"""
    for one in NAMES if name == "all" else (name,):
        on = "_postgres" if engine == "postgresql" and one in BOTH else ""
        import_module(f"bench.{one}{on}").run(**({"most": most} if one == "growth" else {}))
