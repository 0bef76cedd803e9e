"""The audit trail: finding events, a page per event, the history of a thing; staff and reviewers read their own scope."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, stream_with_context, url_for

from domain.words import LABELS
from projections import audit, figures
from projections.audit import Filter
from projections.measures import MEASURES, MINUTES
from projections.wordings import GROUPS, PRECISIONS, TOPICS, label
from web import event_parts as parts
from web.audit_query import Query, about, query, scope
from web.house import house, reached, reader, today
from web.month_parts import amount, organisation_options
from web.naming import Told, late_words, tell, thing_name
from web.rosters_csv import safe
from web.schemas.audit import SOURCES

blueprint = Blueprint("audit", __name__)
A_PAGE = 50
CHART_DAYS = 28
EXPORTED = 50_000
HEADS = ("第几条", "什么", "说的是", "谁", "替哪个机构", "从哪里", "发生", "记录", "迟记", "依据", "原因")


@blueprint.get("/audit")
def index() -> tuple[str, int]:
    """Events, newest first, by filters."""
    asked = query()
    found = audit.page(reader(), asked.filter, before=asked.before, after=asked.after, limit=A_PAGE)
    told = tell(line.position for line in found)
    return render_template(
        "audit/index.html",
        asked=asked,
        lines=[told[line.position] for line in found],
        total=audit.count(reader(), asked.filter),
        head=reached(),
        pages=pages(asked, [line.position for line in found]),
        topics=[("", "全部"), *GROUPS.items(), *extra_topic(asked)],
        sources=[("", "全部"), *((source, LABELS.get(source, label(source))) for source in SOURCES)],
        organisations=organisation_options("全部"),
        chart=chart(asked.filter),
        export=url_for("audit.export", **asked.keep),
        works=work_list(asked.filter),
    ), 422 if asked.errors else 200


def extra_topic(asked: Query) -> list[tuple[str, str]]:
    """A single kind of event that a link asked for, beside the groups."""
    topic = asked.filter.topic
    return [(topic, TOPICS[topic])] if topic in TOPICS else []


def pages(asked: Query, positions: list[int]) -> tuple[str | None, str | None]:
    """Where newer and older ones are, if there are any."""
    if not positions:
        return (url_for("audit.index", **asked.keep) if asked.before else None), None
    newer = audit.page(reader(), asked.filter, after=positions[0], limit=1)
    older = audit.page(reader(), asked.filter, before=positions[-1], limit=1)
    return (
        url_for("audit.index", after=positions[0], **asked.keep) if newer else None,
        url_for("audit.index", before=positions[-1], **asked.keep) if older else None,
    )


def chart(wanted: Filter) -> tuple[list[str], list[int], list[int]]:
    """Events a day over the last weeks, in time and late ones."""
    last = date.fromisoformat(today())
    days = [last - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    counts = audit.by_day(reader(), wanted, days[0].isoformat())
    pairs = [counts.get(day.isoformat(), (0, 0)) for day in days]
    labels = [f"{day.month}-{day.day:02}" if n % 7 == 6 else "" for n, day in enumerate(days)]
    return labels, [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def work_list(wanted: Filter) -> list[tuple[str, str, int, str]]:
    """What is worth a look in the viewer's scope, each as a filter."""

    def entry(words: str, note: str, topic: str) -> tuple[str, str, int, str]:
        count = audit.count(reader(), Filter(wanted.scope, topic=topic))
        return words, note, count, url_for("audit.index", topic=topic)

    late = audit.count(reader(), Filter(wanted.scope, late=True))
    return [
        ("迟记超过 24 小时", "发生之后很久才记下", late, url_for("audit.index", late="1")),
        entry("时长更正", "确认之后又改了", "hours.adjusted"),
        entry("提出异议", "本人或他人认为不对", "hours.objected"),
        entry("出勤更正", "签到签退写错了", "enrolment.attendance_corrected"),
        entry("疑似重复的人", "人数因此给区间", "person.duplicate_flagged"),
    ]


@blueprint.get("/audit/export.csv")
def export() -> Response:
    """What the filters find as CSV for a spreadsheet, at most 50,000 lines, newest first."""
    asked = query()
    if asked.errors:  # a filter that cannot be read would let everything through
        abort(400)
    body = stream_with_context(rows(asked.filter))
    return Response(
        body, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="records-{today()}.csv"'}
    )


