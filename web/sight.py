"""What the viewer sees of a person: the one place that decides it, asked by every page, list, file and sentence with a name in it.

Names: in full for whoever serves with them and of people who act in office, else `梁*`; 已注销 of the forgotten, （封存）of
the sealed. Everything else about a person (phones, notes, what came of a visit) is open to those who serve with them, and of
a sensitive file only after they said why, of a sealed or restricted one after a second person let them: see `sensitive.py`.
(PIPL 28, 44, 51; 未成年人网络保护条例 36; 刑诉法 286)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from flask import abort, g, redirect, url_for

from domain.consents import ADULT
from domain.person_states import BY_TWO
from domain.words import LABELS
from ledger.personal import ERASED
from projections import people, readings
from projections.people import masked
from projections.person_states import in_state
from projections.protection import Protected, guarded, in_office, protected, took_back
from web.house import house, instant, now, own_files, reader
from web.rights import OFFICES

Why = Literal["sealed", "restricted", "marked", "minor"]
Way = Literal["full", "masked", "hidden", "erased"]
Row = TypeVar("Row", bound=msgspec.Struct)
SEALED = LABELS["sealed"]
CONTACT = "contact"
"""The scope of the consent to be called and written to."""
CLOSED = ("note", "outcome", "next_step", "purpose")
"""What stands in rows beside a name and is shown only where the file is open."""
HIDDEN = ("place", "objection", "reason", "answer_reason", "assisted_by")
"""What is not shown either of somebody who is sealed."""


class Sight(msgspec.Struct, frozen=True):
    """What the viewer sees of one file: the name as they may read it, and whether what else is known is open to them.

    `asks`: why they must first say what they read it for; None where they need not, or have.
    """

    name: str
    way: Way
    is_open: bool
    asks: Why | None = None


def why_sensitive(file: Protected, year: int) -> Why | None:
    """Why a file is sensitive; of several reasons the strictest. Nobody is taken for a minor whose year of birth is not known."""
    if file.state == "sealed" or file.state == "restricted":
        return "sealed" if file.state == "sealed" else "restricted"
    if file.marks:
        return "marked"
    return "minor" if file.born and year - file.born <= ADULT else None


def decide(
    file: Protected, year: int, *, is_own: bool, serves: bool, in_office: bool, opened: Collection[str]
) -> Sight:
    """What somebody sees. `serves`: they serve with this person; `opened`: why they opened the file, while that holds.

    What one person opened by a reason is open for whatever reason they say one, and not once two are needed.
    """
    if file.state == "forgotten":
        return Sight(ERASED, "erased", False)
    if is_own:
        return Sight(file.name, "full", True)
    why = why_sensitive(file, year)
    asks = None if why in opened or (opened and why not in BY_TWO) else why
    if asks == "sealed":
        return Sight(SEALED, "hidden", False, asks)
    if serves or in_office:
        return Sight(file.name, "full", serves and asks is None, asks)
    return Sight(masked(file.name), "masked", False, asks)


def of(ids: Iterable[str]) -> dict[str, Sight]:
    """What the viewer of this request sees of these files; ids without a file are left out."""
    files = protected(reader(), ids)
    if not files:
        return {}
    served = people.known_among(reader(), files, g.viewer.at("person.name") if g.viewer else frozenset())
    return judged(files, served, in_office(reader(), files, OFFICES))


def judged(files: dict[str, Protected], served: Collection[str], officials: Collection[str]) -> dict[str, Sight]:
    """What the viewer sees of these files, of whom they serve with some."""
    me = g.viewer.person if g.viewer else ""
    opened = readings.open_to(reader(), me, instant())
    return {
        key: decide(
            file,
            now().year,
            is_own=me in (key, file.root),
            serves=key in served,
            in_office=key in officials,
            opened=opened.get(file.root, ()),
        )
        for key, file in files.items()
    }


def one(person: str) -> Sight:
    """What the viewer sees of one file; of one that is not there nothing but its number."""
    return of([person]).get(person) or Sight(LABELS.get(person, person), "masked", False)


def is_closed(found: people.Person) -> bool:
    """Whether the viewer must first say why they read this file; nobody asks that of the person themself."""
    return one(found.id).asks is not None


def need_open(found: people.Person) -> people.Person:
    """The file, where it is open to the viewer; else away to the gate before it."""
    if is_closed(found):
        abort(redirect(url_for("people.page", person_id=found.id), 303))
    return found


def unreached(ids: Iterable[str]) -> set[str]:
    """Who of these took back that they are contacted: their phone and e-mail are shown to nobody else."""
    return took_back(reader(), ids, CONTACT) - {*own_files()}


def phones(ids: Iterable[str]) -> dict[str, str]:
    """Phone numbers of those of these files that are open to the viewer: read in the log, the only place where they stand."""
    opened = {key for key, sight in of(ids).items() if sight.is_open}
    opened -= unreached(opened)
    shown = {*people.known_among(reader(), opened, g.viewer.at("person.phone")), *own_files()}
    places = people.phone_places(reader(), [key for key in opened if key in shown])
    found = {recorded.position: recorded.event for recorded in house().ledger.at(sorted(places.values()))}
    return {key: getattr(found[position], "phone", None) or "" for key, position in places.items()}


def is_usable(person: str, within: frozenset[str]) -> bool:
    """Whether these organisations of the viewer know somebody and may use what they know."""
    return people.is_known_to(reader(), person, within) and one(person).asks not in BY_TWO


def names(ids: Iterable[str], *, leaves: bool = False) -> dict[str, str]:
    """Id → name as the viewer may read it; what is no person's id (`system`) says what it is.

    `leaves`: for a file that leaves the house, where the names of those whose data are restricted are masked for everybody.
    """
    wanted = set(ids)
    seen = of(wanted)
    found = {key: seen[key].name if key in seen else LABELS.get(key, key) for key in wanted}
    restricted = set(in_state(reader(), "restricted")) & seen.keys() if leaves else set()
    return found | {key: masked(found[key]) for key in restricted}


def dressed(rows: Sequence[Row], wrote: Callable[[Row], bool] | None = None) -> list[Row]:
    """Rows with a `person` and a `name` as the viewer may read them who serves with all of these people.

    Long lists are dressed so: nothing is asked but who of them is protected at all. Who wrote (`wrote`) a row themselves may
    read it on, as long as that file is not one that two persons open.
    """
    files = guarded(reader(), {str(getattr(row, "person", "")) for row in rows}, now().year - ADULT)
    if not files:
        return list(rows)
    seen = judged(files, files, ())
    return [dress(row, seen[key], wrote) if (key := str(getattr(row, "person", ""))) in seen else row for row in rows]


def dress(row: Row, sight: Sight, wrote: Callable[[Row], bool] | None = None) -> Row:
    """One row as the viewer may read it."""
    is_hidden = sight.way == "hidden"
    is_theirs = sight.asks not in BY_TWO and wrote and wrote(row)
    closed: tuple[str, ...] = () if sight.is_open or is_theirs else CLOSED
    changes: dict[str, Any] = {
        field: "" for field in (*closed, *(HIDDEN if is_hidden else ())) if getattr(row, field, None)
    }
    if getattr(row, "name", sight.name) != sight.name:
        changes["name"] = sight.name
    return msgspec.structs.replace(row, **changes) if changes else row
