"""What people see: Flask pages, marshmallow schemas, templates, static files. One blueprint a feature, listed here."""

from flask import Blueprint

from web import (
    activities,
    audit,
    deliveries,
    enrolments,
    health,
    hours,
    live,
    metrics,
    months,
    people,
    planning,
    rosters,
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
    months.blueprint,
    audit.blueprint,
    deliveries.blueprint,
    live.blueprint,
    status.blueprint,
    health.blueprint,
    metrics.blueprint,
)
TRYOUT_ONLY: tuple[Blueprint, ...] = (signin.tryout, styleguide.blueprint)
