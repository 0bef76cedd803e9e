"""Forgetting reaches every process: whoever begins to read after it reads 已注销, whatever keys lie in their memory."""

from __future__ import annotations

import multiprocessing
from contextlib import closing
from multiprocessing.connection import Connection

from domain.person_files import RegisterPerson
from ledger.log import Ledger
from ledger.personal import ERASED
from ledger.place import Place
from tests.memory import act_of


def read_when_asked(place: Place, line: Connection) -> None:
    """Another process: says the name as it reads it, whenever it is asked, in each of the ways that there are."""
    with closing(Ledger.open(place.log, place.folder)) as ledger:
        while line.recv():
            ways = (ledger.at([1])[0], ledger.stream("person:he")[0], next(ledger.replay()))
            line.send([one.event.name for one in ways])  # type: ignore[attr-defined]  # they are registrations


def test_a_process_that_has_the_key_in_memory_reads_nothing_more(place: Place, ledger: Ledger) -> None:
    ledger.execute(RegisterPerson("he", "何小满"), act_of())
    line, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    other = spawn.Process(target=read_when_asked, args=(place, theirs))
    other.start()
    said = []
    for _ in range(2):
        line.send(True)
        said.append(line.recv())
        assert ledger.keys is not None
        ledger.keys.erase(("person:he",))
    line.send(False)
    other.join()
    assert said == [["何小满"] * 3, [ERASED] * 3]
    assert other.exitcode == 0
