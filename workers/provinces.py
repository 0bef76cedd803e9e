"""A province over many cities: each city's log is followed by the same loop into read models of the province's own.

No city waits for another city's lock, and none is written to. Ids are a city's own, so a person who serves in two cities is
counted in each; every figure of the province is the sum of the cities', each up to a position that is told with it. The
province has none of the cities' keys: it reads what was done, and nobody's name. What a city does not say of few (see
`small_cells.py`), the province does not say either, nor what would tell it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from ledger.address import address
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.troubles import DatabaseUnavailable
from ledger.views import Views, positions
from projections import PROJECTIONS
from projections.figures import Few, Figures, Value, figures
from projections.identities import Span
from projections.small_cells import least, shown

is_name = re.compile(r"[a-z][a-z0-9-]{0,40}").fullmatch
FOLDER = "province"
"""Where the province's read models lie, a file a city; each can be thrown away and built again."""


class NoSuchLog(Exception):
    """A city's log is not where it is said to be."""


@dataclass(frozen=True)
class Standing:
    """How far a city has been followed, and why not further."""

    city: str
    position: int
    trouble: str = ""


class City:
    """One city's log and the province's read models of it."""

    def __init__(self, name: str, where: str, folder: Path) -> None:
        """Raises NoSuchLog, WrongAddress, DatabaseUnavailable."""
        self.name = name
        self._ledger = Ledger.blind(existing(where))
        self._views = Views(folder / f"{name}.db")
        self._follower = Follower(self._ledger, self._views, PROJECTIONS)

    def catch_up(self) -> Standing:
        """Fold what its log holds by now; what stands in the way is told and tried again the next time."""
        trouble = ""
        try:
            self._follower.prepare()
        except Exception as error:  # one city's trouble must not keep the others waiting
            trouble = str(error)
        return Standing(self.name, reached(self._views), trouble)

    def close(self) -> None:
        """Close both databases."""
        self._views.close()
        self._ledger.close()


def reached(views: Views) -> int:
    """The position up to which all read models of a city have come."""
    with views.read() as connection:
        return connection.scalar(select(func.min(positions.c.position))) or 0


def existing(where: str) -> str | Path:
    """The address of a log that is there: to follow must not make an empty one. Raises NoSuchLog, WrongAddress."""
    path = Path(where)
    if "://" not in where:
        if not path.is_file():
            raise NoSuchLog(f"没有这个记录文件：{where}")
        return path
    address(where)
    return where


@contextmanager
def cities(folder: Path, logs: dict[str, str]) -> Iterator[list[City]]:
    """These cities, opened. Raises NoSuchLog, WrongAddress, DatabaseUnavailable with the city's name in the sentence."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    opened: list[City] = []
    try:
        for name, where in logs.items():
            try:
                opened.append(City(name, where, place))
            except (NoSuchLog, DatabaseUnavailable) as error:
                raise type(error)(f"{name}：{error}") from error
        yield opened
    finally:
        for city in opened:
            city.close()


@dataclass(frozen=True)
class Part:
    """A city's part of the province's figures, up to this position of its log."""

    city: str
    position: int
    figures: Figures


def parts(folder: Path, month: str) -> list[Part]:
    """What each city that was followed adds to a month, by name."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.db")):
        views = Views(path)
        with views.read() as connection:
            found.append(Part(path.stem, reached(views), shown(connection, figures(connection, month))))
        views.close()
    return found


def total(values: Iterable[Value]) -> Value:
    """A figure of all cities: None only where no city knows it; where a city withholds its own, what the others come to."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, Few) for value in known):
        return Few(sum(map(least, known)))
    spans = [value for value in known if isinstance(value, Span)]
    if spans:
        return Span(sum(span.min for span in spans), sum(span.max for span in spans))
    return sum(value for value in known if isinstance(value, int)) if known else None
