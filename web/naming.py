"""Events told on pages: sentences whose things carry names as the viewer may see them, and lead to their histories."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from flask import url_for
from sqlalchemy import bindparam, select

from domain.person_states import BY_TWO
from domain.words import LABELS, activity_of
from ledger.events import Event, Recorded
from ledger.personal import reasoned as is_typed
from projections import organisations
from projections.activities import activity, slot
from projections.audit import LATE, entries
from projections.history import NAMING, Entry
from projections.person_states import in_state
from projections.sentences import Ref, parts, things_of
from projections.wordings import GROUPS, PRECISIONS, TOPICS, label
from web import sight
from web.house import house, reader

SILENT = (*BY_TWO, "marked")
"""Whose typed reasons are told to those alone to whom the file is open."""

Words = list[tuple[str, str | None]]
"""A sentence for a page: pieces, each with the address that it leads to, if any."""

_ids: Any = bindparam("ids", expanding=True)
_activities = select(activity.c.id, activity.c.title).where(activity.c.id.in_(_ids))
_slots = select(slot.c.id, slot.c.starts).where(slot.c.id.in_(_ids))


class Told(msgspec.Struct, frozen=True):
    """One event as a page shows it."""

    position: int
    topic: str
    title: str
    words: Words
    actor: str
    actor_id: str
    organisation: str
    source: str
    occurred: str
    recorded: str
    late: str | None
    basis: str
    reason: str

    @property
    def plain(self) -> str:
        """The sentence without links."""
        return "".join(piece for piece, _ in self.words)


def tell(positions: Iterable[int], *, leaves: bool = False) -> dict[int, Told]:
    """The events at these positions, as the viewer may see them; `leaves`: in a file that leaves the house."""
    events = house().ledger.at(sorted(set(positions)))
    found = entries(reader(), [event.position for event in events])
    wanted = {thing for event in events for thing in things_of(event)}
    wanted |= {f"person:{event.actor}" for event in events}
    wanted |= {f"organisation:{event.organisation}" for event in events if event.organisation}
    names = names_of(wanted, leaves=leaves)
    seen = sight.of(
        {person for event in events if is_typed(event) and (person := str(getattr(event.event, "person", "")))}
    )
    unused = set(in_state(reader(), *BY_TWO)) if leaves else frozenset[str]()
    return {
        event.position: told(event, found[event.position], names, is_silent=is_silent(event, seen, unused))
        for event in events
        if event.position in found
    }


def is_silent(event: Recorded[Event], seen: dict[str, sight.Sight], unused: Collection[str]) -> bool:
    """Whether it is not told why: what somebody typed about a person whose file is not open to the viewer, but for why something
    was done with the file itself; nothing of whoever is forgotten; in a file that leaves the house nothing about the `unused`.
    Of the young it is told, for whoever signs their hours must read it.
    """
    person = str(getattr(event.event, "person", ""))
    if person in unused:
        return True
    if person not in seen or not is_typed(event):
        return False
    if seen[person].way == "erased":
        return True
    return seen[person].asks in SILENT and event.originator_id != f"person:{person}"


def told(event: Recorded[Event], line: Entry, names: dict[str, str], *, is_silent: bool = False) -> Told:
    """One event in words; `is_silent`: without why."""
    return Told(
        position=event.position,
        topic=event.event.topic,
        title=TOPICS[event.event.topic],
        words=spaced(parts(event), names, {*NAMING[type(event.event)](event.event), event.originator_id}),
        actor=names[f"person:{event.actor}"],
        actor_id=event.actor,
        organisation=names.get(f"organisation:{event.organisation}", ""),
        source=label(event.source),
        occurred=occurred_words(line),
        recorded=line.recorded.replace("T", " ")[:16],
        late=late_words(line.late) if line.late > LATE else None,
        basis=label(event.basis) if event.basis else "",
        reason="" if is_silent else event.reason or "",
    )


def spaced(pieces: list[str | Ref], names: dict[str, str], mentioned: set[str]) -> Words:
    """The pieces with names and addresses; a blank parts the clock at the end of a slot's name from what follows.

    What the event is about leads to its history; whoever only did it, to what they did.
    """
    found: Words = []
    for piece in pieces:
        if isinstance(piece, Ref):
            key = piece.thing.partition(":")[2]
            is_subject = piece.thing in mentioned
            href = url_for("audit.thing", thing=piece.thing) if is_subject else url_for("audit.index", actor=key)
            found.append((names.get(piece.thing) or key, href))
        else:
            after_clock = bool(found) and found[-1][0][-3:-2] == ":"
            found.append((f" {piece}" if after_clock and piece[0] not in "，：（" else piece, None))
    return found


def occurred_words(line: Entry) -> str:
    """When it happened, as exactly as is known."""
    precision = line.precision or "moment"
    if line.occurred is None:
        return PRECISIONS[precision] or line.recorded.replace("T", " ")[:16]
    if precision == "month":
        return line.occurred[:7]
    if precision in ("day", "after"):
        return line.occurred[:10] + ("以后" if precision == "after" else "")
    return line.occurred.replace("T", " ")[:16]


def late_words(minutes: int) -> str:
    """How long something was recorded after it happened."""
    if minutes >= 2 * 365 * 1440:
        return f"{minutes // (365 * 1440)} 年"
    if minutes >= 1440:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时 {minutes % 60} 分"


def names_of(things: Iterable[str], *, leaves: bool = False) -> dict[str, str]:
    """Tag → name, for persons, slots, activities and organisations; persons as the viewer may see them."""
    by_kind: dict[str, set[str]] = {}
    for thing in things:
        kind, _, key = thing.partition(":")
        by_kind.setdefault(kind, set()).add(key)
    found = {f"person:{key}": name for key, name in sight.names(by_kind.get("person", set()), leaves=leaves).items()}
    if by_kind.get("organisation"):
        found |= {f"organisation:{key}": name for key, name in organisations.names(reader()).items()}
    slots = by_kind.get("slot", set())
    wanted = by_kind.get("activity", set()) | {activity_of(key) for key in slots}
    titles = dict(reader().execute(_activities, {"ids": sorted(wanted)}).all()) if wanted else {}
    starts = dict(reader().execute(_slots, {"ids": sorted(slots)}).all()) if slots else {}
    found |= {f"activity:{key}": quoted(title) for key, title in titles.items()}
    for key in slots:
        found[f"slot:{key}"] = slot_name(titles.get(activity_of(key), activity_of(key)), starts.get(key))
    return found


def slot_name(title: str, starts: str | None) -> str:
    """`“爱心义剪”11月25日 09:00`."""
    return f"{quoted(title)}{int(starts[5:7])}月{int(starts[8:10])}日 {starts[11:16]}" if starts else quoted(title)


def quoted(title: str) -> str:
    """The title in quotation marks; those inside it become single ones (GB/T 15834—2011, 4.8)."""
    return f"“{title.replace('“', '‘').replace('”', '’')}”"


def thing_name(thing: str) -> str:
    """The name of one thing, for the head of its history."""
    kind, _, key = thing.partition(":")
    return names_of([thing]).get(thing) or f"{GROUPS.get(kind, LABELS.get(kind, kind))} {key}"
