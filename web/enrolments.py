"""Pages of enrolments."""

from flask import Blueprint

blueprint = Blueprint("enrolments", __name__)
