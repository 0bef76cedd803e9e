"""Many commands of one form in one transaction; those that a rule refuses are left out and named, the others stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import g

from ledger.events import Act, Command, RuleBroken
from web.house import now
from web.writing import command_id, show, write_all


class Refusal(NamedTuple):
    """A command that was left out, by its place in what was asked, and why."""

    place: int
    error: RuleBroken


def execute_each(
    commands: Sequence[Command], organisation: str | Sequence[str], reason: str = "", *, overrides: bool = False
) -> list[Refusal]:
    """Carry out all commands that the rules allow; what was refused. A form sent twice counts once.

    `organisation`: for which one all of them are carried out, or one for each.
    `overrides`: the reason shall hold against rules that may be overridden. Raises StoreUnavailable.
    """
    why = reason.strip() or None
    key = command_id()
    whose = [organisation] * len(commands) if isinstance(organisation, str) else organisation
    left = list(enumerate(commands))
    refusals: list[Refusal] = []
    while left:
        acts = [
            Act(
                f"{key}:{type(command).__name__}:{index}",
                g.viewer.person,
                now(),
                whose[index],
                reason=why,
                override=why if overrides else None,
            )
            for index, command in left
        ]
        try:
            outcomes = write_all([(c, act) for (_, c), act in zip(left, acts, strict=True)])
        except RuleBroken as error:
            index, _ = left.pop(error.index or 0)
            refusals.append(Refusal(index, error))
            continue
        show(*outcomes)
        break
    return refusals
