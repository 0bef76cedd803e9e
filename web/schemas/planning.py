"""What the forms of an activity's organiser send: description, time bands, seats, documents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validates_schema

from domain.activities import Approval
from domain.documents import DOCUMENTS
from domain.words import ZONE
from domain.words import Form as FormOfWork
from web.forms import Day, Form, LocalDateTime, between, length, one_of
from web.house import now

FORMS: tuple[str, ...] = get_args(FormOfWork)
APPROVALS: tuple[str, ...] = get_args(Approval)
MOST_SLOTS = 20
"""How many time bands one form may make."""


class Description(Form):
    """What the activity is."""

    title = fields.String(required=True, validate=length(60))
    form = fields.String(validate=one_of(FORMS), load_default="community")
    place = fields.String(validate=length(80), load_default="")
    summary = fields.String(validate=length(1000), load_default="")
    audience = fields.String(validate=length(80), load_default="")
    category = fields.String(validate=length(40), load_default="")


class Revision(Description):
    """Another description, and whom one can ask."""

    contacts = fields.List(fields.String(validate=length(80)))


class TimeBand(Form):
    """One day, from–to, in one slot or in equal ones (`every` minutes each), with seats and what is asked for."""

    day = Day(required=True)
    starts = fields.Time(required=True)
    ends = fields.Time(required=True)
    every = fields.Integer(validate=between(10, 12 * 60), load_default=None)
    volunteer_seats = fields.Integer(validate=between(0, 10_000), load_default=0)
    participant_seats = fields.Integer(validate=between(0, 10_000), load_default=0)
    skills = fields.String(validate=length(80), load_default="")
    over = fields.Integer(validate=between(0, 120), load_default=0)
    risk = fields.String(required=True, validate=length(200))
    dangerous = fields.Boolean(load_default=False)
    insurance = fields.String(validate=length(200), load_default="")
    deadline = LocalDateTime(load_default=None)
    approval = fields.String(validate=one_of(APPROVALS), load_default="first_come")
    late = fields.String(validate=length(200), load_default="")

    @post_load
    def as_held(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """A reason for being late is none where it is still to be; seats that nobody counted then are without limit."""
        if not is_begun(data):
            return data | {"late": ""}
        seats = (data["volunteer_seats"], data["participant_seats"])
        return data if any(seats) else data | {"volunteer_seats": None, "participant_seats": None}

    @validates_schema
    def makes_sense(self, data: dict[str, Any], **_: object) -> None:
        """The end lies behind the start, the span can be split as wished, sign-up ends in time, and there is a seat."""
        starts, ends = (datetime.combine(data["day"], data[clock], ZONE) for clock in ("starts", "ends"))
        span = (ends - starts) // timedelta(minutes=1)
        each = data["every"] or span
        if span <= 0:
            raise ValidationError("结束时间要晚于开始时间。", "ends")
        if each > span:
            raise ValidationError(f"这段时间一共 {span} 分钟，分不出 {each} 分钟的一段。", "every")
        if span % each:
            raise ValidationError(
                f"这段时间一共 {span} 分钟，每段 {each} 分钟会剩下 {span % each} 分钟；改结束时间或每段的分钟。",
                "every",
            )
        if span // each > MOST_SLOTS:
            raise ValidationError(f"这样会分成 {span // each} 段，一次最多 {MOST_SLOTS} 段。", "every")
        if data["deadline"] and data["deadline"] > starts + timedelta(minutes=each):
            raise ValidationError("报名截止时间要早于第一段结束。", "deadline")
        if is_begun(data) and not data["late"]:
            raise ValidationError("这个时间已经过了。补录办过的活动，请写明原因。", "late")
        if not is_begun(data) and not (data["volunteer_seats"] or data["participant_seats"]):
            raise ValidationError("志愿者席和参与者席至少要有一边大于 0。", "volunteer_seats")


def is_begun(data: dict[str, Any]) -> bool:
    """Whether a time band has begun: then it is entered late."""
    return datetime.combine(data["day"], data["starts"], ZONE) <= now()


class MoreSlots(TimeBand):
    """A further time band; `first` is the number that the page meant for it, so that a form sent twice adds it once."""

    first = fields.Integer(required=True, validate=between(1, 10_000))


class Owner(Form):
    """Whose activity it is."""

    organisation = fields.String(required=True, validate=length(80))


class NewActivity(Owner, Description, TimeBand):
    """A new activity with its first time band."""


class Resizing(Form):
    """Another number of seats for one side; below the bookings those who lose their seat are named, and why."""

    side = fields.String(required=True, validate=one_of(("volunteer", "participant")))
    seats = fields.Integer(required=True, validate=between(0, 10_000))
    displaced = fields.List(fields.String(validate=length(80)))
    reason = fields.String(validate=length(200), load_default="")


class CallingOff(Form):
    """Calling something off: everybody affected, as the page listed them, and why."""

    affected = fields.List(fields.String(validate=length(80)))
    reason = fields.String(required=True, validate=length(200))


class Move(Form):
    """A step of the activity's life; some need a reason (the rule says which)."""

    reason = fields.String(validate=length(200), load_default="")


class Attachment(Form):
    """One of the five documents."""

    document = fields.String(required=True, validate=one_of(DOCUMENTS))
    title = fields.String(required=True, validate=length(80))
