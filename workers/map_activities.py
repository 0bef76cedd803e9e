"""Facts about activities and their sessions (slots), as commands."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from domain import closing, documents, planning, resizing
from domain.activities import Approval
from domain.words import ZONE, Document, Form, Side
from ledger.events import Command
from workers.context import Context, Implied, Mapping, Step
from workers.facts import Line, last

EVERYBODY = {"all_union_social_workers": "全体工会社工"}
"""Codes that stand where a person is expected."""


def activity_drafted(line: Line, context: Context) -> list[Command]:
    """A scheduled activity, or a line of a preview: who is to look after it becomes its contacts, in words its summary."""
    staff = line.words("staff") or line.words("contacts")
    others = "、".join(EVERYBODY.get(one, one) for one in staff if not one.startswith("person/"))
    summary = line.maybe_text("content") or line.maybe_text("summary")
    form: Form = line.one_of("form", get_args(Form)) if line.raw.data.get("form") else "community"  # type: ignore[assignment]  # checked just here
    return [
        planning.DraftActivity(
            line.key,
            line.text("title"),
            context.home(line, "organiser"),
            form,
            context.readable(line.maybe_text("place")),
            f"{summary}（跟进：{others}）" if others else summary,
            context.readable(line.maybe_text("audience")),
            line.maybe_text("category"),
            tuple(last(one) for one in staff if one.startswith("person/")),
            line.maybe_text("due") or preview_month(line, context),
            line.words("aliases"),
        )
    ]


def preview_month(line: Line, context: Context) -> str | None:
    """A line of a bulletin's preview whose date was left blank is planned for the month after the bulletin's."""
    if line.raw.type != "ActivityPlanned" or len(context.periods) != 1:
        return None
    year, month = map(int, next(iter(context.periods.values())).split("-"))
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def activity_published(line: Line, context: Context) -> list[Command]:
    context.published.add(line.key)
    return [planning.PublishActivity(line.key, tuple(line.slot(line.key, one) for one in line.several("sessions")))]


def session_opened(line: Line, context: Context) -> list[Step]:
    """A slot. The first one publishes its activity, unless a line did; others open at once.

    Opening is what the fact says; where it is stamped no earlier than the slot starts, publishing came at some time before.
    """
    slot, starts = slot_of(line), local(line, line.text("date"), line.text("starts"))
    ends = line.maybe_text("ends")
    approval: Approval = "reviewed" if line.maybe_text("approval") == "reviewed" else "first_come"
    if approval == "reviewed":
        context.reviewed.add(slot)
    add = planning.AddSlot(
        line.key,
        slot,
        starts,
        local(line, line.maybe_text("ends_on") or line.text("date"), ends) if ends else None,
        line.maybe_whole("volunteer_seats"),
        line.maybe_whole("participant_seats"),
        context.readable(line.maybe_text("place")),
        line.words("skills"),
        line.maybe_whole("over") or 0,
        line.maybe_text("risk"),
        line.maybe_text("insurance"),
        line.maybe_moment("deadline"),
        approval,
    )
    if context.is_published(line.key) or line.raw.data.get("published") is False:
        return [add]
    context.published.add(line.key)
    publish = planning.PublishActivity(line.key, (slot,))
    occurred, _ = line.when()
    return [add, Implied(publish) if occurred is None or occurred >= starts else publish]


def local(line: Line, day: str, clock: str) -> datetime:
    """`2020-02-28` and `09:00` as a local instant. Raises BadLine."""
    return line.as_moment(f"{day}T{clock}", "date 和 starts").astimezone(ZONE)


def slot_of(line: Line) -> str:
    """The slot of a line that speaks of an activity's session. Raises BadLine."""
    return line.slot(line.key, line.text("session"))


def headcount_confirmed(line: Line, context: Context) -> list[Command]:
    side: Side = line.one_of("role", get_args(Side))  # type: ignore[assignment]  # checked just here
    return [closing.ConfirmHeadcount(line.key, slot_of(line), side, line.whole("count"))]


def session_resized(line: Line, context: Context) -> list[Command]:
    side: Side = line.one_of("role", get_args(Side))  # type: ignore[assignment]  # checked just here
    return [resizing.ResizeSlot(line.key, slot_of(line), side, line.whole("seats"), line.several("displaced"))]


def document_attached(line: Line, context: Context) -> list[Command]:
    document: Document = line.one_of("document", get_args(Document))  # type: ignore[assignment]  # checked just here
    return [documents.AttachDocument(line.key, document, line.maybe_text("title"))]


TABLE: dict[str, Mapping] = {
    "ActivityScheduled": activity_drafted,
    "ActivityDrafted": activity_drafted,
    "ActivityPlanned": activity_drafted,
    "ActivityPublished": activity_published,
    "ActivityClosed": lambda line, _: [closing.CloseActivity(line.key)],
    "ActivityReopened": lambda line, _: [closing.ReopenActivity(line.key)],
    "ActivityCancelled": lambda line, _: [closing.CancelActivity(line.key)],
    "ActivityArchived": lambda line, _: [closing.ArchiveActivity(line.key)],
    "ActivityDocumentAttached": document_attached,
    "SessionOpened": session_opened,
    "SessionHeadcountConfirmed": headcount_confirmed,
    "SessionResized": session_resized,
    "SessionCancelled": lambda line, _: [resizing.CancelSlot(line.key, slot_of(line), line.several("affected"))],
    "SessionClosed": lambda line, _: [closing.CloseSlot(line.key, slot_of(line))],
    "SessionReopened": lambda line, _: [closing.ReopenSlot(line.key, slot_of(line))],
}
