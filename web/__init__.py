"""What people see: Flask pages, marshmallow schemas, templates, static files. One blueprint a feature, listed here."""

from flask import Blueprint

from web import (
    accounts,
    accounts_invite,
    accounts_second,
    activities,
    audit,
    deliveries,
    enrolments,
    forgetting,
    health,
    hours,
    joining,
    live,
    metrics,
    months,
    my_data,
    passkeys,
    people,
    planning,
    recovery,
    rosters,
    sensitive,
    signin,
    slots,
    status,
    styleguide,
    visits,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    signin.blueprint,
    activities.blueprint,
    planning.blueprint,
    slots.blueprint,
    enrolments.blueprint,
    rosters.blueprint,
    hours.blueprint,
    visits.blueprint,
    people.blueprint,
    forgetting.blueprint,
    my_data.blueprint,
    sensitive.blueprint,
    months.blueprint,
    audit.blueprint,
    deliveries.blueprint,
    live.blueprint,
    status.blueprint,
    health.blueprint,
    metrics.blueprint,
)
ACCOUNTS: tuple[Blueprint, ...] = (
    signin.real,
    accounts_second.blueprint,
    accounts.blueprint,
    accounts_invite.blueprint,
    recovery.blueprint,
    joining.blueprint,
    passkeys.blueprint,
)
"""Signing in with an account; in the try-out one picks a person instead."""
TRYOUT_ONLY: tuple[Blueprint, ...] = (signin.tryout, styleguide.blueprint)
