"""What can be read: tables derived from events, and the queries over them. One file a feature, listed here."""

from ledger.projection import Projection
from projections import (
    activities,
    contacts,
    duplicates,
    enrolments,
    history,
    hours,
    joining,
    journeys,
    months,
    notices,
    organisations,
    outbox,
    people,
    person_states,
    readings,
    receipts,
    slots,
)

PROJECTIONS: tuple[Projection, ...] = (
    organisations.projection,
    people.projection,
    readings.projection,
    contacts.projection,
    activities.projection,
    enrolments.projection,
    hours.projection,
    receipts.projection,
    journeys.projection,
    months.projection,
    history.projection,
    outbox.projection,
    joining.projection,
)
FOLDED_INTO_OTHERS = (slots, person_states, duplicates, notices)
"""Files that add to a projection of another file."""
