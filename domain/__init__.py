"""What may happen: commands, events and the rules that decide. Pure Python; one file a feature, listed here."""

from domain import (
    accounts,
    activities,
    attendance,
    bulletins,
    consents,
    contacts,
    deliveries,
    enrolments,
    forgetting,
    hours,
    joining,
    openings,
    organisations,
    own_data,
    people,
    providers,
    purchases,
    receipts,
    records,
    sensitive,
    slots,
)

FEATURES = (
    organisations, people, contacts, activities, slots, enrolments, attendance, hours, receipts, bulletins, records,
    deliveries, accounts, providers, joining, purchases, forgetting, own_data, consents,
    sensitive, openings,
)  # fmt: skip
