"""Picking a person by name or sound: what a typed text means, and what to offer while somebody types."""

from __future__ import annotations

from flask import g

from ledger.blind import digits
from projections import people
from projections.people import Person
from web import sight
from web.house import house, reader

MOST_OFFERED = 12
FEWEST_DIGITS = 7
"""Of a phone number, without which nobody is looked for by one."""
MOST_TYPED = 80
"""Characters of a search that are looked at."""


def words_of(person: Person) -> str:
    """How a person stands in a picker: `梁霞 · p7k3m9q2xw`, so that two of one name stay apart."""
    return f"{person.name} · {person.id}"


def offered(text: str) -> list[Person]:
    """Whom the viewer's organisations know and whose name begins or sounds so."""
    return search(text[:MOST_TYPED], MOST_OFFERED, g.viewer.at("people.options"))


def search(text: str, most: int, within: frozenset[str]) -> list[Person]:
    """People whom these organisations know by name, sound, number of the file, or the whole of a phone number."""
    keys, number = house().ledger.keys, digits(text)
    blinds = keys.blinds(number) if keys is not None and len(number) >= FEWEST_DIGITS and is_number(text) else ()
    return people.search(reader(), text, most, within=within, blinds=blinds)


def is_number(text: str) -> bool:
    """Whether this is typed as a phone number is."""
    return all(one.isdecimal() or one in "+-() " for one in text.strip())


def resolve(text: str, *, beside: str = "") -> tuple[Person | None, str]:
    """The one person that a typed text means, or a sentence that says why it is not clear who.

    `beside`: whom another one is looked for, who may have the same name.
    """
    wanted = text.rpartition("·")[2].strip()
    found = people.find(reader(), wanted)
    if found and sight.is_usable(found.id, g.viewer.at("people.options")):
        living = people.find(reader(), found.root) if found.root else found
        return living, ""
    alike = [person for person in offered(text.partition("·")[0]) if person.id != beside]
    if len(alike) == 1:
        return alike[0], ""
    same = [person for person in alike if person.name == text.strip()]
    if len(same) == 1:
        return same[0], ""
    if alike:
        return None, "不止一个人：" + "，".join(words_of(person) for person in alike[:4]) + "。请写全，或从列表里选。"
    return None, f"没有找到“{text.strip()}”。先到“人员”里建档，再来记。"
