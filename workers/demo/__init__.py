"""The demo town: invented people and places, told through commands so that every rule has held. Read `town.py` first."""

from workers.demo.names import CAST
from workers.demo.town import Town, build_town, story

__all__ = ["CAST", "Town", "build_town", "story"]
