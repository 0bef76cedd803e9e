"""Renaming an organisation, or giving it its code: a typing mistake, or it is called differently from now on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.organisations import Organisation, Renamed
from domain.words import Unknown, need_reason
from ledger.events import Act, Command, Event
from ledger.execute import decides


@dataclass(frozen=True)
class RenameOrganisation(Command):
    """Write its name and code anew; a reason is needed."""

    organisation: str
    name: str
    code: str | None = None


@decides(RenameOrganisation, this=Organisation.of("organisation"))
def rename(command: RenameOrganisation, act: Act, this: Organisation) -> Iterator[Event]:
    if not this.exists:
        raise Unknown(what="个机构")
    need_reason(act)
    yield Renamed(command.organisation, command.name, command.code)
