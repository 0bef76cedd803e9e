"""What may happen: commands, events and the rules that decide. Pure Python; one file a feature, listed here.

Not listed are files of a thing that several features decide about (`enrolments.py`): its events and its guard.
"""

from domain import (
    accounts,
    attendance,
    bulletins,
    closing,
    consents,
    contacts,
    deliveries,
    documents,
    duplicates,
    forgetting,
    hours_corrections,
    hours_crediting,
    hours_objections,
    joining,
    openings,
    organisations,
    own_data,
    person_files,
    planning,
    providers,
    purchases,
    receipts,
    records,
    renaming,
    resizing,
    roles,
    sensitive,
    sign_up,
)

FEATURES = (
    organisations, renaming, person_files, roles, duplicates, contacts, planning, documents, resizing, closing, sign_up, attendance,
    hours_crediting, hours_objections, hours_corrections, receipts, bulletins, records, deliveries, accounts, providers,
    joining, purchases, forgetting, own_data, consents, sensitive, openings,
)  # fmt: skip
