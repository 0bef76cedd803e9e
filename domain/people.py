"""People: one person, dated roles, what they are qualified for, consent, and files that turn out to be the same person. (§3)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from domain.person_states import Forgotten, Restricted, RestrictionLifted, Sealed, SensitivityMarked, Unsealed
from domain.words import Role, Unknown, local, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves


class Registered(
    Event, topic="person.registered", stream=("person",), personal=("name", "phone", "note"), indexed="phone"
):
    """A person has a file. `identity` says how sure the name is; `over` is an age they have surely reached (not a birth date)."""

    person: str
    name: str
    identity: str = "self_declared"
    phone: str | None = None
    over: int | None = None
    organisation: str | None = None
    note: str | None = None


class IdentityVerified(Event, topic="person.identity_verified", stream=("person",)):
    """Somebody checked who they are. `how` names the document or the person who vouched, never its number."""

    person: str
    how: str


class RoleGranted(Event, topic="person.role_granted", stream=("person",)):
    """From `since` on the person acts in this role for this organisation."""

    person: str
    role: Role
    organisation: str | None = None
    since: date | None = None
    subtype: str | None = None


class RoleEnded(Event, topic="person.role_ended", stream=("person",)):
    """The role's last day was `until`."""

    person: str
    role: Role
    organisation: str | None = None
    until: date | None = None


class QualificationRecorded(Event, topic="person.qualification_recorded", stream=("person",)):
    """The person showed that they are qualified, for example 理发师 or 无犯罪记录证明."""

    person: str
    skill: str
    until: date | None = None


class ConsentGiven(Event, topic="person.consent_given", stream=("person",)):
    """The person (or, under 18, the guardian) agreed to `scope`: story, photo, contact, service, activity."""

    person: str
    scope: str
    guardian: bool = False
    how: str | None = None


class ConsentWithdrawn(Event, topic="person.consent_withdrawn", stream=("person",)):
    """A consent ended."""

    person: str
    scope: str


class BirthYearRecorded(Event, topic="person.birth_year_recorded", stream=("person",)):
    """The year in which they were born, no more: it tells for whom a guardian agrees."""

    person: str
    born: int


class DuplicateFlagged(Event, topic="person.duplicate_flagged", stream=("person",)):
    """These files may be one person; until somebody decides, counts of persons are given from–to."""

    person: str
    candidates: tuple[str, ...]


class DuplicateDismissed(Event, topic="person.duplicate_dismissed", stream=("person",)):
    """These files are different persons after all."""

    person: str
    candidates: tuple[str, ...]


class Merged(Event, topic="person.merged", stream=("person",)):
    """This file and `into` are one person; both streams stay. `carried` are files merged into this one before.

    `over`, `skills`, `born` and `is_sensitive` are what was known here: from now on it is known of the file that stays.
    """

    person: str
    into: str
    carried: tuple[str, ...] = ()
    over: int = 0
    skills: dict[str, date | None] = {}
    born: int = 0
    is_sensitive: bool = False


PAID: tuple[Role, ...] = ("social_worker", "counsellor", "agency_manager")
"""Roles that are somebody's job."""
PLAIN: tuple[Role, ...] = ("volunteer", "recipient")
"""Roles that are no office: whoever gives to an organisation or receives from it does not act for it."""