def rows(wanted: Filter) -> Iterator[str]:
    """The lines of the file; a byte order mark first, because spreadsheets guess wrong without it."""
    yield "\ufeff" + line_of(HEADS)
    before: int | None = None
    for _ in range(EXPORTED // 500):
        found = audit.page(reader(), wanted, before=before, limit=500)
        told = tell((line.position for line in found), leaves=True)
        for line in found:
            one = told[line.position]
            what = (str(one.position), one.title, one.plain, one.actor, one.organisation, one.source)
            yield line_of((*what, one.occurred, one.recorded, one.late or "", one.basis, one.reason))
        if len(found) < 500:
            return
        before = found[-1].position


def line_of(cells: tuple[str, ...]) -> str:
    """One line of CSV; a cell that a spreadsheet would take for a formula is made text."""
    out = io.StringIO()
    csv.writer(out).writerow([safe(cell) for cell in cells])
    return out.getvalue()


@blueprint.get("/events/<int(max=9007199254740992):position>")
def event(position: int) -> str:
    """One event: the sentence, both times, before and after, where it leads. 404 outside of the viewer's scope."""
    line = audit.entries(reader(), [position]).get(position)
    if line is None or not scope().holds(line):
        abort(404)
    recorded = house().ledger.at([position])[0]
    near = audit.entries(reader(), parts.around(recorded))
    around = sorted(one for one, other in near.items() if scope().holds(other))
    told = tell({*around, position})
    here = told[position]
    return render_template(
        "audit/event.html",
        here=here,
        line=line,
        gap=late_words(line.late) if line.late >= 60 else None,
        precision=PRECISIONS[line.precision or "moment"],
        before_after=parts.before_after(recorded, line),
        stored=parts.stored(recorded, line),
        envelope=parts.envelope(recorded, line),
        trail=[trail_item(told[one], is_here=one == position) for one in around],
        thing=recorded.originator_id,
        thing_name="" if line.sealed else thing_name(recorded.originator_id),
        counts=[counted(one) for one in figures.lines_at(reader(), position)],
        newer=neighbour(position, after=True),
        older=neighbour(position, after=False),
    )


def trail_item(one: Told, *, is_here: bool = False) -> dict[str, Any]:
    """One event in the history of a thing."""
    note = " · ".join(piece for piece in (one.actor, one.source, one.occurred, one.reason) if piece)
    return {
        "mark": one.position,
        "title": one.plain,
        "note": f"{note} · 迟记 {one.late}" if one.late else note,
        "url": None if is_here else url_for("audit.event", position=one.position),
        "current": is_here,
    }


def counted(line: figures.Line) -> tuple[str, str, str, str]:
    """What a line moved: the figure, by how much, its unit, and where it is shown. A plan shows in the month before."""
    measure = MEASURES.get(line.measure, MEASURES["planned_lines"])
    month = figures.next_month(line.month, -1) if measure.of_next_month else line.month
    link = url_for("months.figure", month=month, measure=measure.name)
    return f"{month} {measure.label}", amount(line), "" if measure.name in MINUTES else measure.unit, link


def neighbour(position: int, *, after: bool) -> str | None:
    """The next event of the viewer's scope in the log's order."""
    wanted = Filter(scope())
    found = (
        audit.page(reader(), wanted, after=position, limit=1)
        if after
        else audit.page(reader(), wanted, before=position, limit=1)
    )
    return url_for("audit.event", position=found[0].position) if found else None


@blueprint.get("/history/<path:thing>")
def thing(thing: str) -> str:
    """The history of one thing, newest first. 404 where nothing of it is the viewer's to read."""
    asked = query()
    wanted = Filter(asked.filter.scope, **about((thing,)))
    found = audit.page(reader(), wanted, before=asked.before, after=asked.after, limit=A_PAGE)
    if not found:
        abort(404)
    told = tell(line.position for line in found)
    newer = audit.page(reader(), wanted, after=found[0].position, limit=1)
    older = audit.page(reader(), wanted, before=found[-1].position, limit=1)
    return render_template(
        "audit/thing.html",
        thing=thing,
        name=thing_name(thing),
        total=audit.count(reader(), wanted),
        items=[trail_item(told[line.position]) for line in found],
        newer=url_for("audit.thing", thing=thing, after=found[0].position) if newer else None,
        older=url_for("audit.thing", thing=thing, before=found[-1].position) if older else None,
        filtered=url_for("audit.index", thing=thing),
    )
