"""What staff do to a person's file: roles, qualifications, consent, identity, and files that are or are not one person."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.consents import GiveConsent, RecordBirthYear, WithdrawConsent
from domain.contacts import ChangeContact
from domain.duplicates import DismissDuplicate, FlagDuplicate, MergePersons
from domain.own_data import LiftRestriction, RestrictPerson
from domain.person_files import RecordQualification, VerifyIdentity
from domain.roles import EndRole, GrantRole
from domain.words import LABELS
from ledger.events import Command, RuleBroken
from projections import duplicates, enrolments, people, receipts
from web import sight
from web.access import here
from web.forms import Form, load
from web.house import new_id, reader, today
from web.pickers import resolve, words_of
from web.rights import OFFICES
from web.schemas import own_data
from web.schemas import people as schemas
from web.words import sentence
from web.writing import execute

Answer = str | tuple[str, int] | Response
Refused = Callable[[str, str, dict[str, list[str]], int], tuple[str, int]]


def grantable(where: Collection[str]) -> tuple[str, ...]:
    """The roles that the viewer may grant at one of these organisations or another."""
    return tuple(role for role in schemas.ROLES if not g.viewer.at(f"role.{role}").isdisjoint(where))


def may_grant(role: str, organisation: str | None) -> bool:
    """Whether the viewer may give this role at this organisation, and end it."""
    return organisation in g.viewer.at("people.grant") & g.viewer.at(f"role.{role}")


def offices(person: str) -> str:
    """What somebody is in office that the viewer could not end, in words; merging their file away would end it."""
    held = [
        LABELS[one.role]
        for one in people.roles(reader(), person)
        if one.role in OFFICES and not (one.until and one.until < today()) and not may_grant(one.role, one.organisation)
    ]
    return "、".join(held)


def editable(person_id: str) -> people.Person:
    """A living file that the organisations know for which this page is the viewer's, and not their own. Aborts with 404."""
    found = people.find(reader(), person_id)
    if found is None or found.root or found.is_forgotten or found.id == g.viewer.person:
        abort(404)
    if not people.is_known_to(reader(), person_id, here()):
        abort(404)
    return found


def draw(blueprint: Blueprint, refused: Refused) -> None:
    """Add the acts to the people's pages. `refused` draws the file again with what was wrong."""

    def act(
        path: str, name: str, form: type[Form], command: Callable[[str, dict[str, Any]], Command], done: str,
        own_too: bool = False,
    ) -> None:  # fmt: skip
        """One form of the file: check it, carry out its command, go back to the file."""

        def view(person_id: str) -> Answer:
            mine = own_too and person_id == g.viewer.person
            found = people.find(reader(), person_id) if mine else sight.need_open(editable(person_id))
            values, errors = load(form(), request.form)
            if found is None:
                abort(404)
            if errors:
                return refused(found.id, name, errors, 422)
            try:
                asked = command(found.id, values)
                execute(asked, reason=values.get("reason"), organisation=getattr(asked, "organisation", None))
            except RuleBroken as broken:
                return refused(found.id, name, {"": [sentence(broken)]}, 409)
            flash(done, "ok")
            return redirect(url_for("people.page", person_id=found.id), 303)

        blueprint.add_url_rule(f"/people/<person_id>/{path}", name, view, methods=["POST"])

    act("verification", "verify", schemas.Verification, verification, "记下了：身份核实过。")
    act("roles", "grant", schemas.Grant, granting, "给了这个角色。")
    act("roles/ending", "end_role", schemas.Ending, ending, "角色到那一天为止。")
    act("qualifications", "qualify", schemas.Qualification, qualifying, "记下了这项资格。")
    act("birth-year", "birth_year", schemas.BirthYear, birth_year, "记下了出生年份。")
    act("consents", "consent", schemas.Consent, consenting, "记下了同意。", own_too=True)
    act("consents/withdrawal", "withdraw_consent", schemas.Consent, unconsenting, "收回了同意。", own_too=True)
    act("contact", "contact", schemas.Contact, contacting, "记下了收信的方式。", own_too=True)
    act("restriction", "restrict", own_data.Restriction, restricting, "从现在起只保存，不使用，两个人才能打开。")
    act("restriction/lifting", "lift", schemas.Reason, lifting, "解除了限制。")
    act("duplicates", "flag", schemas.OtherFile, flagging, "标好了：这几份档案可能是同一人。")
    act("duplicates/dismissal", "dismiss", schemas.Reason, dismissing, "记下了：不是同一人。")
    blueprint.add_url_rule("/people/<person_id>/merge", "merge", merge, methods=["GET"])
    blueprint.add_url_rule("/people/<person_id>/merge", "merge_now", merge_now, methods=["POST"])


def verification(person: str, values: dict[str, Any]) -> Command:
    """The command behind the form “身份核实”."""
    return VerifyIdentity(person, values["how"])


def granting(person: str, values: dict[str, Any]) -> Command:
    """The command behind the form for a role; 404 for a role or an organisation that is not the viewer's to give."""
    if not may_grant(values["role"], values["organisation"]):
        abort(404)
    return GrantRole(person, values["role"], values["organisation"], values["since"])


