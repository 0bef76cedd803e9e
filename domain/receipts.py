"""Services received: by an activity, a phone or home visit, counselling; by whom, with whose help. (§3, ZS-3, ZS-5)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from domain.organisations import Organisation
from domain.people import Person, need_person
from domain.words import ReceiptForm, Unknown, day_of, need_reason
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

SEALED_FORMS: tuple[ReceiptForm, ...] = ("counselling",)
"""Forms whose receipts count in totals only and never appear in a story or beside a name (§5)."""


class Received(Event, topic="receipt.received", stream=("contact", "person"), personal=("next_step", "note")):
    """One person received a service at one contact. `day` is a local date, or a month where no more is known.

    `minutes` is the length of the contact where it was noted. `assisted_by` are the volunteers who helped.
    """

    contact: str
    person: str
    form: ReceiptForm
    organisation: str
    day: str
    slot: str | None = None
    place: str = ""
    minutes: int | None = None
    worker: str | None = None
    assisted_by: tuple[str, ...] = ()
    household: str | None = None
    mode: str = ""
    purpose: tuple[str, ...] = ()
    outcome: str = ""
    next_step: str = ""
    sealed: bool = False
    note: str | None = None


class Voided(Event, topic="receipt.voided", stream=("contact", "person")):
    """The service was not received after all; the entry stays and counts no more."""

    contact: str
    person: str


class Receipt(Guard, kind="receipt", key=("contact", "person")):
    """One person at one contact: received once."""

    state: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether it counts."""
        return self.state == "received"

    @evolves(Received)
    def received(self, event: Received) -> Receipt:
        return replace(self, state="received")

    @evolves(Voided)
    def voided(self, event: Voided) -> Receipt:
        return replace(self, state="voided")


class AlreadyReceived(RuleBroken):
    """One receipt per person and contact."""

    sentence = "这一次服务已经记过这个人了。"


class HelpedThemselves(RuleBroken):
    """Whoever receives a service does not assist in it."""

    sentence = "服务对象不能同时是协助的志愿者。"


class BadReceipt(RuleBroken):
    """A contact has a length that can be."""

    sentence = "{what}"


@dataclass(frozen=True)
class RecordReceipt(Command):
    """Note that a person received a service."""

    contact: str
    person: str
    form: ReceiptForm
    organisation: str
    day: str
    place: str = ""
    minutes: int | None = None
    worker: str | None = None
    assisted_by: tuple[str, ...] = ()
    household: str | None = None
    mode: str = ""
    purpose: tuple[str, ...] = ()
    outcome: str = ""
    next_step: str = ""
    note: str | None = None


@dataclass(frozen=True)
class VoidReceipt(Command):
    """Take a receipt back; a reason is needed."""

    contact: str
    person: str


@decides(
    RecordReceipt,
    receipt=Receipt.of("contact", "person"),
    person=Person.of("person"),
    helpers=Person.of("assisted_by"),
    organisation=Organisation.of("organisation"),
    twins=Receipt.of("contact", "person.aliases"),
)
def record(
    command: RecordReceipt,
    act: Act,
    receipt: Receipt,
    person: Person,
    helpers: list[Person],
    organisation: Organisation,
    twins: list[Receipt],
) -> Iterator[Event]:
    need_person(person)
    for helper in helpers:
        need_person(helper)
    if not organisation.exists:
        raise Unknown(what="个机构")
    if any(one.is_valid for one in (receipt, *twins)):
        raise AlreadyReceived
    if command.person in command.assisted_by:
        raise HelpedThemselves
    if command.minutes is not None and not 0 < command.minutes <= 24 * 60:
        raise BadReceipt(what="时长要在 1 分钟到 24 小时之间。")
    need_day(command.day, day_of(act.recorded))
    helped = {"assisted_by": tuple(dict.fromkeys(command.assisted_by))}
    yield Received(**vars(command) | helped, sealed=command.form in SEALED_FORMS or person.state == "sealed")


def need_day(day: str, today: str) -> None:
    """Raise BadReceipt unless it is a day or a month of the calendar that has come."""
    try:
        is_real = date.fromisoformat(day if len(day) > 7 else f"{day}-01").isoformat().startswith(day)
    except ValueError:
        is_real = False
    if not day or not is_real:
        raise BadReceipt(what="日期写成 2026-11-22，只知道月份就写 2026-11。")
    if day > today:
        raise BadReceipt(what="日期还没到，不能先记。")


@decides(VoidReceipt, receipt=Receipt.of("contact", "person"))
def void(command: VoidReceipt, act: Act, receipt: Receipt) -> Iterator[Event]:
    if not receipt.is_valid:
        raise Unknown(what="条服务记录")
    need_reason(act)
    yield Voided(command.contact, command.person)
