"""What can be read: tables derived from events, and the queries over them. One file a feature, listed here."""

from ledger.projection import Projection
from projections import activities, enrolments, history, hours, journeys, months, organisations, people, receipts

PROJECTIONS: tuple[Projection, ...] = (
    organisations.projection,
    people.projection,
    activities.projection,
    enrolments.projection,
    hours.projection,
    receipts.projection,
    journeys.projection,
    months.projection,
    history.projection,
)
