"""The five documents of an activity (五有: 计划、方案、总结、台账、记录). (BD-1)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.activities import Activity, DocumentAttached, need_state
from domain.words import Document
from ledger.events import Act, Command, Event
from ledger.execute import decides

DOCUMENTS: tuple[Document, ...] = ("plan", "scheme", "summary", "ledger", "record")


@dataclass(frozen=True)
class AttachDocument(Command):
    """Attach one of the five documents."""

    activity: str
    document: Document
    title: str


@decides(AttachDocument, activity=Activity.of("activity"))
def attach(command: AttachDocument, act: Act, activity: Activity) -> Iterator[Event]:
    need_state(activity, "draft", "published", "closed")
    if command.document not in activity.documents:
        yield DocumentAttached(command.activity, command.document, command.title)
