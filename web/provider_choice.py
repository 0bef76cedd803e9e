"""Which providers are offered to whom: all of them at the door, to a known person those of their organisations."""

from __future__ import annotations

from projections import organisations, people
from web import access
from web import accounts_providers as providers
from web.accounts_store import accounts
from web.house import reader


def name_of(organisation: str) -> str:
    """The name of an organisation."""
    return organisations.names(reader()).get(organisation, organisation)


def at_the_door() -> dict[str, str]:
    """Every provider of this house, organisation → name, by the sound of their names."""
    having = providers.organisations(accounts())
    names = organisations.names(reader()) if having else {}
    return organisations.in_order({one: names.get(one, one) for one in having})


def offered_to(person: str) -> dict[str, str]:
    """The providers by which somebody could sign in: of their organisations, and of those above these."""
    having = at_the_door()
    viewer, file = access.load_viewer(person), people.find(reader(), person)
    if not having or viewer is None or file is None:
        return {}
    own = {organisation for _, organisation in viewer.roles} | {file.organisation}
    return {one: name for one, name in having.items() if not organisations.under(reader(), [one]).isdisjoint(own)}
