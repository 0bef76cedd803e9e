"""Pages of activities."""

from flask import Blueprint

blueprint = Blueprint("activities", __name__)
