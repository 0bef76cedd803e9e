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