class Person(Guard, kind="person", key=("person",)):
    """One file of a person, as rules need it: no name, nothing personal."""

    is_registered: bool = False
    root: str = ""
    aliases: tuple[str, ...] = ()
    over: int = 0
    skills: dict[str, date | None] = {}
    roles: tuple[tuple[str, str], ...] = ()
    terms: tuple[tuple[str, str, date | None, date | None], ...] = ()
    consents: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    born: int = 0
    suspects: tuple[str, ...] = ()
    state: str = ""
    is_marked: bool = False

    @evolves(Registered)
    def registered(self, event: Registered) -> Person:
        return replace(self, is_registered=True, over=event.over or 0)

    @evolves(IdentityVerified)
    def verified(self, event: IdentityVerified) -> Person:
        return self

    @evolves(RoleGranted)
    def role_granted(self, event: RoleGranted) -> Person:
        role = event.role, event.organisation or ""
        return replace(self, roles=(*self.roles, role), terms=(*self.terms, (*role, event.since, None)))

    @evolves(RoleEnded)
    def role_ended(self, event: RoleEnded) -> Person:
        role = event.role, event.organisation or ""
        return replace(
            self,
            roles=tuple(held for held in self.roles if held != role),
            terms=tuple(
                (*role, since, event.until) if (name, at) == role and until is None else (name, at, since, until)
                for name, at, since, until in self.terms
            ),
        )

    @evolves(QualificationRecorded)
    def qualified(self, event: QualificationRecorded) -> Person:
        return replace(self, skills=self.skills | {event.skill: event.until})

    @evolves(ConsentGiven)
    def consented(self, event: ConsentGiven) -> Person:
        guarded = (*self.guarded, event.scope) if event.guardian else self.guarded
        return replace(self, consents=(*self.consents, event.scope), guarded=guarded)

    @evolves(ConsentWithdrawn)
    def consent_ended(self, event: ConsentWithdrawn) -> Person:
        consents, guarded = (
            tuple(scope for scope in held if scope != event.scope) for held in (self.consents, self.guarded)
        )
        return replace(self, consents=consents, guarded=guarded)

    @evolves(BirthYearRecorded)
    def was_born(self, event: BirthYearRecorded) -> Person:
        return replace(self, born=event.born)

    @evolves(DuplicateFlagged, keys=lambda event: [(person,) for person in event.candidates])
    def suspected(self, event: DuplicateFlagged) -> Person:
        return replace(self, suspects=tuple(sorted({*self.suspects, *event.candidates})))

    @evolves(DuplicateDismissed, keys=lambda event: [(person,) for person in event.candidates])
    def cleared(self, event: DuplicateDismissed) -> Person:
        return replace(self, suspects=tuple(p for p in self.suspects if p not in event.candidates))

    @evolves(Merged, keys=lambda event: [(person,) for person in (event.person, *event.carried)])
    def merged_away(self, event: Merged) -> Person:
        return replace(self, root=event.into)

    @evolves(Merged, keys=lambda event: [(event.into,)])
    def absorbed(self, event: Merged) -> Person:
        return replace(
            self,
            aliases=(*self.aliases, event.person, *event.carried),
            over=max(self.over, event.over),
            skills=both_skills(self.skills, event.skills),
            born=self.born or event.born,
            is_marked=self.is_marked or event.is_sensitive,
        )

    @property
    def twins(self) -> tuple[str, ...]:
        """The same person's other files, as far as this one knows: those merged into it, or the one it was merged into."""
        return (self.root,) if self.root else self.aliases

    @evolves(Forgotten, keys=lambda event: [(person,) for person in (event.person, *event.carried)])
    def forgotten(self, event: Forgotten) -> Person:
        return replace(self, state="forgotten", over=0, born=0, skills={}, is_marked=False)

    @evolves(Restricted)
    def restricted(self, event: Restricted) -> Person:
        return replace(self, state="restricted")

    @evolves(Sealed)
    def sealed(self, event: Sealed) -> Person:
        return replace(self, state="sealed")

    @evolves(SensitivityMarked)
    def marked(self, event: SensitivityMarked) -> Person:
        return replace(self, is_marked=event.is_sensitive)

    @evolves(RestrictionLifted, Unsealed)
    def freed(self, event: RestrictionLifted | Unsealed) -> Person:
        return replace(self, state="")

    def lacks(self, skills: tuple[str, ...], on: date) -> list[str]:
        """Which of these qualifications the person does not hold on that day."""
        return [s for s in skills if s not in self.skills or (self.skills[s] or date.max) < on]

    def offices_on(self, day: date) -> list[str]:
        """The organisations for which they act on that local day; one of them is "" for an office without an organisation."""
        return [
            at
            for role, at, since, until in self.terms
            if role not in PLAIN and (since or date.min) <= day <= (until or date.max)
        ]

    def is_paid_by(self, organisation: str, on: date) -> bool:
        """Whether they were that organisation's paid staff on that day: no volunteer service (志愿服务条例 art. 2, BD-4)."""
        return any(
            role in PAID and at == organisation and (since or date.min) <= on <= (until or date.max)
            for role, at, since, until in self.terms
        )


def both_skills(one: dict[str, date | None], other: dict[str, date | None]) -> dict[str, date | None]:
    """What two files of one person are qualified for; where both are, the one that runs out later (None: never)."""
    return one | {skill: until for skill, until in other.items() if skill not in one or outlasts(until, one[skill])}


