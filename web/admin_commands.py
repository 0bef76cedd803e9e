"""Commands about those who run the place: the first administrator, an office for somebody, a link for whoever is shut out."""

from __future__ import annotations

import os

import click

from domain.accounts import IssueLink, Purpose
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.roles import GrantRole
from domain.words import LABELS, Role
from ledger.events import Act, Command, RuleBroken
from projections import people, viewers
from web import accounts_links
from web.accounts_store import accounts
from web.house import House, caught_up, new_id, wall_clock
from web.organisation_commands import every, the_one
from web.rights import OFFICES
from web.serve import address
from web.words import sentence

OFFICE_NAMES: dict[str, Role] = {LABELS[office]: office for office in OFFICES}


@click.group(short_help="管理员：create 建第一位，appoint 给人角色，link 给进不去的人发登录链接")
def admin() -> None:
    """Administrators. Whoever may run these commands can do anything anyway."""


@admin.command(short_help="还没有管理员时：建市级工会和第一位管理员，给出一次性的登录链接")
@click.option("--organisation", prompt="市级工会的名称", help="市级工会的名称；已经登记过的就用它。")
@click.option("--name", prompt="管理员姓名", help="管理员的姓名。")
def create(organisation: str, name: str) -> None:
    """Make the root organisation, unless it was imported, and its first administrator, and a link to choose a password."""
    organisation, name = organisation.strip(), name.strip()
    if not organisation or not name:
        raise click.ClickException("市级工会的名称和管理员姓名都要写。")
    site()  # what is wrong with it is said before anything is written
    house, now = caught_up(), wall_clock()
    with house.views.read() as connection:
        if viewers.holders(connection, ["administrator"], now.date().isoformat()):
            raise click.ClickException(
                "这里已经有管理员了。给人角色用 ./run admin appoint 编号 机构，进不去了用 ./run admin link 编号。"
            )
    known = every(house)
    is_new = all(one.name != organisation for one in known)
    union, person = new_id("o") if is_new else the_one(known, organisation).id, new_id("p")
    commands: list[Command] = [RegisterOrganisation(union, organisation, "city_union")] if is_new else []
    commands.append(RegisterPerson(person, name, organisation=union))
    commands.append(GrantRole(person, "administrator", union, now.date()))
    acts = [Act(new_id("c"), person, now, union, "command", reason="建立首位管理员") for _ in commands]
    house.ledger.execute_all(list(zip(commands, acts, strict=True)))
    house.follower.catch_up()
    click.echo(f"已建：{organisation}，管理员 {name}（{person}）。")
    tell_link(house, person)


@admin.command(short_help="给已有档案的人一个角色，对那个机构和下级有效；不写 --role 就是管理员")
@click.argument("person", metavar="编号")
@click.argument("organisation", metavar="机构")
@click.option("--role", default="管理员", show_default=True, type=click.Choice(list(OFFICE_NAMES)), help="哪个角色。")
def appoint(person: str, organisation: str, role: str) -> None:
    """Give somebody an office: where an import brought organisations of its own, nobody has any right there."""
    house, now = caught_up(), wall_clock()
    found, where = living(house, person), the_one(every(house), organisation)
    act = Act(new_id("c"), "system", now, where.id, "command", reason="命令行任命")
    try:
        done = house.ledger.execute(GrantRole(found.id, OFFICE_NAMES[role], where.id, now.date()), act)
    except RuleBroken as broken:
        raise click.ClickException(sentence(broken)) from broken
    if not done.events:
        click.echo(f"{found.name} 已经是{where.name}的{role}，没有变化。")
        return
    click.echo(f"{found.name} 从今天起是{where.name}的{role}，对它的下级也有效。")
    if not house.is_tryout and accounts().find(found.id) is None:
        click.echo(f"他还没有账号：./run admin link {found.id}")


@admin.command(short_help="谁都进不去的时候：给这个人一个新的一次性登录链接")
@click.argument("person", metavar="编号")
def link(person: str) -> None:
    """Let somebody in who cannot get in any more, by the id of their file."""
    house = caught_up()
    tell_link(house, living(house, person).id)


def living(house: House, person: str) -> people.Person:
    """The file with this id, not one that was merged away. Raises ClickException."""
    with house.views.read() as connection:
        found = people.find(connection, person)
    if found is None or found.root:
        raise click.ClickException(f"没有这个人：{person}。编号在他的档案里，例如 p7f3b09c2d41e865。")
    return found


def tell_link(house: House, person: str) -> None:
    """A link that works once, on the terminal."""
    if house.is_tryout:
        raise click.ClickException("试用里没有账号，登录页上挑一个人就行。")
    pages = site()
    purpose: Purpose = "recovery" if accounts().find(person) else "invitation"
    act = Act(new_id("c"), "system", wall_clock(), None, "command", reason="命令行发出")
    house.ledger.execute(IssueLink(person, purpose), act)
    token = accounts_links.issue(accounts(), person, purpose, wall_clock())
    lasts = "7 天" if purpose == "invitation" else "1 小时"
    click.echo(f"用 ./run web 启动，再打开这个链接设密码（只能用一次，{lasts}内有效）：")
    click.echo(f"  {pages}/enter/{token}")
    click.echo("链接的开头由 PUBLIC_URL 决定，没有就由 HOST 和 PORT；网页开在别处，就换成那里的地址。")


def site() -> str:
    """Where the pages are reached, as far as the environment of this command tells. Raises ClickException for a wrong PORT."""
    host, port = address()
    return os.environ.get("PUBLIC_URL", "").rstrip("/") or f"http://{host}:{port}"
