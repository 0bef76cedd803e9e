"""Volunteer hours: one entry for one person in one slot, what can happen to it, and who may not decide on it. (§3, §5, §7)

How many minutes there are says `minutes.py`; what may happen, `hours_crediting.py`, `hours_objections.py` and
`hours_corrections.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec.structs import replace

from domain.organisations import Tree
from domain.own_cause import same_human
from domain.people import Person
from domain.purchases import Purchases, need_unpaid
from domain.slots import Slot
from domain.words import LABELS, Grade, Unknown, local
from ledger.events import Act, Event, RuleBroken
from ledger.guards import Guard, evolves


class Proposed(Event, topic="hours.proposed", stream=("slot", "person")):
    """So many minutes are claimed for a slot. Grade A: both ends recorded by the person; B: one end, or by the desk; C: late."""

    slot: str
    person: str
    minutes: int
    grade: Grade
    organisation: str
    activity: str
    starts: datetime
    by: str
    basis: str = ""


class Confirmed(Event, topic="hours.confirmed", stream=("slot", "person")):
    """Somebody other than the volunteer and the proposer says that this is right."""

    slot: str
    person: str
    minutes: int


class Posted(Event, topic="hours.posted", stream=("slot", "person")):
    """Posted for notice until and including that day."""

    slot: str
    person: str
    until: date


class Objected(Event, topic="hours.objected", stream=("slot", "person"), personal=("text",)):
    """Somebody says that it is wrong; `minutes` is what they think right."""

    slot: str
    person: str
    text: str
    minutes: int | None = None


class Upheld(Event, topic="hours.upheld", stream=("slot", "person")):
    """An objection was looked into and the entry stays as it was."""

    slot: str
    person: str


class Adjusted(Event, topic="hours.adjusted", stream=("slot", "person")):
    """The entry changed by `delta` minutes to `minutes`; an objection, if there was one, is settled."""

    slot: str
    person: str
    minutes: int
    delta: int
    starts: datetime | None = None


class CorrectionAsked(Event, topic="hours.correction_asked", stream=("slot", "person")):
    """After posting, somebody says what the minutes should be (0: struck out); it holds once another person says the same."""

    slot: str
    person: str
    minutes: int
    by: str


class Credited(Event, topic="hours.credited", stream=("slot", "person")):
    """The notice is over; the minutes count for stars and certificates."""

    slot: str
    person: str


class Voided(Event, topic="hours.voided", stream=("slot", "person")):
    """The entry does not count at all; it stays readable."""

    slot: str
    person: str
    starts: datetime | None = None


class Hours(Guard, kind="hours", key=("slot", "person")):
    """The hours of one person in one slot."""

    state: str = ""
    before: str = ""
    minutes: int = 0
    proposer: str = ""
    starts: datetime | None = None
    until: date | None = None
    asked: int | None = None
    asker: str = ""

    @property
    def was_posted(self) -> bool:
        """Whether others rely on it already: it was posted for notice, whatever has been objected since."""
        return {self.state, self.before} & {"posted", "credited"} != set()

    @property
    def is_alive(self) -> bool:
        """Whether there is an entry that was not voided."""
        return self.state not in ("", "voided")

    @evolves(Proposed)
    def proposed(self, event: Proposed) -> Hours:
        return Hours(state="proposed", minutes=event.minutes, proposer=event.by, starts=event.starts)

    @evolves(Confirmed)
    def confirmed(self, event: Confirmed) -> Hours:
        return replace(self, state="confirmed", minutes=event.minutes)

    @evolves(Posted)
    def posted(self, event: Posted) -> Hours:
        return replace(self, state="posted", until=event.until)

    @evolves(Objected)
    def objected(self, event: Objected) -> Hours:
        return replace(self, state="objected", before=self.state)

    @evolves(Upheld)
    def upheld(self, event: Upheld) -> Hours:
        return replace(self, state=self.before, before="", asked=None, asker="")

    @evolves(CorrectionAsked)
    def correction_asked(self, event: CorrectionAsked) -> Hours:
        return replace(self, asked=event.minutes, asker=event.by)

    @evolves(Adjusted)
    def adjusted(self, event: Adjusted) -> Hours:
        state = self.before if self.state == "objected" else self.state
        return replace(self, state=state, before="", minutes=event.minutes, asked=None, asker="")

    @evolves(Credited)
    def credited(self, event: Credited) -> Hours:
        return replace(self, state="credited")

    @evolves(Voided)
    def voided(self, event: Voided) -> Hours:
        return replace(self, state="voided", asked=None, asker="")


class OwnHours(RuleBroken):
    """Nobody decides on their own hours, nor confirms, changes or defends what they proposed: four eyes on every minute."""

    sentence = "{what}"


class WrongHoursState(RuleBroken):
    """Hours move proposed → confirmed → posted → credited; objections open and settle."""

    sentence = "这条时长现在是“{state}”，不能这样做。"


def need_hours(hours: Hours, *states: str) -> None:
    """Raise unless there is an entry in one of these states."""
    if not hours.state:
        raise Unknown(what="条时长")
    if hours.state not in states:
        raise WrongHoursState(state=LABELS[hours.state])


def need_other(claimant_id: str, claimant: Person, act: Act, decider: Person) -> None:
    """Raise OwnHours where the person who decides is the one whose hours they are, under whatever file."""
    if same_human(claimant_id, claimant, act.actor, decider):
        raise OwnHours(what="不能决定自己的时长，请另一位同事来。")


def need_other_eyes(hours: Hours, proposer: Person, act: Act, decider: Person, verb: str) -> None:
    """Raise OwnHours where the person who decides is the one who proposed the hours, under whatever file."""
    if same_human(hours.proposer, proposer, act.actor, decider):
        raise OwnHours(what=f"你不能{verb}自己提交的时长，请另一位同事{verb}。")


def need_payer(
    minutes: int, act: Act, hours: Hours, slot: Slot, decider: list[Person], purchases: Purchases, trees: list[Tree]
) -> None:
    """Raise PaidForIt where more minutes than before come to count by the word of whoever is paid for them.

    `decider`: all files of the person. Fewer minutes may be said by anybody.
    """
    if minutes > (0 if hours.state == "proposed" else hours.minutes):
        offices = [at for file in decider for at in file.offices_on(local(act.at).date())]
        need_unpaid(purchases, trees, slot.organisation, local(slot.begins).date(), offices)