def ending(person: str, values: dict[str, Any]) -> Command:
    """The command that ends a role, under the same conditions as giving it."""
    if not may_grant(values["role"], values["organisation"]):
        abort(404)
    return EndRole(person, values["role"], values["organisation"], values["until"])


def qualifying(person: str, values: dict[str, Any]) -> Command:
    """The command behind the form for a qualification."""
    return RecordQualification(person, values["skill"], values["until"])


def birth_year(person: str, values: dict[str, Any]) -> Command:
    """The command behind the form for the year of birth."""
    return RecordBirthYear(person, values["born"])


def consenting(person: str, values: dict[str, Any]) -> Command:
    """The command behind the form for a consent."""
    return GiveConsent(person, values["scope"], values["guardian"], values["how"])


def unconsenting(person: str, values: dict[str, Any]) -> Command:
    """The command that takes a consent back."""
    return WithdrawConsent(person, values["scope"])


def contacting(person: str, values: dict[str, Any]) -> Command:
    """The command that changes where a person is written to. Raises AboveYou: mail brings people back in."""
    if person != g.viewer.person and (held := offices(person)):
        raise AboveYou(held=held)
    return ChangeContact(person, values["email"], values["language"])


def restricting(person: str, values: dict[str, Any]) -> Command:
    """The command that keeps somebody's data from being used."""
    return RestrictPerson(person, values["why"])


def lifting(person: str, _values: dict[str, Any]) -> Command:
    """The command that lets it be used again."""
    return LiftRestriction(person)


def flagging(person: str, values: dict[str, Any]) -> Command:
    """The command that flags another file as perhaps the same person. Raises NobodySuch."""
    other, why = resolve(values["other"], beside=person)
    if other is None:
        raise NobodySuch(what=why)
    return FlagDuplicate(person, (person, other.id))


def dismissing(person: str, values: dict[str, Any]) -> Command:
    """The command that settles a flag as different persons. Raises NobodySuch."""
    wanted = request.form.get("flag", "")
    for flag in duplicates.open_duplicates(reader(), person):
        if str(flag.position) == wanted:
            return DismissDuplicate(person, flag.candidates)
    raise NobodySuch(what="这条提示已经有人处理过了。")


class AboveYou(RuleBroken):
    """Whoever can change where somebody's mail goes could sign in as them: not for those whose offices one cannot give."""

    sentence = "这个人是{held}，收信的邮箱由本人自己改，或者请能给这个角色的管理员来改。"


class NobodySuch(RuleBroken):
    """A form names a person or a flag that is not there."""

    sentence = "{what}"


def merge(person_id: str) -> Answer:
    """The preview: two files side by side, and what changes when this one goes into the other."""
    found = sight.need_open(editable(person_id))
    wanted = request.args.get("other", "")
    other, why = resolve(wanted, beside=found.id) if wanted else (None, "请选另一份档案。")
    return show_merge(found, other, wanted, {"other": [why]} if why and wanted else {})


def merge_now(person_id: str) -> Answer:
    """Merge this file into the other; both streams stay."""
    found = sight.need_open(editable(person_id))
    values, errors = load(schemas.OtherFile(), request.form)
    other, why = resolve(values.get("other", ""), beside=found.id)
    if why:
        errors["other"] = [why]
    if not values.get("reason"):
        errors["reason"] = ["请写明原因：怎么知道是同一个人。"]
    if other is None or errors:
        return show_merge(found, other, request.form.get("other", ""), errors), 422
    if held := offices(found.id):
        why = f"这份档案上的人是{held}，并过去就不是了。请由能给这个角色的管理员来并，或者反过来并。"
        return show_merge(found, other, values["other"], {"": [why]}), 409
    try:
        execute(MergePersons(found.id, other.id), reason=values["reason"])
    except RuleBroken as broken:
        return show_merge(found, other, values["other"], {"": [sentence(broken)]}), 409
    flash("并好了：两份记录都在，往后按一个人算。", "ok")
    return redirect(url_for("people.page", person_id=other.id), 303)


def show_merge(found: people.Person, other: people.Person | None, wanted: str, errors: dict[str, list[str]]) -> str:
    """The preview page."""
    return render_template(
        "people/merge.html",
        person=found,
        other=other,
        wanted=words_of(other) if other else wanted,
        sides=[summary(found), summary(other)] if other else [],
        errors=errors,
        values=request.form,
        command=request.form.get("command") or new_id("c"),
    )


def summary(person: people.Person) -> dict[str, Any]:
    """What stands in a file, counted: receipts of the viewer's organisations only, none of them by name."""
    files = people.files_of(reader(), person.id)
    return {
        "person": person,
        "files": len(files),
        "roles": len(people.roles(reader(), person.id)),
        "receipts": sum(
            r.is_valid and r.organisation in g.viewer.at("receipt.contents")
            for r in receipts.of_person(reader(), files)
        ),
        "enrolments": sum(len(enrolments.of_person(reader(), file)) for file in files),
    }
