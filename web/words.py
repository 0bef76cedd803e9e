"""How things are written on pages: dates, minutes, names as the viewer may see them, and refusals."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask

from domain.words import LABELS, ZONE
from ledger.events import RuleBroken
from projections import wordings

WEEKDAYS = "一二三四五六日"


def register(app: Flask) -> None:
    """Make the writings filters of every template."""
    app.jinja_env.filters.update(
        day=day,
        weekday=weekday,
        clock=clock,
        span=span,
        hours=hours,
        moment=moment,
        label=label,
        word=wordings.label,
        instant=instant,
    )


def day(local: str | None) -> str:
    """`2026-11-22…` as `11月22日`; a month `2026-11` as `2026年11月`; nothing as a dash."""
    if not local:
        return "—"
    if len(local) == 7:
        return f"{local[:4]}年{int(local[5:7])}月"
    return f"{int(local[5:7])}月{int(local[8:10])}日"


def weekday(local: str) -> str:
    """`2026-11-22…` as `周日`."""
    return "周" + WEEKDAYS[date.fromisoformat(local[:10]).weekday()]


def clock(local: str | None) -> str:
    """`2026-11-22T09:00:00` as `09:00`."""
    return local[11:16] if local else "—"


def span(starts: str, ends: str | None) -> str:
    """Two local times as `09:00–10:30`."""
    return f"{starts[11:16]}–{ends[11:16]}" if ends else f"{starts[11:16]} 起"


def hours(minutes: int | None) -> str:
    """Minutes as hours with one decimal at most, `90` as `1.5`; rounding happens on paper only, so halves stay exact."""
    value = (minutes or 0) / 60
    return f"{value:,.1f}".removesuffix(".0")


def moment(instant: datetime | str | None) -> str:
    """An instant, or a local time, as `2026-11-22 09:00`."""
    if instant is None:
        return "—"
    if isinstance(instant, datetime):
        instant = instant.astimezone(ZONE).isoformat()
    return instant[:16].replace("T", " ")


def instant(seconds: int) -> str:
    """Seconds since 1970 as the local time, `2026-11-22 09:00`."""
    return moment(datetime.fromtimestamp(seconds, ZONE))


def label(value: str | None) -> str:
    """The Chinese word of a stored value."""
    return LABELS.get(value or "", value or "")


def sentence(error: RuleBroken) -> str:
    """A refusal as the person reads it: stored values in its facts are turned into words."""
    facts = {key: LABELS.get(fact, fact) if isinstance(fact, str) else fact for key, fact in error.facts.items()}
    return error.sentence.format_map(facts)
