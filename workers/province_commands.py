"""The commands of a province: `./run follow-logs` follows the logs of its cities, `./run province` adds up a month."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Protocol

import click
import msgspec

from ledger.address import WrongAddress
from ledger.troubles import DatabaseUnavailable
from projections.claims import in_hours
from projections.figures import Few, Value
from projections.identities import Span
from projections.measures import MEASURES, MINUTES
from workers.provinces import NoSuchLog, Part, Standing, cities, is_name, parts, total

HOME = Path(__file__).parent.parent / "var" / "city"


class App(Protocol):
    """As much of the Flask application as a command needs."""

    cli: click.Group


def register(app: App) -> None:
    """Add the commands to the application's command line."""
    app.cli.add_command(follow_logs)
    app.cli.add_command(province)


def home() -> Path:
    """The folder of this application's data."""
    return Path(os.environ.get("DATA_DIR") or HOME)


@click.command("follow-logs", short_help="省级：跟读几座城市的记录，汇成自己的读模型")
@click.argument("logs", nargs=-1, required=True, metavar="CITY=ADDRESS…")
@click.option("--once", is_flag=True, help="读到现在为止就停")
@click.option("--every", default=5.0, show_default=True, type=click.FloatRange(0.1), help="隔几秒再看一次")
def follow_logs(logs: tuple[str, ...], once: bool, every: float) -> None:
    """跟读几座城市的记录。CITY 用拼音小写，ADDRESS 是记录文件或 postgresql:// 地址；城市的数据只读不写。"""
    try:
        with cities(home(), named(logs)) as opened:
            while True:
                standings = [city.catch_up() for city in opened]
                for standing in standings:
                    say(standing)
                if once:
                    raise SystemExit(any(standing.trouble for standing in standings))
                time.sleep(every)
    except (NoSuchLog, WrongAddress, DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from error


def named(logs: tuple[str, ...]) -> dict[str, str]:
    """The addresses by city. Raises UsageError where one has no name, or two have the same."""
    found: dict[str, str] = {}
    for log in logs:
        name, equals, where = log.partition("=")
        if not equals or not where or not is_name(name) or name in found:
            raise click.UsageError(f"“{log}”应当像 zhongshan=postgresql://…：名字用小写拼音，每座城市一个。")
        found[name] = where
    return found


def say(standing: Standing) -> None:
    """How far a city has been followed; to the error output what stands in the way."""
    if standing.trouble:
        click.echo(f"{standing.city}　停在第 {standing.position} 条：{standing.trouble}", err=True)
    else:
        click.echo(f"{standing.city}　读到第 {standing.position} 条")


@click.command(short_help="省级：一个月的数，各市与合计")
@click.option("--month", required=True, help="月份，例如 2020-02")
@click.option("--json", "as_json", is_flag=True, help="一个 JSON 对象")
def province(month: str, as_json: bool) -> None:
    """把 ./run follow-logs 跟读到的各市加起来；每个数都说明算到各市记录的第几条。"""
    found = parts(home(), month)
    if not found:
        raise click.ClickException("还没有跟读任何城市。先运行 ./run follow-logs 市名=地址。")
    click.echo(msgspec.json.encode(for_machines(month, found)).decode() if as_json else for_people(month, found))


def for_machines(month: str, found: list[Part]) -> dict[str, Any]:
    """The sums, and what each city adds to them."""
    return {
        "month": month,
        "values": {name: plain(total(part.figures.values[name] for part in found)) for name in MEASURES},
        "cities": [
            {
                "city": part.city,
                "position": part.position,
                "values": {n: plain(part.figures.values[n]) for n in MEASURES},
            }
            for part in found
        ],
    }


def plain(value: Value) -> int | dict[str, int | None] | None:
    """A figure as JSON; none where it is withheld, without a greatest where only a part of it is."""
    if isinstance(value, Few):
        return None if value.least is None else {"min": value.least, "max": None}
    return {"min": value.min, "max": value.max} if isinstance(value, Span) else value


def for_people(month: str, found: list[Part]) -> str:
    """A line a figure: the sum, then each city."""
    rows = [f"{month}　" + "、".join(f"{part.city}（到第 {part.position} 条）" for part in found)]
    for name, measure in MEASURES.items():
        every = [part.figures.values[name] for part in found]
        whole, *parts = (words(name, value) for value in (total(every), *every))
        rows.append(f"  {measure.label}　{whole} {measure.unit}＝" + "＋".join(parts))
    return "\n".join(rows)


def words(name: str, value: Value) -> str:
    """A figure in a table; minutes as hours."""
    if name in MINUTES and isinstance(value, Few) and value.least is not None:
        return f"至少 {in_hours(value.least)}"
    if name in MINUTES and isinstance(value, int):
        return str(in_hours(value))
    return "未记" if value is None else str(value)
