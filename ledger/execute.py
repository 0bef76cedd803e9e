"""The write path: take the lock, load guards, decide, append, commit – for everybody who waits, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ledger import codec
from ledger.decision import Decision
from ledger.events import Act, Command
from ledger.group import Group, Take
from ledger.rules import RULES, Outcome, Request, decides, request_of
from ledger.store import Store
from ledger.troubles import Uncertain

__all__ = ["MOST_AT_ONCE", "RULES", "Decision", "Outcome", "Writer", "decides"]

MOST_AT_ONCE = 64


class Writer:
    """Writes commands. Whoever holds the lock writes for all who wait (group commit), so a rush costs one fsync a group."""

    def __init__(self, store: Store, mapper: codec.EventMapper) -> None:
        self._store, self._mapper = store, mapper
        self.written: list[Callable[[int, float], None]] = []
        """Told of every group: how many commands, and the seconds from asking for the database's lock to the commit."""
        self._lock = threading.Lock()
        self._group = Group(self._write_together)

    def execute(self, command: Command, act: Act) -> Outcome:
        """Decide one command and append its events. Raises RuleBroken, StoreUnavailable."""
        request = request_of(command, act)
        self._group.join(request)
        return request.result()

    def execute_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide many commands in one transaction, all or nothing. Raises the first RuleBroken, with `.index` set."""
        requests = [request_of(command, act, index) for index, (command, act) in enumerate(commands)]
        with self._lock, self._store.write() as transaction:
            Decision(transaction, self._mapper).write(requests, all_or_nothing=True)
        return [request.result() for request in requests]

    def _write_together(self, take: Take[Request]) -> None:
        """Write everybody who waits once the database lock is held; on an unforeseen failure each one alone."""
        together: list[Request] = []
        with self._lock:
            started = time.perf_counter()
            try:
                with self._store.write() as transaction:
                    together = take(MOST_AT_ONCE)
                    Decision(transaction, self._mapper).write(together)
            except BaseException as error:
                self._write_singly(together or take(1), error)
            for tell in self.written:
                tell(len(together), time.perf_counter() - started)

    def _write_singly(self, requests: list[Request], error: BaseException) -> None:
        for request in requests:
            request.outcome = request.error = None
            if len(requests) == 1 and not isinstance(error, Uncertain):
                request.error = error
                continue
            try:
                with self._store.write() as transaction:
                    Decision(transaction, self._mapper).write([request])
            except BaseException as failure:
                request.outcome, request.error = None, failure