def outlasts(until: date | None, other: date | None) -> bool:
    """Whether the first runs out later; None never does."""
    return (until or date.max) > (other or date.max)


class AlreadyRegistered(RuleBroken):
    """A file is opened once."""

    sentence = "这个人的档案已经建过了。"


class IsMerged(RuleBroken):
    """Nothing new is written to a file that was merged into another."""

    sentence = "这份档案已经并入另一份，请用那一份。"


class IsForgotten(RuleBroken):
    """Nothing is written any more about somebody who was forgotten: it would begin to tell who they are."""

    sentence = "这个人的资料已经注销，不能再为他写任何记录。"


class CannotMerge(RuleBroken):
    """Two different, living files are merged."""

    sentence = "这两份档案不能合并：要两份不同的、都还在用的档案。"


class IsProtected(RuleBroken):
    """A file that may not be used is not made part of another: it would be open there."""

    sentence = "封存或限制使用的档案不能合并：先解封，或者解除限制。"


class RoleNotHeld(RuleBroken):
    """Only a role that is held can end."""

    sentence = "这个人现在没有这个角色。"


@dataclass(frozen=True)
class RegisterPerson(Command):
    """Open a file for a person."""

    person: str
    name: str
    identity: str = "self_declared"
    phone: str | None = None
    over: int | None = None
    organisation: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class VerifyIdentity(Command):
    """Note that somebody checked who they are."""

    person: str
    how: str


@dataclass(frozen=True)
class GrantRole(Command):
    """Let a person act in a role for an organisation."""

    person: str
    role: Role
    organisation: str | None = None
    since: date | None = None
    subtype: str | None = None


@dataclass(frozen=True)
class EndRole(Command):
    """End a role."""

    person: str
    role: Role
    organisation: str | None = None
    until: date | None = None


@dataclass(frozen=True)
class RecordQualification(Command):
    """Note a qualification that was shown."""

    person: str
    skill: str
    until: date | None = None


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


def need_person(person: Person) -> None:
    """Raise Unknown, IsMerged or IsForgotten where nothing may be written for this person."""
    if not person.is_registered:
        raise Unknown(what="个人")
    need_remembered(person)
    if person.root:
        raise IsMerged


def need_remembered(person: Person) -> None:
    """Raise IsForgotten."""
    if person.state == "forgotten":
        raise IsForgotten


@decides(RegisterPerson, person=Person.of("person"))
def register(command: RegisterPerson, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if person.is_registered:
        raise AlreadyRegistered
    yield Registered(
        command.person, command.name, command.identity, command.phone, command.over, command.organisation, command.note
    )


@decides(VerifyIdentity, person=Person.of("person"))
def verify(command: VerifyIdentity, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    yield IdentityVerified(command.person, command.how)


@decides(GrantRole, person=Person.of("person"))
def grant(command: GrantRole, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    if (command.role, command.organisation or "") not in person.roles:
        yield RoleGranted(command.person, command.role, command.organisation, command.since, command.subtype)


@decides(EndRole, person=Person.of("person"))
def end_role(command: EndRole, act: Act, person: Person) -> Iterator[Event]:
    need_remembered(person)
    if (command.role, command.organisation or "") not in person.roles:
        raise RoleNotHeld
    until = command.until or local(act.at).date()
    yield RoleEnded(command.person, command.role, command.organisation, until)


@decides(RecordQualification, person=Person.of("person"))
def qualify(command: RecordQualification, act: Act, person: Person) -> Iterator[Event]:
    need_person(person)
    yield QualificationRecorded(command.person, command.skill, command.until)


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
    yield Merged(
        command.person, command.into, person.aliases, person.over, person.skills, person.born, person.is_marked
    )


def same_human(one_id: str, one: Person, other_id: str, other: Person) -> bool:
    """Whether two files belong to one person, merges considered."""
    return (one.root or one_id) == (other.root or other_id)


def plain_if_own(act: Act, is_own: bool) -> Act:
    """The act as a rule that may be overridden judges it: nobody makes an exception for themselves.

    In one's own cause an override is no more than the reason that it states.
    """
    if not (is_own and act.override):
        return act
    return replace(act, override=None, reason=act.reason or act.override)
