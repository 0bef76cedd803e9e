"""Organisations: a tree from the city union down to enterprises, with agencies and stations as side branches. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from domain.words import LABELS, OrganisationKind, Unknown, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

LADDER = ("city_union", "district_union", "bureau_union", "town_union", "second_tier", "enterprise")
"""The line of the unions; agencies, centres, stations and partners hang from any rung and carry no rung themselves."""


class Registered(Event, topic="organisation.registered", stream=("organisation",)):
    """An organisation is on the books. `code` is its unified social credit code or its union number."""

    organisation: str
    name: str
    kind: OrganisationKind
    parent: str | None = None
    code: str | None = None


class Reparented(Event, topic="organisation.reparented", stream=("organisation",)):
    """It moved under another parent; `None` takes it out of the tree."""

    organisation: str
    parent: str | None = None


class Renamed(Event, topic="organisation.renamed", stream=("organisation",)):
    """It is called differently, or was entered with a mistake: its whole name and code as they are from now on."""

    organisation: str
    name: str
    code: str | None = None


class Suspended(Event, topic="organisation.suspended", stream=("organisation",)):
    """It may publish nothing new until it is resumed."""

    organisation: str


class Resumed(Event, topic="organisation.resumed", stream=("organisation",)):
    """A suspension ended."""

    organisation: str


class Organisation(Guard, kind="organisation", key=("organisation",)):
    """One organisation, as rules need it."""

    kind_of: str = ""
    is_suspended: bool = False

    @property
    def exists(self) -> bool:
        """Whether it was ever registered."""
        return bool(self.kind_of)

    @evolves(Registered)
    def registered(self, event: Registered) -> Organisation:
        return replace(self, kind_of=event.kind)

    @evolves(Suspended)
    def suspended(self, event: Suspended) -> Organisation:
        return replace(self, is_suspended=True)

    @evolves(Resumed)
    def resumed(self, event: Resumed) -> Organisation:
        return replace(self, is_suspended=False)


class Tree(Guard, kind="tree"):
    """Who stands under whom, an entry an organisation: read where organisations change, and where bought services are confirmed."""

    parents: dict[str, str | None] = {}
    branches: dict[str, OrganisationKind] = {}
    """Those that are no union, and what each is: agency, centre, station, partner."""

    @evolves(Registered)
    def registered(self, event: Registered) -> Tree:
        branch = {} if event.kind in LADDER else {event.organisation: event.kind}
        return replace(self, parents=self.parents | {event.organisation: event.parent}, branches=self.branches | branch)

    @evolves(Reparented)
    def moved(self, event: Reparented) -> Tree:
        return replace(self, parents=self.parents | {event.organisation: event.parent})

    def ancestors(self, organisation: str) -> list[str]:
        """From the organisation itself up to the root."""
        line = [organisation]
        while parent := self.parents.get(line[-1]):
            line.append(parent)
        return line

    def head_of(self, organisation: str) -> str:
        """The agency, centre or partner whose station it is, at any depth; itself where it is none or a union's."""
        head = organisation
        while self.branches.get(head) == "service_station" and (above := self.parents.get(head)) in self.branches:
            head = str(above)
        return head


class AlreadyRegistered(RuleBroken):
    """An organisation is registered once."""

    sentence = "机构“{organisation}”已经登记过了。"


class Circle(RuleBroken):
    """The tree has no cycles."""

    sentence = "不能把机构放到它自己的下级下面。"


class WrongRung(RuleBroken):
    """A union stands under a higher rung of its own line: city, district, town, second tier, enterprise."""

    sentence = "上下级不对：{kind} 不能放在 {parent_kind} 下面。"


class IsSuspended(RuleBroken):
    """A suspended organisation publishes nothing."""

    sentence = "机构已停用，先恢复才能继续。"


@dataclass(frozen=True)
class RegisterOrganisation(Command):
    """Put an organisation on the books under its parent."""

    organisation: str
    name: str
    kind: OrganisationKind
    parent: str | None = None
    code: str | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The parent as a key: none or one."""
        return (self.parent,) if self.parent else ()


@dataclass(frozen=True)
class ReparentOrganisation(Command):
    """Move an organisation under another parent."""

    organisation: str
    parent: str | None

    @property
    def parents(self) -> tuple[str, ...]:
        """The parent as a key: none or one."""
        return (self.parent,) if self.parent else ()


@dataclass(frozen=True)
class SuspendOrganisation(Command):
    """Stop an organisation from publishing; a reason is needed."""

    organisation: str


@dataclass(frozen=True)
class ResumeOrganisation(Command):
    """End a suspension; a reason is needed."""

    organisation: str


@decides(RegisterOrganisation, this=Organisation.of("organisation"), above=Organisation.of("parents"))
def register(command: RegisterOrganisation, act: Act, this: Organisation, above: list[Organisation]) -> Iterator[Event]:
    if this.exists:
        raise AlreadyRegistered(organisation=command.name)
    check_rungs(command.kind, above)
    yield Registered(command.organisation, command.name, command.kind, command.parent, command.code)


@decides(
    ReparentOrganisation,
    this=Organisation.of("organisation"),
    above=Organisation.of("parents"),
    tree=Tree.of(),
)
def reparent(
    command: ReparentOrganisation, act: Act, this: Organisation, above: list[Organisation], tree: Tree
) -> Iterator[Event]:
    if not this.exists:
        raise Unknown(what="个机构")
    need_reason(act)
    check_rungs(this.kind_of, above)
    if command.parent and command.organisation in tree.ancestors(command.parent):
        raise Circle
    yield Reparented(command.organisation, command.parent)


@decides(SuspendOrganisation, this=Organisation.of("organisation"))
def suspend(command: SuspendOrganisation, act: Act, this: Organisation) -> Iterator[Event]:
    if not this.exists:
        raise Unknown(what="个机构")
    need_reason(act)
    if not this.is_suspended:
        yield Suspended(command.organisation)


@decides(ResumeOrganisation, this=Organisation.of("organisation"))
def resume(command: ResumeOrganisation, act: Act, this: Organisation) -> Iterator[Event]:
    if not this.exists:
        raise Unknown(what="个机构")
    need_reason(act)
    if this.is_suspended:
        yield Resumed(command.organisation)


def check_rungs(kind: str, above: list[Organisation]) -> None:
    """Raise Unknown or WrongRung where the parent cannot carry an organisation of this kind."""
    for parent in above:
        if not parent.exists:
            raise Unknown(what="个上级机构")
        rung = LADDER.index(parent.kind_of) if parent.kind_of in LADDER else None
        if kind in LADDER and (rung is None or rung >= LADDER.index(kind)):
            raise WrongRung(kind=LABELS[kind], parent_kind=LABELS[parent.kind_of])
