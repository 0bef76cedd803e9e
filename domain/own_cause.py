"""Nobody in their own cause: when two files are one human, and what nobody does for themselves. (§5)"""

from __future__ import annotations

from msgspec.structs import replace

from domain.people import Person
from ledger.events import Act


def same_human(one_id: str, one: Person, other_id: str, other: Person) -> bool:
    """Whether two files belong to one person, merges considered."""
    return (one.root or one_id) == (other.root or other_id)


def plain_if_own(act: Act, is_own: bool) -> Act:
    """The act as a rule that may be overridden judges it: nobody makes an exception for themselves.

    In one's own cause an override is no more than the reason that it states.
    """
    if not (is_own and act.override):
        return act
    return replace(act, override=None, reason=act.reason or act.override)
