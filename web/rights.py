"""What a row of the table of permissions is, and how it is read. The table itself is `web/permissions.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.words import Role
from ledger.events import Command

OFFICES: tuple[Role, ...] = (
    "social_worker", "organiser", "counsellor", "station_lead", "agency_manager",
    "union_officer", "reviewer", "auditor", "administrator",
)  # fmt: skip
"""Roles that give more than what is one's own, in the order of the table's columns. Each holds on the node of the tree on
which it was granted, and on everything below it. A volunteer or a recipient has what everybody has who signs in."""
REASON, SECOND, OTHERS, HALF, PROOF = (
    "写明原因",
    "第二个人",
    "不能是自己的",
    "还欠第二步验证的人",
    "密码、链接或通行密钥",
)
"""What a right asks for beside the role: a reason, which stays in the log; another person than whoever began it (four eyes);
that it is not about oneself. The other way round: a door for whoever gave a password and still owes the second factor; and
something that proves who one is, whoever may be signed in at that moment.
"""


@dataclass(frozen=True)
class Right:
    """One row: what may be done, by whom, and the doors, commands and fields that are this right.

    `anybody`: also without signing in. `self_`: everybody who signed in, for what is their own. `offices`: whoever holds one of
    these roles, for the organisation where they hold it and all below.
    """

    what: str
    anybody: bool
    self_: bool
    offices: frozenset[str]
    pages: tuple[str, ...] = ()
    commands: tuple[type[Command], ...] = ()
    fields: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()

    @property
    def is_half(self) -> bool:
        """Whether it is also a door for those who still owe the second factor."""
        return HALF in self.needs


def row(
    what: str,
    cells: str,
    pages: str = "",
    *commands: type[Command],
    fields: str = "",
    needs: Iterable[str] = (),
) -> Right:
    """A row of the table. `cells`: one mark a column, x or -: anybody and oneself, then the offices; blanks only part them.

    `pages` and `fields` are names with blanks between. Raises ValueError for cells that are not one a column.
    """
    marks = cells.replace(" ", "")
    if len(marks) != 2 + len(OFFICES) or set(marks) - {"x", "-"}:
        raise ValueError(f"{what}: {cells}")
    offices = frozenset(role for role, mark in zip(OFFICES, marks[2:], strict=True) if mark == "x")
    return Right(
        what, marks[0] == "x", marks[1] == "x", offices, tuple(pages.split()), commands, tuple(fields.split()),
        frozenset(needs),
    )  # fmt: skip


def by_name(rights: Iterable[Right]) -> dict[str, Right]:
    """Every page and every field and its one row. Raises ValueError for a name with two: then nobody knew which holds."""
    found: dict[str, Right] = {}
    for right in rights:
        for name in (*right.pages, *right.fields):
            if name in found:
                raise ValueError(f"{name} stands in two rows: {found[name].what}, {right.what}")
            found[name] = right
    return found
