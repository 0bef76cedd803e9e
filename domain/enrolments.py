"""Enrolments: one person in one slot, what can happen there, and where it stands. (BN-6, ZS-8, §3)

How one gets a place and gives it back is decided in `sign_up.py`, who came in `attendance.py`.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from domain.words import LABELS, Method, Side, Unknown
from ledger.events import Event, RuleBroken
from ledger.guards import Guard, evolves


class Requested(Event, topic="enrolment.requested", stream=("slot", "person")):
    """Asked for a place in a slot whose organiser decides."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None


class Accepted(Event, topic="enrolment.accepted", stream=("slot", "person")):
    """Has a seat: by signing up first come first served, or because the organiser said yes."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None
    was: str = ""
    overridden: tuple[str, ...] = ()


class Waitlisted(Event, topic="enrolment.waitlisted", stream=("slot", "person")):
    """Waits; `place` is the place in the queue at that moment, from 1."""

    slot: str
    person: str
    side: Side
    place: int
    starts: datetime
    ends: datetime | None = None
    was: str = ""
    overridden: tuple[str, ...] = ()


class Promoted(Event, topic="enrolment.promoted", stream=("slot", "person")):
    """A seat came free and this was the first in the queue."""

    slot: str
    person: str
    side: Side


class Displaced(Event, topic="enrolment.displaced", stream=("slot", "person")):
    """The slot shrank below its bookings; this one lost the seat and waits in front of the queue."""

    slot: str
    person: str
    side: Side


class Rejected(Event, topic="enrolment.rejected", stream=("slot", "person")):
    """The organiser said no; `was` is what it was: requested, or waiting for a seat that never came free."""

    slot: str
    person: str
    side: Side
    starts: datetime
    ends: datetime | None = None
    was: str = "requested"


class Withdrawn(Event, topic="enrolment.withdrawn", stream=("slot", "person")):
    """Gave the place back; `was` is what it was: requested, waiting or accepted."""

    slot: str
    person: str
    side: Side
    was: str
    starts: datetime
    ends: datetime | None = None


class Released(Event, topic="enrolment.released", stream=("slot", "person")):
    """The slot was cancelled and the place with it."""

    slot: str
    person: str
    side: Side
    was: str
    starts: datetime
    ends: datetime | None = None


class CheckedIn(Event, topic="enrolment.checked_in", stream=("slot", "person")):
    """Was there, from this moment on."""

    slot: str
    person: str
    side: Side
    method: Method
    moment: datetime


class CheckedOut(Event, topic="enrolment.checked_out", stream=("slot", "person")):
    """Left at this moment."""

    slot: str
    person: str
    side: Side
    method: Method
    moment: datetime


class NoShow(Event, topic="enrolment.no_show", stream=("slot", "person")):
    """Had a seat and did not come; the time of the slot is theirs again."""

    slot: str
    person: str
    side: Side
    starts: datetime | None = None
    ends: datetime | None = None


class AttendanceCorrected(Event, topic="enrolment.attendance_corrected", stream=("slot", "person")):
    """What was written about coming and leaving was wrong; both versions stay. No check-in means: was not there."""

    slot: str
    person: str
    side: Side
    checked_in: datetime | None = None
    checked_out: datetime | None = None
    was_in: datetime | None = None
    was_out: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None


class Enrolment(Guard, kind="enrolment", key=("slot", "person")):
    """One person in one slot."""

    state: str = ""
    side: Side = "volunteer"
    checked_in: datetime | None = None
    checked_out: datetime | None = None
    in_by: Method | None = None
    out_by: Method | None = None

    @property
    def is_active(self) -> bool:
        """Asked, waiting, seated or been there: one of these per person and slot."""
        return self.state in ("requested", "waiting", "accepted", "checked_in", "checked_out", "no_show")

    @property
    def attended(self) -> bool:
        """Whether they were there."""
        return self.state in ("checked_in", "checked_out")

    @evolves(Requested)
    def asked(self, event: Requested) -> Enrolment:
        return Enrolment(state="requested", side=event.side)

    @evolves(Accepted)
    def seated(self, event: Accepted) -> Enrolment:
        return Enrolment(state="accepted", side=event.side)

    @evolves(Promoted)
    def promoted(self, event: Promoted) -> Enrolment:
        return replace(self, state="accepted")

    @evolves(Waitlisted)
    def queued(self, event: Waitlisted) -> Enrolment:
        return Enrolment(state="waiting", side=event.side)

    @evolves(Displaced)
    def displaced(self, event: Displaced) -> Enrolment:
        return replace(self, state="waiting")

    @evolves(Rejected)
    def refused(self, event: Rejected) -> Enrolment:
        return replace(self, state="unseated" if event.was == "waiting" else "rejected")

    @evolves(Withdrawn)
    def given_back(self, event: Withdrawn) -> Enrolment:
        return replace(self, state="withdrawn")

    @evolves(Released)
    def released(self, event: Released) -> Enrolment:
        return replace(self, state="released")

    @evolves(CheckedIn)
    def came(self, event: CheckedIn) -> Enrolment:
        return replace(self, state="checked_in", checked_in=event.moment, in_by=event.method)

    @evolves(CheckedOut)
    def left(self, event: CheckedOut) -> Enrolment:
        return replace(self, state="checked_out", checked_out=event.moment, out_by=event.method)

    @evolves(NoShow)
    def missed(self, event: NoShow) -> Enrolment:
        return replace(self, state="no_show")

    @evolves(AttendanceCorrected)
    def corrected(self, event: AttendanceCorrected) -> Enrolment:
        came, left = event.checked_in, event.checked_out
        return replace(
            self,
            state="checked_out" if left else "checked_in" if came else "no_show",
            checked_in=came,
            checked_out=left,
            in_by="late" if came != self.checked_in else self.in_by,
            out_by="late" if left != self.checked_out else self.out_by,
        )


class NotOnTheList(RuleBroken):
    """Only what stands on the list can change."""

    sentence = "名单上这一条现在是“{state}”，不能这样做。"


def need_listed(enrolment: Enrolment, side: Side, *states: str) -> None:
    """Raise unless the person stands on the list of this side in one of these states."""
    if not enrolment.state:
        raise Unknown(what="条报名")
    if enrolment.state not in states or enrolment.side != side:
        raise NotOnTheList(state=LABELS[enrolment.state])
