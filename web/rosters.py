"""Pages of rosters."""

from flask import Blueprint

blueprint = Blueprint("rosters", __name__)
