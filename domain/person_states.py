"""What happens to a person's data itself: asked to be forgotten, forgotten, restricted, sealed, opened, read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ledger.events import Event

BY_TWO = ("restricted", "sealed")
"""The states in which a file is not used, found or exported, and is opened by two persons only. (PIPL 44; 刑诉法 286)"""


class ForgettingAsked(Event, topic="person.forgetting_asked", stream=("person",)):
    """The person asks that what is personal about them be destroyed."""

    person: str


class ForgettingWithdrawn(Event, topic="person.forgetting_withdrawn", stream=("person",)):
    """The person asks that no longer."""

    person: str


class Forgotten(Event, topic="person.forgotten", stream=("person",), has_open_reason=True):
    """The keys of this file and of those merged into it (`carried`) are destroyed; what is counted stays.

    `how` names how it was checked that the person themself asked, never the number of a document.
    """

    person: str
    how: str
    carried: tuple[str, ...] = ()


class DetailsCorrected(
    Event, topic="person.details_corrected", stream=("person",), personal=("name", "phone"), indexed="phone"
):
    """Name or phone were wrong, or changed. None: as before; an empty phone: none any more."""

    person: str
    name: str | None = None
    phone: str | None = None


class Restricted(Event, topic="person.restricted", stream=("person",), personal=("why",)):
    """The data may be stored and protected, and nothing else, until the restriction is lifted; opened by two. (PIPL 44, 47)"""

    person: str
    why: str


class RestrictionLifted(Event, topic="person.restriction_lifted", stream=("person",)):
    """The data may be used again; the reason stands in the envelope."""

    person: str


class Sealed(Event, topic="person.sealed", stream=("person",)):
    """The file is of a court or juvenile matter: never searched or exported, opened by two persons only. (刑诉法 286)"""

    person: str


class Unsealed(Event, topic="person.unsealed", stream=("person",)):
    """It is an ordinary file again."""

    person: str


class SensitivityMarked(Event, topic="person.sensitivity_marked", stream=("person",), personal=("kinds",)):
    """What is sensitive about the file from now on: `health`, `hardship`, both joined by a blank, or neither any more.

    Which of them is as personal as a name, so only that there is one stands readable. (PIPL 28)
    """

    person: str
    is_sensitive: bool
    kinds: str | None = None


class OpeningAsked(Event, topic="person.opening_asked", stream=("person",)):
    """Somebody asks to read a sealed or restricted file; the reason stands in the envelope. From `until` on it counts no more."""

    person: str
    reader: str
    until: datetime | None = None


class OpeningApproved(Event, topic="person.opening_approved", stream=("person",)):
    """A second person lets `reader` read a sealed or restricted file, until then."""

    person: str
    reader: str
    until: datetime | None = None


class OpeningRefused(Event, topic="person.opening_refused", stream=("person",)):
    """A second person does not let `reader` read a sealed or restricted file; the reason stands in the envelope."""

    person: str
    reader: str


class OpeningWithdrawn(Event, topic="person.opening_withdrawn", stream=("person",)):
    """Who asked to read a sealed or restricted file asks no longer."""

    person: str
    reader: str


class SensitiveRead(Event, topic="person.sensitive_read", stream=("person",)):
    """Somebody opened a sensitive file for `hours`, for the reason in the envelope. (未成年人网络保护条例 36)

    `what` says why it is one; of a marked file not what the mark is.
    """

    person: str
    reader: str
    what: Literal["minor", "marked", "restricted", "sealed"]
    hours: int
