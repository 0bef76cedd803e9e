"""A town for the matrix of rights: every role once at the centre and once at the union above it, and things of both agencies.

Own things are of whoever asks, `mine` of the centre, `below` of the centre for whoever acts for the union, `other` of an agency.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.attendance import CheckIn, CheckOut
from domain.consents import GiveConsent
from domain.contacts import ChangeContact
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.hours_objections import ObjectToHours
from domain.own_data import CorrectDetails
from domain.person_files import RegisterPerson, VerifyIdentity
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.receipts import RecordReceipt
from domain.records import KeepRecord
from domain.roles import GrantRole
from domain.sign_up import SignUp
from domain.words import Role
from ledger.events import Act, Command, Event, Recorded, RuleBroken
from tests.web.conftest import City
from web import permissions
from web.rights import OFFICES, OTHERS, PROOF

ROLES: tuple[Role, ...] = get_args(Role)
WHOSE = ("own", "mine", "below", "other")
SECRETS = {
    "person.name": "欧阳", "person.phone": "13800000", "person.note": "备注语", "person.email": "mail-",
    "receipt.contents": "结果语", "hours.objected.text": "异议语",
}  # fmt: skip
"""What each field holds, before the id of the person whose it is."""


class Stopped(RuleBroken):
    """The matrix asks whether a command would be carried out and carries out none."""

    sentence = "到这里为止。"


class Town(City):
    """The cast of the matrix. `opens` says what a request comes to; `shows` what a page shows."""

    asked: list[Command]

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._first: dict[tuple[str, ...], Recorded[Event]] = {}

    def settle(self) -> None:
        """People, activities, hours and receipts first; roles last, because paid staff have no volunteer hours."""
        self.do(DraftActivity("draft-centre", "还没发布", "centre"))
        self.do(DraftActivity("draft-agency", "还没发布", "agency"), organisation="agency", actor="stranger")
        self.open_activity("a1", seats=60)
        self.of_agency()
        for role in ROLES:
            self.file(f"at-{role}", "centre", "a1.1")
            self.do(RegisterPerson(f"above-{role}", f"{role}上", organisation="union", over=20))
        self.file("someone", "centre", "a1.1")
        self.file("outsider", "agency", "b1.1")
        for role in ROLES:
            self.do(GrantRole(f"at-{role}", role, "centre"))
            self.do(GrantRole(f"above-{role}", role, "union"))

    def of_agency(self) -> None:
        """An activity of the other agency."""
        centre = self.do

        def do(command: Command, **circumstances: Any) -> Any:
            return centre(command, **{"actor": "stranger"} | circumstances | {"organisation": "agency"})

        starts = (self.now + timedelta(days=3)).replace(hour=14, minute=0)

        do(DraftActivity("b1", "社区读书会", "agency", place="读书角"))
        do(
            AddSlot(
                "b1", "b1.1", starts, starts + timedelta(hours=2), volunteer_seats=60, participant_seats=5, risk="一般"
            )
        )
        do(PublishActivity("b1", ("b1.1",)))

    def file(self, person: str, organisation: str, slot: str) -> None:
        """A person with something in every personal field, hours with an objection, and a visit."""
        told = {field: secret + person for field, secret in SECRETS.items()}
        by: dict[str, Any] = {
            "organisation": organisation,
            "actor": "owner" if organisation == "centre" else "stranger",
        }
        name, note = told["person.name"], told["person.note"]
        phone = f"138{sum(map(ord, person)):08}"
        self.do(RegisterPerson(person, name, phone=phone, over=20, organisation=organisation, note=note), **by)
        self.do(ChangeContact(person, f"{told['person.email']}@example.org"), **by)
        self.do(CorrectDetails(person, name, phone), **by, reason="核对过")
        self.do(VerifyIdentity(person, f"核实语{person}"), **by)
        self.do(GiveConsent(person, "story", how=f"同意语{person}"), **by)
        self.do(GrantRole(person, "recipient", organisation, subtype=f"类别语{person}"), **by)
        wish = {"text": f"心愿语{person}"}
        self.do(KeepRecord(f"wish-{person}", 1, "WishCollected", wish, about=(person,)), **by, source="import")
        receipt = RecordReceipt(f"v-{person}", person, "phone_visit", organisation, "2026-11-20",
                                worker=by["actor"], outcome=told["receipt.contents"],
                                next_step=f"下一步语{person}", note=f"探访语{person}")  # fmt: skip
        self.do(receipt, **by)
        self.serve(person, slot, told["hours.objected.text"], by)

    def serve(self, person: str, slot: str, text: str, by: dict[str, Any]) -> None:
        """From the sign-up to an objection."""
        begins = (self.now + timedelta(days=3)).replace(hour=9 if slot == "a1.1" else 14, minute=0)
        own = by | {"actor": person}
        self.do(SignUp(slot, person), **own)
        self.do(CheckIn(slot, person, "qr"), at=begins, **own)
        self.do(CheckOut(slot, person, "qr"), at=begins + timedelta(minutes=60), **own)
        after: datetime = begins + timedelta(hours=3)
        self.do(ProposeHours(slot, person), at=after, **by)
        self.do(ConfirmHours(slot, person, 60), at=after, **by | {"actor": "administrator"})
        self.do(ObjectToHours(slot, person, text), at=after, **own)

    def stop(self, patch: pytest.MonkeyPatch) -> None:
        """From now on nothing is written; what would have been is in `asked`."""
        self.asked = []

        def one(command: Command, act: Act) -> None:
            self.asked.append(command)
            raise Stopped

        def many(commands: list[tuple[Command, Act]]) -> None:
            self.asked += [command for command, _ in commands]
            raise Stopped

        patch.setattr(self.house.ledger, "execute", one)
        patch.setattr(self.house.ledger, "execute_all", many)

    def who(self, role: Role | None, whose: str) -> str | None:
        """Who asks: nobody, the role at the centre or, for what stands below, at the union."""
        return role and f"{'above' if whose == 'below' else 'at'}-{role}"

    def things(self, role: Role | None, whose: str) -> dict[str, object]:
        """What stands for the parts of a path."""
        other = whose == "other"
        person = "outsider" if other else "someone" if whose in ("mine", "below") or role is None else f"at-{role}"
        home = "agency" if other else "centre"
        return {
            "activity_id": "b1" if other else "a1", "slot_id": "b1.1" if other else "a1.1", "person_id": person,
            "person": person, "contact": f"v-{person}", "thing": f"person:{person}", "month": "2026-11",
            "position": self.position(person), "measure": "sessions", "organisation": home, "asker": "colleague",
            "deed": "voiding",
        }  # fmt: skip

    told: ClassVar[dict[str, tuple[str, ...]]] = {
        "person.registered": ("name", "phone", "note"), "person.contact_changed": ("email",),
        "person.details_corrected": ("name", "phone"), "person.identity_verified": ("how",),
        "person.consent_given": ("how",), "person.role_granted": ("subtype",), "record.kept": ("data",),
        "receipt.received": ("next_step", "note"),
    }  # fmt: skip
    """The personal fields of events of which the log tells here of everybody."""

    def event_of(self, person: str, topic: str) -> Recorded[Event]:
        """The first event of this kind about this person."""
        if not self._first:
            for one in self.house.ledger.replay():
                about = getattr(one.event, "about", None) or (getattr(one.event, "person", ""),)
                self._first.setdefault((one.event.topic, *about), one)
        return self._first[topic, person]

    def position(self, person: str) -> int:
        """Where the log says that this person has a file."""
        return self.house.ledger.stream(f"person:{person}")[0].position

    def opens(self, browser: FlaskClient, path: str, method: str, form: dict[str, str]) -> str:
        """`?` asked to sign in, `-` not there, `w` a command would be carried out, `o` anything else that a page answers."""
        self.asked.clear()
        answer = browser.open(path, method=method, data=form)
        if self.asked:
            return "w"
        if answer.status_code == 404:
            return "-"
        return "?" if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?") else "o"


def permitted(endpoint: str, role: Role | None, whose: str) -> bool:
    """What the table says about a thing that is one's own, of one's organisation, below it, or of another."""
    right = permissions.NAMED[endpoint]
    is_public = right.anybody and (PROOF in right.needs or not right.commands)
    if is_public or role is None:
        return is_public
    if whose == "other":
        return False
    if whose == "own":
        return (right.self_ or role in right.offices) and OTHERS not in right.needs
    return role in right.offices and role in OFFICES
