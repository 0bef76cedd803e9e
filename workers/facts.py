"""One line of a file of facts: read, checked, and told when it happened. What it becomes is said in `mapping.py`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import msgspec

from domain.words import ZONE, day_of
from ledger.events import Precision


class BadLine(Exception):
    """A line cannot be taken over. `number` counts from 1, `why` is a Chinese sentence."""

    def __init__(self, number: int, why: str) -> None:
        self.number, self.why = number, why
        super().__init__(f"第 {number} 行：{why}")


class Raw(msgspec.Struct, frozen=True):
    """A line as it is written; `type`, `stream` and `data` are needed, everything else may be missing."""

    type: str
    stream: str
    data: dict[str, Any]
    occurred: str | None = None
    precision: str | None = None
    basis: str | None = None
    src: str | None = None
    actor: str | None = None


@dataclass(frozen=True)
class Line:
    """A fact with its place in the file (`number`, from 1) and a mark that stays the same when the file is read again."""

    number: int
    mark: str
    raw: Raw

    @property
    def key(self) -> str:
        """The id of the thing it happened to: the last part of its stream."""
        return last(self.raw.stream)

    @property
    def own_key(self) -> str:
        """An id that says its kind too, where ids of several kinds meet (contacts, kept records): `visit-z1`."""
        return self.raw.stream.replace("/", "-")

    def wrong(self, why: str) -> NoReturn:
        """Refuse this line. Raises BadLine."""
        raise BadLine(self.number, why)

    def need(self, field_name: str) -> Any:
        """A field that must be there. Raises BadLine."""
        value = self.raw.data.get(field_name)
        if value is None:
            self.wrong(f"“{self.raw.type}”缺少字段 data.{field_name}。")
        return value

    def text(self, field_name: str) -> str:
        """A field that must be there and be text. Raises BadLine."""
        self.need(field_name)
        return self.maybe_text(field_name)

    def maybe_text(self, field_name: str, default: str = "") -> str:
        """A field that may be missing and else is text. Raises BadLine."""
        value = self.raw.data.get(field_name)
        if value is not None and not isinstance(value, str):
            self.wrong(f"字段 data.{field_name} 应当是文字。")
        return value or default

    def whole(self, field_name: str) -> int:
        """A field that must be there and be a whole number. Raises BadLine."""
        self.need(field_name)
        return self.maybe_whole(field_name) or 0

    def maybe_whole(self, field_name: str) -> int | None:
        """A field that may be missing and else is a whole number. Raises BadLine."""
        value = self.raw.data.get(field_name)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return value if value is None or is_whole else self.wrong(f"字段 data.{field_name} 应当是整数。")

    def one_of(self, field_name: str, known: Iterable[str]) -> str:
        """A field that must be one of these words. Raises BadLine."""
        value = self.text(field_name)
        if value not in known:
            self.wrong(f"字段 data.{field_name} 的值“{value}”不在可用的范围内：{'、'.join(known)}。")
        return value

    def words(self, field_name: str) -> tuple[str, ...]:
        """A list of words that may be missing. Raises BadLine."""
        value = self.raw.data.get(field_name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(f"字段 data.{field_name} 应当是一列文字。")
        return tuple(value)

    def several(self, field_name: str) -> tuple[str, ...]:
        """A list of ids that may be missing, each cut to the last part of its stream. Raises BadLine."""
        return tuple(last(one) for one in self.words(field_name))

    def slot(self, activity: str, session: str) -> str:
        """The slot of an activity's session: `zs-haircut` and `s2` are `zs-haircut.2`. Raises BadLine."""
        number = re.search(r"\d+$", session)
        if not activity or not number:
            self.wrong(f"场次“{session}”的编号应当以数字结尾，例如 s1。")
        return f"{activity}.{int(number[0])}"

    def maybe_moment(self, field_name: str) -> datetime | None:
        """A moment that may be missing: ISO 8601; without an offset it is local time. Raises BadLine."""
        text = self.maybe_text(field_name)
        return self.as_moment(text, f"data.{field_name}") if text else None

    def day(self) -> str:
        """The local day, or month, on which it happened, as receipts keep it. Raises BadLine."""
        occurred, precision = self.when()
        if occurred is None:
            self.wrong(f"“{self.raw.type}”要写明 occurred（日期或月份）。")
        return day_of(occurred)[:7] if precision == "month" else day_of(occurred)

    def as_moment(self, text: str, where: str) -> datetime:
        """An ISO 8601 text as a moment. Raises BadLine."""
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(f"{where} 的时间“{text}”读不懂，应当像 2020-02-28T09:00。")
        return found if found.tzinfo else found.replace(tzinfo=ZONE)

    def when(self) -> tuple[datetime | None, Precision]:
        """The earliest instant at which it can have happened, and how exactly that is known. Raises BadLine."""
        said, text = self.raw.precision or "", self.raw.occurred
        if said.startswith("on-or-after "):
            return self.as_moment(said.removeprefix("on-or-after "), "precision"), "after"
        if said.startswith("before"):
            return None, "before"
        if text is None:
            return None, "unknown"
        if len(text) == len("2020-02"):
            return self.as_moment(f"{text}-01", "occurred"), "month"
        if len(text) == len("2020-02-28"):
            return self.as_moment(text, "occurred"), "day"
        return self.as_moment(text, "occurred"), "moment" if said == "moment" else "minute"


def last(stream: str) -> str:
    """`person/zs-r01` is `zs-r01`."""
    return stream.rpartition("/")[2]


def read(number: int, text: bytes) -> Line:
    """A line of the file. Raises BadLine."""
    try:
        raw = msgspec.json.decode(text, type=Raw)
    except msgspec.ValidationError as error:
        raise BadLine(number, f"内容不对：{explain(str(error))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        byte = re.search(r"byte (\d+)", str(error))
        where = f"（第 {byte[1]} 个字节附近）" if byte else ""
        raise BadLine(number, f"这一行不是完整的 JSON{where}。文件要是 UTF-8，一行一个对象。") from error
    if not raw.type or not last(raw.stream):
        raise BadLine(number, "type 和 stream 不能是空的。")
    return Line(number, hashlib.sha256(b"%d:%s" % (number, text.strip())).hexdigest()[:32], raw)


def explain(error: str) -> str:
    """The library's complaint in Chinese where it is the common one: a field that is missing."""
    if error.startswith("Object missing required field "):
        return f"缺少字段 {error.split('`')[1]}。"
    if error.startswith("Expected `object`") and "$" not in error:
        return "一行应当是一个 JSON 对象 {…}。"
    return error
