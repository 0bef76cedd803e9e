"""A process that rebuilds everything in three processes, tells which after the first batch, and then waits to be killed."""

from __future__ import annotations

import time
from multiprocessing import active_children
from multiprocessing.connection import Connection
from unittest.mock import patch

from ledger.follow import Follower
from ledger.log import Ledger
from ledger.place import Place
from ledger.views import Views
from projections import PROJECTIONS


def main(place: Place, say: Connection) -> None:
    """Begin and never end."""

    def wait(_: int) -> None:
        say.send([child.pid for child in active_children()])
        time.sleep(600)

    with patch("ledger.rebuild.hands", return_value=3):
        Follower(Ledger.open(place.log, place.folder), Views(place.views), PROJECTIONS).rebuild(PROJECTIONS, wait)
