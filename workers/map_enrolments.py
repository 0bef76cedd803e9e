"""Facts about sign-ups, attendance and hours, as commands. Each names its slot (`data.slot`, `a1.s1`) and its person."""

from __future__ import annotations

from typing import get_args

from domain import attendance, sign_up
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.words import Method, Side
from ledger.events import Command
from workers.context import Context, Mapping
from workers.facts import Line, last


def who(line: Line) -> tuple[str, str]:
    """The slot (`a1.s1`) and the person. Raises BadLine."""
    activity, _, session = last(line.text("slot")).rpartition(".")
    return line.slot(activity, session), last(line.text("person"))


def seat(line: Line) -> tuple[str, str, Side]:
    """The slot, the person and the side; a volunteer where nothing is said. Raises BadLine."""
    side = line.one_of("side", get_args(Side)) if line.raw.data.get("side") else "volunteer"
    return *who(line), side  # type: ignore[return-value]  # checked just here


def requested(line: Line, context: Context) -> list[Command]:
    context.asked.add(who(line))
    return [sign_up.SignUp(*seat(line))]


def accepted(line: Line, context: Context) -> list[Command]:
    """A seat or a place in the queue: which of both, the rules say. After a request it is the organiser's answer, if any."""
    if who(line) not in context.asked:
        return [sign_up.SignUp(*seat(line))]
    return [sign_up.AcceptRequest(*seat(line))] if who(line)[0] in context.reviewed else []


def follows(line: Line, context: Context) -> list[Command]:
    """The rules draw this consequence themselves: whoever is first in the queue moves up when a seat comes free."""
    return []


def timed(line: Line) -> None:
    """Coming and leaving need a time of day. Raises BadLine."""
    if line.when()[1] not in ("minute", "moment"):
        line.wrong(f"“{line.raw.type}”要写到分钟，例如 occurred: 2020-02-28T09:05。")


def method(line: Line) -> Method:
    """How it was noted; at the desk where nothing is said. Raises BadLine."""
    return line.one_of("method", get_args(Method)) if line.raw.data.get("method") else "desk"  # type: ignore[return-value]  # checked just here


def checked_in(line: Line, context: Context) -> list[Command]:
    timed(line)
    return [attendance.CheckIn(*who(line), method(line))]


def checked_out(line: Line, context: Context) -> list[Command]:
    timed(line)
    return [attendance.CheckOut(*who(line), method(line))]


def corrected(line: Line, context: Context) -> list[Command]:
    came, left = line.maybe_moment("checked_in"), line.maybe_moment("checked_out")
    return [attendance.CorrectAttendance(*who(line), came, left)]


def objected(line: Line, context: Context) -> list[Command]:
    return [ObjectToHours(*who(line), line.text("text"), line.maybe_whole("minutes"))]


TABLE: dict[str, Mapping] = {
    "EnrolmentRequested": requested,
    "EnrolmentAccepted": accepted,
    "EnrolmentWaitlisted": accepted,
    "EnrolmentPromoted": follows,
    "EnrolmentRejected": lambda line, _: [sign_up.RejectRequest(*seat(line))],
    "EnrolmentWithdrawn": lambda line, _: [sign_up.Withdraw(*seat(line))],
    "CheckedIn": checked_in,
    "CheckedOut": checked_out,
    "NoShow": lambda line, _: [attendance.MarkNoShow(*who(line))],
    "AttendanceCorrected": corrected,
    "HoursProposed": lambda line, _: [ProposeHours(*who(line), line.maybe_whole("minutes"))],
    "HoursConfirmed": lambda line, _: [ConfirmHours(*who(line), line.whole("minutes"))],
    "HoursPosted": lambda line, _: [PostHours(*who(line))],
    "HoursObjected": objected,
    "HoursUpheld": lambda line, _: [UpholdHours(*who(line))],
    "HoursAdjusted": lambda line, _: [AdjustHours(*who(line), line.whole("minutes"))],
    "HoursCredited": lambda line, _: [CreditHours(*who(line))],
    "HoursVoided": lambda line, _: [VoidHours(*who(line))],
}
