"""Pages of months."""

from flask import Blueprint

blueprint = Blueprint("months", __name__)
