"""Bulletins of the time before the log: the figures that they printed, as claims held against what the log adds up to. (§4)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves


class FigureClaimed(Event, topic="bulletin.figure_claimed", stream=("bulletin",)):
    """A bulletin printed this number. `measure` names the computed figure that it can be held against, where there is one.

    `what` is the printed line in words, `as_of` the day that the print says it counts to.
    """

    bulletin: str
    figure: str
    period: str
    section: str
    value: int
    unit: str
    what: str
    organisation: str | None = None
    measure: str | None = None
    as_of: str | None = None


class Bulletin(Guard, kind="bulletin", key=("bulletin",)):
    """Which figures of a bulletin were taken over."""

    figures: tuple[str, ...] = ()

    @evolves(FigureClaimed)
    def claimed(self, event: FigureClaimed) -> Bulletin:
        return replace(self, figures=(*self.figures, event.figure))


class AlreadyClaimed(RuleBroken):
    """Each figure of a bulletin is taken over once."""

    sentence = "这个数已经录过了：{figure}。"


@dataclass(frozen=True)
class ClaimFigure(Command):
    """Take over a printed number."""

    bulletin: str
    figure: str
    period: str
    section: str
    value: int
    unit: str
    what: str
    organisation: str | None = None
    measure: str | None = None
    as_of: str | None = None


@decides(ClaimFigure, bulletin=Bulletin.of("bulletin"))
def claim(command: ClaimFigure, act: Act, bulletin: Bulletin) -> Iterator[Event]:
    if command.figure in bulletin.figures:
        raise AlreadyClaimed(figure=command.figure)
    yield FigureClaimed(**vars(command))
