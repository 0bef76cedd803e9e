"""People: one file of a person, what can happen to it, and what rules know by it. (§3)

One is opened in `person_files.py`; roles, duplicates, consents and what happens to the data itself have files of their own.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged, both_skills
from domain.person_states import (
    ForgettingAsked,
    ForgettingWithdrawn,
    Forgotten,
    Restricted,
    RestrictionLifted,
    Sealed,
    SensitivityMarked,
    Unsealed,
)
from domain.words import Role, Unknown
from ledger.events import Event, RuleBroken
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


class IdentityVerified(Event, topic="person.identity_verified", stream=("person",), personal=("how",)):
    """Somebody checked who they are. `how` names the document or the person who vouched, never its number."""

    person: str
    how: str


class RoleGranted(Event, topic="person.role_granted", stream=("person",), personal=("subtype",)):
    """From `since` on the person acts in this role for this organisation. `subtype`: as whom, for example 困难职工: as personal as
    what a file is marked as.
    """

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


class ConsentGiven(Event, topic="person.consent_given", stream=("person",), personal=("how",)):
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
    is_restricted: bool = False
    is_marked: bool = False
    wants_out: bool = False

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

    @evolves(ForgettingAsked, ForgettingWithdrawn)
    def asked(self, event: ForgettingAsked | ForgettingWithdrawn) -> Person:
        return replace(self, wants_out=isinstance(event, ForgettingAsked))

    @evolves(Forgotten, keys=lambda event: [(person,) for person in (event.person, *event.carried)])
    def forgotten(self, event: Forgotten) -> Person:
        return replace(self, state="forgotten", over=0, born=0, skills={}, is_marked=False)

    @evolves(Restricted)
    def restricted(self, event: Restricted) -> Person:
        return replace(self, state=self.state or "restricted", is_restricted=True)

    @evolves(Sealed)
    def sealed(self, event: Sealed) -> Person:
        return replace(self, state="sealed")

    @evolves(SensitivityMarked)
    def marked(self, event: SensitivityMarked) -> Person:
        return replace(self, is_marked=event.is_sensitive)

    @evolves(RestrictionLifted)
    def freed(self, event: RestrictionLifted) -> Person:
        return replace(self, state="", is_restricted=False)

    @evolves(Unsealed)
    def unsealed(self, event: Unsealed) -> Person:
        return replace(self, state="restricted" if self.is_restricted else "")

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


class IsMerged(RuleBroken):
    """Nothing new is written to a file that was merged into another."""

    sentence = "这份档案已经并入另一份，请用那一份。"


class IsForgotten(RuleBroken):
    """Nothing is written any more about somebody who was forgotten: it would begin to tell who they are."""

    sentence = "这个人的资料已经注销，不能再为他写任何记录。"


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
