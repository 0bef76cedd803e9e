"""The ledger as a whole: an `eventsourcing` Application that keeps one log, its guards and the write path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from eventsourcing.application import Application
from eventsourcing.utils import strtobool

from ledger import codec, guards, preparing
from ledger.address import address
from ledger.events import Act, Command, Event, Recorded
from ledger.execute import Outcome, Writer
from ledger.keys import KeyStore
from ledger.master import master_of
from ledger.owned import own
from ledger.preparing import WITHOUT_TRIGGERS
from ledger.store import Store, Stored, StoredGuard
from ledger.troubles import told


class UnsafeSetting(Exception):
    """A setting would make readers of the log miss events."""


class Ledger(Application[str]):
    """`Ledger.open(place.log)`; then `execute` to write and `replay` to read. The library's own tools read the same log."""

    name = "liandong"
    _again: tuple[Callable[..., Ledger], tuple[Any, ...]]

    def __reduce__(self) -> tuple[Callable[..., Ledger], tuple[Any, ...]]:
        """Sent to another process, it is opened there once more."""
        return self._again

    @classmethod
    def blind(cls, where: str | Path) -> Ledger:
        """Open somebody else's log to follow it, without its keys: who is in it cannot be read, what happened can.

        Nothing personal can be written there. Raises UnsafeSetting, WrongAddress, DatabaseUnavailable.
        """
        opened = cls(recorder_at(where))
        opened.codec.is_blind = True
        opened._again = cls.blind, (where,)
        return opened

    @classmethod
    def open(cls, where: str | Path, folder: Path | None = None) -> Ledger:
        """Open the log at this address and the keys of its personal fields (see `place.py`); SQLite files are made where
        there are none. `folder` holds the master key: beside an SQLite log unless said, else where `KEY_FILE` says. Without
        keys no log is opened: what is personal would be written in the clear.

        Raises UnsafeSetting, WrongAddress, DatabaseUnavailable, KeyMissing.
        """
        opened = cls._open(where, folder)
        opened._again = cls.open, (where, folder)
        return opened

    @classmethod
    def _open(cls, where: str | Path, folder: Path | None) -> Ledger:
        settings = recorder_at(where)
        if "DATABASE_URL" not in settings:
            path = Path(settings["SQLITE_DBNAME"])
            own(path)
            with told():
                return cls(settings, KeyStore(path.with_name("keys.db"), master_of(folder or path.parent)))
        master = master_of(folder)
        opened = cls(settings)
        try:
            opened.check()  # that the database is ours is known before there are keys in it
            opened.keys = opened.codec.keys = KeyStore(str(where), master)
        except BaseException:
            opened.close()
            raise
        return opened

    def check(self) -> None:
        """Raise Unprepared where a PostgreSQL database is not as `./run database prepare` leaves it."""
        if database := getattr(self.recorder, "database", None):
            preparing.check(database, without_triggers=self.env.get(WITHOUT_TRIGGERS) == "1")

    def __init__(self, env: dict[str, str], keys: KeyStore | None = None) -> None:
        settings = {
            "ORIGINATOR_ID_TYPE": "text",
            "MAPPER_TOPIC": "ledger.codec:EventMapper",
            "IS_SNAPSHOTTING_ENABLED": "n",
        }
        super().__init__(settings | env)
        if strtobool(self.env.get("POSTGRES_ENABLE_DB_FUNCTIONS") or "n"):
            raise UnsafeSetting(
                "不能设置 POSTGRES_ENABLE_DB_FUNCTIONS：它不锁表，跟读记录的一方会漏掉事件。请去掉后再启动。"
            )
        self.store = cast(Store, self.recorder)
        self.codec, self.keys = cast(codec.EventMapper, self.mapper), keys
        self.codec.keys = keys
        self.writer = Writer(self.store, self.codec)

    def execute(self, command: Command, act: Act) -> Outcome:
        """Decide a command and append what follows from it. Raises RuleBroken, StoreUnavailable."""
        return self.writer.execute(command, act)

    def execute_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide many commands in one transaction, all or nothing. Raises the first RuleBroken, with `.index` set."""
        return self.writer.execute_all(commands)

    def replay(self, after: int = 0, until: int | None = None, batch: int = 5000) -> Iterator[Recorded[Event]]:
        """Every event behind `after`, up to and with `until`, in order. Raises UnknownTopic at the first unknown one."""
        for stored in self.stored(after, until, batch):
            yield from map(self.codec.read_to_fold, stored)

    def stored(self, after: int = 0, until: int | None = None, batch: int = 5000) -> Iterator[list[Stored]]:
        """The log as it is stored, in batches; `codec.read_all` decodes them."""
        while stored := self.store.read(after, batch, until):
            self.codec.doubt()
            yield stored
            if len(stored) < batch:
                return
            after = stored[-1].position

    def at(self, positions: Sequence[int]) -> list[Recorded[Event]]:
        """The events at these positions, in order."""
        self.codec.doubt()
        return [self.codec.read(stored) for stored in self.store.at(positions)]

    def stream(self, stream: str, until: int | None = None) -> list[Recorded[Event]]:
        """All events of one stream, in order."""
        self.codec.doubt()
        return [self.codec.read(stored) for stored in self.store.stream(stream, until)]

    def guard(self, stream: str, until: int | None = None) -> guards.Guard:
        """The guard of a stream as it stood at a position, folded from the events of that stream alone."""
        rows = guards.Rows()
        for event in self.stream(stream, until):
            guards.fold(event.event, rows)
        return rows[stream].guard

    def close(self) -> None:
        """Close files."""
        cast(Any, self.recorder).close()
        if self.keys is not None:
            self.keys.close()
        super().close()


def recorder_at(where: str | Path) -> dict[str, str]:
    """The settings that make the library open the recorder of this address. Raises WrongAddress."""
    url = address(where)
    if url.get_backend_name() == "postgresql":
        return {"PERSISTENCE_MODULE": "ledger.postgres", "DATABASE_URL": str(where)}
    return {"PERSISTENCE_MODULE": "ledger.sqlite", "SQLITE_DBNAME": str(url.database)}


def guard_differences(ledger: Ledger) -> list[str]:
    """Fold the whole log into guards and compare with the stored ones; the tags that differ, be it that what is stored cannot
    be read. Empty means equal. Writes nothing.
    """
    found, position = stored_guards(ledger.store)
    stored, folded = touched(found), touched(folded_guards(ledger.replay(until=position)))
    return sorted(tag for tag in folded.keys() | stored.keys() if folded.get(tag) != stored.get(tag))


def is_current(ledger: Ledger) -> bool:
    """Whether the stored guards were folded by the guards of this version of the program. The first events bring the mark."""
    found = ledger.store.guard(guards.MARK)
    return found == guards.mark() or (found is None and not ledger.store.head())


def refold(ledger: Ledger) -> int:
    """Fold the whole log into guards once more and write those that differ; how many did. Others may write until the last of it.

    One to which nothing folds any more is stored as untouched: whoever writes the log may not delete. Raises UnknownTopic,
    StoreUnavailable; then nothing was written.
    """
    position = ledger.store.head()
    folded = folded_guards(ledger.replay(until=position))
    with ledger.store.write() as transaction:
        folded_guards(ledger.replay(position), folded)
        stored = {tag: (tag, version, state) for tag, version, state in ledger.store.all_guards()}
        wanted = {tag: (tag, *guards.UNTOUCHED) for tag in stored} | {guards.MARK: guards.mark()}
        wanted |= {tag: guards.encode(row) for tag, row in folded.items()}
        changed = [row for tag, row in wanted.items() if stored.get(tag) != row]
        transaction.save(changed, [])
    return sum(tag != guards.MARK for tag, _, _ in changed)


def folded_guards(events: Iterable[Recorded[Event]], rows: guards.Rows | None = None) -> guards.Rows:
    """The guards that these events, from the first on or from behind those that gave `rows`, fold into."""
    rows = guards.Rows() if rows is None else rows
    for event in events:
        guards.fold(event.event, rows)
    return rows


def stored_guards(store: Store) -> tuple[dict[str, guards.Row | StoredGuard], int]:
    """All guards, as they are stored where one cannot be read, and the position at which they stood so: read again where
    somebody wrote meanwhile. Those that are stored as untouched are left out, for their kind may be gone.
    """
    while True:
        position = store.head()
        rows = (row for row in store.all_guards() if row[0] != guards.MARK and row[1:] != guards.UNTOUCHED)
        found = {row[0]: readable(row) for row in rows}
        if store.head() == position:
            return found, position


def readable(row: StoredGuard) -> guards.Row | StoredGuard:
    """A stored guard; as it is stored where this version of the program cannot read it."""
    try:
        return guards.decode(*row)
    except guards.Unreadable:
        return row


def touched(rows: Mapping[str, guards.Row | StoredGuard]) -> dict[str, guards.Row | StoredGuard]:
    """Those of these guards that something has happened to; what cannot be read is one of them."""
    return {tag: row for tag, row in rows.items() if isinstance(row, tuple) or row != guards.fresh(tag)}
