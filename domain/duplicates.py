"""Duplicates: files that may be one person, and what is decided about them: two persons, or merged into one file. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.people import Person, need_person
from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged
from domain.words import Unknown, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides


class CannotMerge(RuleBroken):
    """Two different, living files are merged."""

    sentence = "这两份档案不能合并：要两份不同的、都还在用的档案。"


class IsProtected(RuleBroken):
    """A file that may not be used is not made part of another: it would be open there."""

    sentence = "封存或限制使用的档案不能合并：先解封，或者解除限制。"


class WantsOut(RuleBroken):
    """Who asked to be forgotten is answered first: what they asked stands on the file that would go."""

    sentence = "这份档案的本人要求注销：先办妥，或者由本人撤回，再合并。"


@dataclass(frozen=True)
class FlagDuplicate(Command):
    """Say that these files may be one person."""

    person: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class DismissDuplicate(Command):
    """Say that they are different persons."""

    person: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class MergePersons(Command):
    """Join a file into another; a reason is needed."""

    person: str
    into: str


@decides(FlagDuplicate, person=Person.of("person"), candidates=Person.of("candidates"))
def flag(command: FlagDuplicate, act: Act, person: Person, candidates: list[Person]) -> Iterator[Event]:
    if len(set(command.candidates)) < 2:
        raise CannotMerge
    for one in (person, *candidates):
        need_person(one)
    yield DuplicateFlagged(command.person, command.candidates)


@decides(DismissDuplicate, person=Person.of("person"), candidates=Person.of("candidates"))
def dismiss(command: DismissDuplicate, act: Act, person: Person, candidates: list[Person]) -> Iterator[Event]:
    if not all(one.is_registered for one in (person, *candidates)):
        raise Unknown(what="个人")
    need_reason(act)
    if any(set(one.suspects) & set(command.candidates) for one in candidates):
        yield DuplicateDismissed(command.person, command.candidates)


@decides(MergePersons, person=Person.of("person"), into=Person.of("into"))
def merge(command: MergePersons, act: Act, person: Person, into: Person) -> Iterator[Event]:
    need_person(person)
    need_person(into)
    need_reason(act)
    if command.person == command.into:
        raise CannotMerge
    if person.state or into.state:
        raise IsProtected
    if person.wants_out:
        raise WantsOut
    yield Merged(
        command.person, command.into, person.aliases, person.over, person.skills, person.born, person.is_marked
    )
