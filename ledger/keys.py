"""The keys of subjects, each under a key of its own, in a store of its own. Whose key is destroyed is forgotten for good.

A subject is a tag such as `person:p1`. Its key is random, wrapped by the master key (`master.py`), and never made twice:
a destroyed one leaves a tombstone in the table and a line in the file `forgotten` beside the master key. That file outlives
a restored backup of the table, so what was forgotten stays forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, func, insert, inspect, select, update
from sqlalchemy.engine import Connection

from ledger.address import Where
from ledger.blind import blinded
from ledger.database import Database
from ledger.events import RuleBroken
from ledger.index_keys import IndexKeys
from ledger.key_table import erasures, subject_key
from ledger.master import KEY_BITS, KeyMissing, Master, add_lines, month, read_lines
from ledger.scrub import scrub

AHEAD = 200
"""Who asks for one key is likely to replay the log, so the next ones are read with it."""
MOST_KEPT = 20_000
KEPT_SECONDS = 60.0
"""How long a key lies in memory unwrapped. It is used no longer than until it is destroyed, by whichever process: see `doubt`."""

_t = subject_key.c
_find = select(_t.number).where(_t.subject == bindparam("subject"))
_from = select(_t.subject, _t.epoch, _t.wrapped).where(_t.number >= bindparam("first")).order_by(_t.number).limit(AHEAD)
_among = select(_t.subject, _t.wrapped).where(_t.subject.in_(bindparam("subjects", expanding=True)))
_rewrap = (
    update(subject_key)
    .where(_t.number == bindparam("row"))
    .values(epoch=bindparam("to_epoch"), wrapped=bindparam("to_wrapped"))
)
_gone = select(func.count()).where(_t.erased.is_not(None))
_destroy = (
    update(subject_key)
    .where(_t.subject == bindparam("whose"), _t.erased.is_(None))
    .values(wrapped=None, erased=bindparam("at"))
)


class SubjectErased(RuleBroken):
    """Nothing personal is written about somebody who was forgotten; a new key would bring them back."""

    sentence = "这个人的资料已经注销，不能再写任何个人信息。"


class KeyStore:
    """`KeyStore(place.keys, place.master)`. Keys are kept in memory unwrapped, a bounded number of them and for a minute."""

    def __init__(self, where: Where, master: Path, epoch: str | None = None) -> None:
        """Open or create it, and destroy again what a restored backup brought back. Raises KeyMissing."""
        self.database = Database(where, "keys")
        self.master, self.forgotten = Master(master), master.with_name("forgotten")
        self._kept: dict[str, tuple[str, bytes | None] | AESGCM] = {}
        self._fresh_until = 0.0
        self._index = IndexKeys(self.database, self.master)
        self._doubts, self._answered, self._gone = 1, 0, 0
        try:
            with self.database.write() as connection:
                if not inspect(connection).has_table(subject_key.name):
                    subject_key.create(connection)
                erasures.create(connection, checkfirst=True)
                self._open(connection, epoch or month())
            self._bury()
        except BaseException:
            self.database.close()
            raise

    def _open(self, connection: Connection, epoch: str) -> None:
        epochs = set(connection.execute(select(_t.epoch).where(_t.wrapped.is_not(None)).distinct()).scalars())
        if not self.master.exists:
            if epochs:
                raise KeyMissing(f"找不到主密钥 {self.master.path}，而密钥库里已有密钥。请从密钥备份恢复，不要新建。")
            self.master.create(epoch)
        self.master.keep(epochs)

    def _bury(self) -> None:
        """Destroy what the list of the forgotten names and the table still holds."""
        listed = [one.split()[0] for one in read_lines(self.forgotten)]
        if listed and (living := set(listed) - self.erased()):
            self._destroy(living)

    # -- reading and writing

    def ensure(self, subjects: Collection[str], if_living: Collection[str] = ()) -> None:
        """Make a key for everybody who has none, durably and in one transaction. Raises SubjectErased, but for those of whom
        nothing is written where they were forgotten (`if_living`).
        """
        wanted = {*subjects, *if_living}
        if not wanted:
            return
        self.doubt()
        self._check()
        kept = self._kept  # as in `cipher`
        missing = {one for one in wanted if not isinstance(kept.get(one), AESGCM)}
        if not missing:
            return
        with self.database.write() as connection:
            found = dict(connection.execute(_among, {"subjects": sorted(missing)}).all())
            if any(one in found and found[one] is None for one in subjects):
                raise SubjectErased
            new = [one for one in sorted(missing) if one not in found]
            if new:
                self.master.load()  # another process may have begun a new month
                epoch = self.master.newest
                keys = {one: AESGCM.generate_key(KEY_BITS) for one in new}
                rows = [
                    {"subject": one, "epoch": epoch, "wrapped": self.master.wrap(key, one, epoch)}
                    for one, key in keys.items()
                ]
                connection.execute(insert(subject_key), rows)
        kept.update({one: AESGCM(keys[one]) for one in new} if new else {})

    def for_writing(self, subject: str) -> AESGCM:
        """What encrypts for a subject, made where there is none. Raises SubjectErased."""
        found = self._kept.get(subject)
        if isinstance(found, AESGCM):
            return found
        self.ensure((subject,))
        cipher = self.cipher(subject)
        if cipher is None:
            raise SubjectErased
        return cipher

    def cipher(self, subject: str) -> AESGCM | None:
        """What encrypts and decrypts for a subject; None once they are erased. Raises KeyMissing."""
        self._check()
        kept = self._kept  # what is read now belongs to these: a later check puts others in their place
        found = kept.get(subject)
        if isinstance(found, AESGCM):
            return found
        epoch, wrapped = found or self._read(subject, kept)
        if wrapped is None:
            return None
        cipher = kept[subject] = AESGCM(self.master.unwrap(wrapped, subject, epoch))
        return cipher

    def _read(self, subject: str, kept: dict[str, tuple[str, bytes | None] | AESGCM]) -> tuple[str, bytes | None]:
        with self.database.read() as connection:
            first = connection.execute(_find, {"subject": subject}).scalar()
            rows = connection.execute(_from, {"first": first}).all() if first is not None else []
        if not rows:
            raise KeyMissing(f"没有 {subject} 的密钥：密钥库的备份比记录旧。请恢复较新的密钥备份。")
        for one, epoch, wrapped in rows:
            kept.setdefault(one, (epoch, wrapped))
        return rows[0][1], rows[0][2]

    def doubt(self) -> None:
        """Where a reading begins: ask before its first key whether another process has destroyed any meanwhile."""
        self._doubts += 1

    def _check(self) -> None:
        asked, is_old = self._doubts, time.monotonic() > self._fresh_until or len(self._kept) > MOST_KEPT
        if asked == self._answered and not is_old:
            return
        with self.database.read() as connection:
            gone = connection.execute(_gone).scalar_one()
        if gone != self._gone or is_old:
            self._kept, self._gone = {}, gone
            self._index.forget()
            self._fresh_until = time.monotonic() + KEPT_SECONDS
        self._answered = asked

    def blind(self, text: str) -> str:
        """The keyed hash by which a text is found again; without the key nobody can try out what it may have been."""
        return self.blinds(text)[0]

    def blinds(self, text: str) -> list[str]:
        """The same by every key of the index, the newest first: two while it is made anew."""
        self._check()
        return [blinded(key, text) for key in self._index.living()]

    def renew_index(self) -> bool:
        """Make another key of the index, by which everything is hashed from now on, unless there are two; whether it did."""
        return self._index.make(most=1)

    def drop_indexes(self) -> int:
        """Destroy every key of the index but the newest, once nothing hashed by them is looked for; how many."""
        if earlier := self._index.earlier():
            self.erase(earlier)
        self._index.forget()
        return len(earlier)

    # -- destroying

    def erased(self) -> set[str]:
        """The subjects whose keys were destroyed."""
        with self.database.read() as connection:
            return set(connection.execute(select(_t.subject).where(_t.erased.is_not(None))).scalars())

    def count(self) -> tuple[int, int]:
        """How many keys are in use, and how many were destroyed."""
        with self.database.read() as connection:
            every = connection.execute(select(func.count()).select_from(subject_key)).scalar_one()
            erased = connection.execute(_gone).scalar_one()
        return every - erased, erased

    def erase(self, subjects: Collection[str]) -> None:
        """Destroy these keys for good. What is encrypted under them can be read by nobody; a second time changes nothing."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        add_lines(self.forgotten, [f"{one} {at}" for one in subjects])
        self._destroy(subjects)

    def _destroy(self, subjects: Iterable[str]) -> None:
        at, wanted = datetime.now(UTC).isoformat(timespec="seconds"), sorted(set(subjects))
        with self.database.write() as connection:
            known = {one for one, _ in connection.execute(_among, {"subjects": wanted})}
            connection.execute(_destroy, [{"whose": one, "at": at} for one in wanted])
            new = [{"subject": one, "epoch": "", "wrapped": None, "erased": at} for one in wanted if one not in known]
            if new:
                connection.execute(insert(subject_key), new)
        self._kept = {}
        scrub(self.database, [subject_key.name])

    def rotate(self, epoch: str | None = None) -> int:
        """Begin a new month: wrap every living key anew, then destroy the old master key; how many. In the same month only what an
        earlier call left that was stopped.
        """
        epoch = epoch or month()
        with self.database.write() as connection:
            self.master.load()
            if self.master.newest < epoch:
                self.master.add(epoch)
            epoch = self.master.newest
            changed: list[dict[str, Any]] = []
            for row in connection.execute(select(subject_key).where(_t.wrapped.is_not(None), _t.epoch != epoch)):
                key = self.master.unwrap(row.wrapped, row.subject, row.epoch)
                wrapped = self.master.wrap(key, row.subject, epoch)
                changed.append({"row": row.number, "to_epoch": epoch, "to_wrapped": wrapped})
            if changed:
                connection.execute(_rewrap, changed)
        self.master.keep({epoch})
        self._kept = {}
        scrub(self.database, [subject_key.name])
        return len(changed)

    def close(self) -> None:
        """Close files."""
        self.database.close()
