"""A roster as CSV that a spreadsheet opens as it is: with a byte order mark, and no cell that it would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping

from msgspec.structs import replace

from domain.words import LABELS
from projections.enrolments import Seat
from projections.people import masked

HEADS = (
    "名单",
    "姓名",
    "状态",
    "候补位次",
    "签到",
    "签退",
    "签到方式",
    "签退方式",
    "证据",
    "时长分钟",
    "时长状态",
    "电话",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001  # spreadsheets take wide ones too


def table(
    seats: list[Seat], phones: Mapping[str, str], restricted: Collection[str] = (), sealed: Collection[str] = ()
) -> str:
    """All lines as the viewer sees them, by side in the order of the page.

    Whose data are `restricted` leave the house without name and phone, whoever is `sealed` not at all.
    """
    seats = [
        replace(one, name=masked(one.name)) if one.person in restricted else one
        for one in seats
        if one.person not in sealed
    ]
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for seat in sorted(seats, key=lambda one: one.side, reverse=True):
        phone = "" if seat.person in restricted else phones.get(seat.person)
        writer.writerow([safe(cell) for cell in (*cells(seat), phone)])
    return text.getvalue()


def cells(seat: Seat) -> tuple[str | int | None, ...]:
    """One line, but for the phone number."""
    return (
        LABELS[seat.side], seat.name, LABELS[seat.state], seat.place, minute(seat.checked_in), minute(seat.checked_out),
        LABELS.get(seat.in_by or ""), LABELS.get(seat.out_by or ""), LABELS.get(seat.evidence or ""),
        seat.minutes, LABELS.get(seat.hours or ""),
    )  # fmt: skip


def minute(local: str | None) -> str:
    """`2026-11-22T09:00:00` as `2026-11-22 09:00`."""
    return local[:16].replace("T", " ") if local else ""


def safe(cell: str | int | None) -> str:
    """The cell as text, marked as text where a spreadsheet would run it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
