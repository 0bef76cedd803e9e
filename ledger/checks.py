"""What holds for every command before a rule looks at it: what it says can be written down and read back for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from ledger.events import Act, Command, RuleBroken

_CommandT = TypeVar("_CommandT", bound=Command)
_is_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}").fullmatch
LONGEST = 500
"""Characters of a command's id: it comes from forms, is kept for ever and looked up with every command."""
LARGEST = 2**53
"""Whole numbers beyond this are not the same in every program that reads JSON."""
YEARS = range(1900, 2201)
"""Near the ends of the calendar a change of zone overflows, and one such event would stop every reader of the log."""


class NotAnId(RuleBroken):
    """An id is a short word of Latin letters, digits, dots, lines; a slash or colon would make two tags one."""

    sentence = "编号“{value}”不对：只能用字母、数字、点和短横线，最多 80 个字。"


class NoZone(RuleBroken):
    """A time without a zone is no time."""

    sentence = "时间“{value}”没有说明时区。"


class Unreadable(RuleBroken):
    """Every field has the kind that it is declared with; an event that cannot be read back would stop all readers."""

    sentence = "内容不对：{what}。"


def checked(command: _CommandT, act: Act, ids: Iterable[str]) -> _CommandT:
    """The command with every field of its declared kind; `ids` are the fields that become part of a tag.

    Raises NotAnId, NoZone, Unreadable.
    """
    try:
        command = msgspec.convert(vars(command), type(command))
    except msgspec.ValidationError as error:
        raise Unreadable(what=error) from error
    check_act(act)
    for value in vars(command).values():
        check_value(value)
    for field in ids:
        check_ids(getattr(command, field))
    return command


def check_act(act: Act) -> None:
    """Who acts is an id, the command has one that can be looked up again, and both times have a zone."""
    check_ids(act.actor)
    if not 0 < len(act.id) <= LONGEST:
        raise NotAnId(value=act.id[:80])
    check_text(act.id)
    check_date(act.recorded)
    for value in (act.occurred, act.organisation, act.reason, act.override, act.basis):
        if value is not None:
            check_value(value)


def check_ids(value: Any) -> None:
    """One id or several."""
    for one in (value,) if isinstance(value, str) else value:
        if not _is_id(one):
            raise NotAnId(value=one)


def check_value(value: Any) -> None:
    """A time has a zone and lies in our era, a number can be written in JSON, a text in every database."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, date):
        check_date(value)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            raise Unreadable(what=f"数字 {value} 太大")
    elif isinstance(value, tuple):
        for one in value:
            check_value(one)


def check_text(value: str) -> None:
    """Every database can keep it."""
    if "\0" in value or not (value.isascii() or is_utf8(value)):
        raise Unreadable(what="文字里有不能保存的符号")


def check_date(value: date) -> None:
    """A time has a zone; it and a day lie in our era."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise NoZone(value=value)
    if value.year not in YEARS:
        raise Unreadable(what=f"{value} 不在 {YEARS[0]} 到 {YEARS[-1]} 年之间")


def is_utf8(text: str) -> bool:
    """Whether it can be stored: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
