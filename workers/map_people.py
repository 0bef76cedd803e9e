"""Facts about organisations, people and the services they received, as commands."""

from __future__ import annotations

from datetime import date
from typing import get_args

from domain import consents, duplicates, organisations, person_files, receipts, roles
from domain.words import OrganisationKind, ReceiptForm, Role
from ledger.events import Command
from workers.context import Context, Mapping
from workers.facts import Line, last

ROLES = {"union_social_worker": "social_worker"} | {role: role for role in get_args(Role)}
VISITS: dict[str, ReceiptForm] = {
    "电访": "phone_visit",
    "走访": "home_visit",
    "phone": "phone_visit",
    "home": "home_visit",
}
WORDS = {
    "living_conditions": "生活状况",
    "needs": "服务需求",
    "health": "健康状况",
    "anxiety_relief": "缓解焦虑",
    "epidemic_reminder": "防疫提醒",
    "case_if_needed": "有需要时转个案跟进",
    "online": "线上",
    "sealed": "",
}
"""Codes that files use, in the words of the field; any other text stays as it is."""


def organisation_registered(line: Line, context: Context) -> list[Command]:
    kind = line.one_of("kind", get_args(OrganisationKind))
    return [
        organisations.RegisterOrganisation(
            line.key,
            line.text("name"),
            kind,  # type: ignore[arg-type]  # checked against the same words
            last(line.maybe_text("parent")) or None,
            line.maybe_text("code") or None,
        )
    ]


def organisation_reparented(line: Line, context: Context) -> list[Command]:
    return [organisations.ReparentOrganisation(line.key, last(line.maybe_text("parent")) or None)]


def person_registered(line: Line, context: Context) -> list[Command]:
    home = last(line.maybe_text("town") or line.maybe_text("organisation"))
    return [
        person_files.RegisterPerson(
            line.key,
            line.maybe_text("display_name") or line.text("name"),
            line.maybe_text("identity", "self_declared"),
            line.maybe_text("phone") or None,
            line.maybe_whole("over"),
            home or None,
            line.maybe_text("note") or None,
        )
    ]


def day(line: Line, field_name: str) -> date | None:
    """A field that is a date, or missing. Raises BadLine."""
    moment = line.maybe_moment(field_name)
    return moment.date() if moment else None


def role(line: Line) -> tuple[str, Role, str | None]:
    """Whose role, which, and for which organisation. Raises BadLine."""
    known = ROLES[line.one_of("role", ROLES)]
    home = line.maybe_text("org") or line.maybe_text("organisation")
    return line.key, known, last(home) or None


def role_granted(line: Line, context: Context) -> list[Command]:
    return [roles.GrantRole(*role(line), day(line, "since"), line.maybe_text("subtype") or None)]


def role_ended(line: Line, context: Context) -> list[Command]:
    return [roles.EndRole(*role(line), day(line, "until"))]


def visit_completed(line: Line, context: Context) -> list[Command]:
    form = VISITS[line.one_of("mode", VISITS)]
    return [received(line, context, form, "recipient", place=line.maybe_text("town") or line.maybe_text("place"))]


def counselling_held(line: Line, context: Context) -> list[Command]:
    return [received(line, context, "counselling", "client", mode=in_words(line.maybe_text("mode")))]


def service_received(line: Line, context: Context) -> list[Command]:
    form: ReceiptForm = line.one_of("form", get_args(ReceiptForm))  # type: ignore[assignment]  # checked just here
    return [received(line, context, form, "person", place=line.maybe_text("place"))]


def received(
    line: Line, context: Context, form: ReceiptForm, who: str, *, place: str = "", mode: str = ""
) -> receipts.RecordReceipt:
    """One person's receipt at the contact that the line speaks of. Raises BadLine."""
    return receipts.RecordReceipt(
        line.own_key,
        last(line.text(who)),
        form,
        context.home(line),
        line.day(),
        place=context.readable(place),
        minutes=line.maybe_whole("minutes"),
        worker=last(in_words(line.maybe_text("worker") or line.maybe_text("counsellor"))) or None,
        assisted_by=line.several("assisted_by"),
        household=last(line.maybe_text("household")) or None,
        mode=mode,
        purpose=tuple(in_words(word) for word in line.words("purpose")),
        outcome=line.maybe_text("outcome"),
        next_step=in_words(line.maybe_text("follow_up")),
    )


def in_words(code: str) -> str:
    """A code in the words of the field."""
    return WORDS.get(code, code)


TABLE: dict[str, Mapping] = {
    "OrganisationRegistered": organisation_registered,
    "OrganisationReparented": organisation_reparented,
    "OrganisationSuspended": lambda line, _: [organisations.SuspendOrganisation(line.key)],
    "OrganisationResumed": lambda line, _: [organisations.ResumeOrganisation(line.key)],
    "PersonRegistered": person_registered,
    "IdentityVerified": lambda line, _: [person_files.VerifyIdentity(line.key, line.text("how"))],
    "RoleGranted": role_granted,
    "RoleEnded": role_ended,
    "QualificationRecorded": lambda line, _: [
        person_files.RecordQualification(line.key, line.text("skill"), day(line, "until"))
    ],
    "ConsentGiven": lambda line, _: [
        consents.GiveConsent(line.key, line.text("scope"), line.raw.data.get("guardian") is True)
    ],
    "ConsentWithdrawn": lambda line, _: [consents.WithdrawConsent(line.key, line.text("scope"))],
    "PossibleDuplicateFlagged": lambda line, _: [duplicates.FlagDuplicate(line.key, line.several("candidates"))],
    "DuplicateDismissed": lambda line, _: [duplicates.DismissDuplicate(line.key, line.several("candidates"))],
    "PersonMerged": lambda line, _: [duplicates.MergePersons(line.key, last(line.text("into")))],
    "VisitCompleted": visit_completed,
    "CounsellingSessionHeld": counselling_held,
    "ServiceReceiptReceived": service_received,
    "ServiceReceiptVoided": lambda line, _: [receipts.VoidReceipt(line.own_key, last(line.text("person")))],
}
