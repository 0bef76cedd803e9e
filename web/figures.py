"""`./run figures`: the figures of a month for machines (one JSON object) and for people (a table)."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from flask.cli import with_appcontext

from projections import figures as months
from projections import organisations
from projections.claims import Claim, claims
from projections.figures import Figures
from projections.identities import Span
from projections.measures import MEASURES
from projections.small_cells import shown
from web.house import caught_up
from web.month_parts import worded
from web.schemas.months import MONTH


class BadArgument(click.ClickException):
    """An argument that names nothing; the sentence says which."""

    exit_code = 2


@click.command(short_help="一个月的数：算出来的、印出来的、是否一致")
@click.option("--month", required=True, help="月份，例如 2020-02。")
@click.option("--org", default=None, help="机构编号：它和（当时）它下级的。")
@click.option("--as-of", "as_of", type=click.IntRange(min=0), default=None, help="算到记录的第几条。")
@click.option("--json", "as_json", is_flag=True, help="一个 JSON 对象，不要表格。")
@with_appcontext
def figures(month: str, org: str | None, as_of: int | None, as_json: bool) -> None:
    """Add up a month from the log."""
    if not MONTH.fullmatch(month):
        raise BadArgument(f"月份“{month}”读不懂，应当像 2020-02。")
    house = caught_up()
    if as_of is not None and as_of > house.ledger.store.head():
        raise BadArgument(f"记录只到第 {house.ledger.store.head()} 条，没有第 {as_of} 条。")
    with house.views.read() as connection:
        if org is not None and organisations.find(connection, org) is None:
            raise BadArgument(f"没有编号为“{org}”的机构。")
        scope = None if org is None else organisations.under(connection, [org], as_of)
        found = shown(connection, months.figures(connection, month, scope, as_of), scope, as_of)
        printed = claims(connection, found, scope, as_of)
    click.echo(msgspec.json.encode(for_machines(found, printed)).decode() if as_json else for_people(found, printed))


def total(found: Figures, name: str) -> int | None:
    """A sum, none where it is withheld."""
    return None if isinstance(found.values[name], months.Few) else found.total(name)


def span(found: Figures, name: str) -> Span | None:
    """A count of people, none where it is withheld."""
    return None if isinstance(found.values[name], months.Few) else found.persons(name)


def for_machines(found: Figures, printed: list[Claim]) -> dict[str, Any]:
    """The object that `--json` prints."""
    whole = ("sessions", "participations", "contacts", "visits")
    return {
        **{name: total(found, name) for name in whole},
        "visits_by_place": found.visits_by_place,
        "persons_visited": span(found, "persons_visited"),
        "persons_served": span(found, "persons_served"),
        "counselling_minutes": total(found, "counselling_minutes"),
        "persons_counselled": counselled.max if (counselled := span(found, "persons_counselled")) else None,
        "volunteer_minutes": total(found, "volunteer_minutes"),
        "planned_lines": total(found, "planned_lines"),
        "claims": [
            {
                "figure": claim.figure,
                "printed": claim.printed,
                "computed": claim.computed,
                "agrees": claim.agrees,
                "unit": claim.unit,
                "what": claim.what,
            }
            for claim in printed
        ],
    }


def for_people(found: Figures, printed: list[Claim]) -> str:
    """A table of the figures, then one of what was printed."""
    rows = [f"{found.month}"]
    for measure in MEASURES.values():
        rows.append(f"  {measure.label}　{' '.join(worded(measure, found.values[measure.name]))}".rstrip())
    rows += [f"  探访 {place}　{count} 次" for place, count in found.visits_by_place.items()]
    if printed:
        rows.append("印出的与算出的")
    for claim in printed:
        computed = "无从知道" if claim.computed is None else f"{claim.computed} {claim.computed_unit}"
        about = MEASURES[claim.measure].label if claim.measure else claim.words
        beside = f"印 {claim.printed} {claim.unit}　算 {computed}　{STATES[claim.state]}"
        rows.append(f"  {claim.figure}　{claim.section}：{about}　{beside}")
    return "\n".join(rows)


STATES = {"differs": "不一致", "unit": "单位不同", "range": "只能给区间", "agrees": "一致", "unknown": "无法对照"}
