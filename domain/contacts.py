"""Where a person is written to: an e-mail address, and in which language. The person says it, or staff for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.people import Person, need_person
from domain.words import Language
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class ContactChanged(Event, topic="person.contact_changed", stream=("person",), personal=("email",), indexed="email"):
    """From now on they are written to at this address; without one they are not written to."""

    person: str
    email: str | None = None
    language: Language = "zh"


class NoAddress(RuleBroken):
    """An address has a name, an at sign and a domain, and no line break that would become a header of the mail."""

    sentence = "邮箱地址不对，例如 xiaoman@example.org。"


@dataclass(frozen=True)
class ChangeContact(Command):
    """Write to this person at `email` from now on; None: do not write."""

    person: str
    email: str | None = None
    language: Language = "zh"


@decides(ChangeContact, person=Person.of("person"))
def change_contact(command: ChangeContact, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if command.email is not None and not is_address(command.email):
        raise NoAddress
    yield ContactChanged(command.person, command.email, command.language)


def is_address(text: str) -> bool:
    """Whether a mail server can be asked to deliver to it; whether anybody reads it only a mail tells."""
    name, _, host = text.rpartition("@")
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' <>,;:"()[]\\')
    return is_plain and bool(name) and "@" not in name and "." in host.strip(".") and len(text) <= 254
