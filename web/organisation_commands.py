"""Commands about organisations: which there are, and registering one under another. Pages only choose among them."""

from __future__ import annotations

from typing import get_args

import click

from domain.organisations import RegisterOrganisation
from domain.words import LABELS, OrganisationKind
from ledger.events import Act, RuleBroken
from projections import organisations as known
from web.house import House, caught_up, new_id, wall_clock
from web.words import sentence

KINDS: dict[str, OrganisationKind] = {LABELS[kind]: kind for kind in get_args(OrganisationKind)}


def every(house: House) -> list[known.Organisation]:
    """All organisations."""
    with house.views.read() as connection:
        return known.every(connection)


def the_one(found: list[known.Organisation], wanted: str) -> known.Organisation:
    """The organisation with this id or name. Raises ClickException where none or more than one is called so."""
    meant = [one for one in found if one.id == wanted] or [one for one in found if one.name == wanted]
    if len(meant) != 1:
        why = f"有 {len(meant)} 个机构叫“{wanted}”，请写编号" if meant else f"没有机构叫“{wanted}”"
        raise click.ClickException(f"{why}；看 ./run organisations list。")
    return meant[0]


@click.group(short_help="机构：list 看有哪些，add 登记一个")
def organisations() -> None:
    """Unions, agencies and stations."""


@organisations.command("list", short_help="有哪些机构，下级缩进")
def tell() -> None:
    """Print the tree: name, kind, id."""
    for depth, one in known.tree(every(caught_up())):
        click.echo(f"{'  ' * depth}{one.name}　{LABELS[one.kind]}　{one.id}{'　已停用' if one.suspended else ''}")


@organisations.command(short_help="登记一个机构：名称、哪一种、在谁下面")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="哪一种。")
@click.option("--under", required=True, help="上级的名称或编号。")
def add(name: str, kind: str, under: str) -> None:
    """Register an organisation under its parent; roles in it are then given on the pages."""
    house, name = caught_up(), name.strip()
    found = every(house)
    if not name or any(one.name == name for one in found):
        raise click.ClickException(f"已经有机构叫“{name}”了。" if name else "名称要写。")
    above = the_one(found, under)
    key = new_id("o")
    act = Act(new_id("c"), "system", wall_clock(), above.id, "command", reason="命令行登记")
    try:
        house.ledger.execute(RegisterOrganisation(key, name, KINDS[kind], above.id), act)
    except RuleBroken as broken:
        raise click.ClickException(sentence(broken)) from broken
    click.echo(f"已登记：{name}（{key}），在{above.name}下面。管理员在“人员”里给那里的人角色。")
