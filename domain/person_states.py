"""What happens to a person's data itself: asked to be forgotten, forgotten, restricted, sealed, opened, read."""

from __future__ import annotations

from ledger.events import Event


class ForgettingAsked(Event, topic="person.forgetting_asked", stream=("person",)):
    """The person asks that what is personal about them be destroyed."""

    person: str


class Forgotten(Event, topic="person.forgotten", stream=("person",)):
    """The keys of this file and of those merged into it (`carried`) are destroyed; what is counted stays.

    `how` names how it was checked that the person themself asked, never the number of a document.
    """

    person: str
    how: str
    carried: tuple[str, ...] = ()


class DetailsCorrected(Event, topic="person.details_corrected", stream=("person",), personal=("name", "phone")):
    """Name or phone were wrong, or changed. None: as before; an empty phone: none any more."""

    person: str
    name: str | None = None
    phone: str | None = None


class Restricted(Event, topic="person.restricted", stream=("person",), personal=("why",)):
    """The data may be stored and protected, and nothing else, until the restriction is lifted. (PIPL 44, 47)"""

    person: str
    why: str


class RestrictionLifted(Event, topic="person.restriction_lifted", stream=("person",)):
    """The data may be used again; the reason stands in the envelope."""

    person: str
