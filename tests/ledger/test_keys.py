"""Keys of subjects: made once, wrapped by the month's master key, destroyed for good even where a backup brings them back."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from ledger.keys import KeyStore, SubjectErased
from ledger.master import KeyMissing, Master

HE, LIN = "person:he", "person:lin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def keys(folder: Path) -> Iterator[KeyStore]:
    """A store with two keys, in its first month."""
    store = opened(folder)
    store.ensure((HE, LIN))
    yield store
    store.close()


def opened(folder: Path, epoch: str = "2026-11") -> KeyStore:
    return KeyStore(folder / "keys.db", folder / "keys" / "master", epoch)


def sealed(store: KeyStore, subject: str, text: bytes = b"secret") -> bytes:
    return store.for_writing(subject).encrypt(b"0" * 12, text, None)


def unsealed(store: KeyStore, subject: str, text: bytes) -> bytes:
    cipher = store.cipher(subject)
    assert cipher is not None
    return cipher.decrypt(b"0" * 12, text, None)


def test_a_key_is_made_once_and_stays(keys: KeyStore, folder: Path) -> None:
    text = sealed(keys, HE)
    assert sealed(keys, LIN) != text
    assert unsealed(opened(folder), HE, text) == b"secret"
    assert sealed(opened(folder), HE) == text


def test_two_stores_agree_on_a_key(keys: KeyStore, folder: Path) -> None:
    other = opened(folder)
    assert sealed(other, "person:tang") == sealed(keys, "person:tang")


def test_the_master_key_is_for_its_owner_alone(keys: KeyStore) -> None:
    assert stat.S_IMODE(keys.master.path.stat().st_mode) == 0o600
    assert len(keys.master.path.read_text().split()) == 2


def test_no_new_master_key_takes_the_place_of_a_lost_one(keys: KeyStore, folder: Path) -> None:
    keys.master.path.unlink()
    with pytest.raises(KeyMissing, match="主密钥"):
        opened(folder)
    assert not keys.master.path.exists()


def test_a_key_that_nobody_made_is_missed_and_not_taken_for_destroyed(keys: KeyStore) -> None:
    with pytest.raises(KeyMissing, match="person:tang"):
        keys.cipher("person:tang")


# -- forgetting


def test_a_destroyed_key_is_gone_for_good(keys: KeyStore, folder: Path) -> None:
    keys.erase((HE,))
    keys.erase((HE,))
    for store in (keys, opened(folder)):
        assert store.cipher(HE) is None
        assert store.cipher(LIN) is not None
        with pytest.raises(SubjectErased):
            store.ensure((HE, LIN))
        with pytest.raises(SubjectErased):
            store.for_writing(HE)


def test_a_reading_that_begins_after_it_reads_nothing_in_any_process(keys: KeyStore, folder: Path) -> None:
    other = opened(folder)
    assert other.cipher(HE) is not None
    keys.erase((HE,))
    other.doubt()
    assert other.cipher(HE) is None
    assert other.cipher(LIN) is not None
    with pytest.raises(SubjectErased):
        other.for_writing(HE)


def test_a_key_that_another_process_destroyed_writes_nothing_more(keys: KeyStore, folder: Path) -> None:
    other = opened(folder)
    other.for_writing(HE)
    keys.erase((HE,))
    with pytest.raises(SubjectErased):
        other.ensure((HE,))


def test_a_key_that_is_destroyed_while_it_is_made_is_not_remembered(
    keys: KeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process destroys it as soon as it is stored, and a thread of ours notices that before the maker goes on."""
    other, write = opened(folder), keys.database.write

    @contextmanager
    def and_destroyed() -> Iterator[Connection]:
        with write() as connection:
            yield connection
        other.erase(("person:tang",))
        keys.doubt()
        assert keys.cipher("person:tang") is None

    monkeypatch.setattr(keys.database, "write", and_destroyed)
    keys.ensure(("person:tang",))
    assert keys.cipher("person:tang") is None


def test_keys_of_the_index_that_were_read_before_another_was_made_are_not_remembered(
    keys: KeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread of ours has read them, another process makes a new one, and another thread notices before the first goes on."""
    other, unwrap = opened(folder), keys.master.unwrap
    first = other.blind("13912345678")

    def and_renewed(*asked: Any) -> bytes:
        monkeypatch.undo()
        assert other.renew_index()
        keys.doubt()
        assert len(keys.blinds("13912345678")) == 2
        return unwrap(*asked)

    monkeypatch.setattr(keys.master, "unwrap", and_renewed)
    assert keys.blinds("13912345678") == [first]
    assert keys.blinds("13912345678") == other.blinds("13912345678") != [first]


def test_whoever_never_had_a_key_gets_none_either(keys: KeyStore) -> None:
    keys.erase(("person:tang",))
    with pytest.raises(SubjectErased):
        keys.ensure(("person:tang",))


def test_nothing_of_a_destroyed_key_is_left_in_any_file(keys: KeyStore, folder: Path) -> None:
    wrapped = dict(sqlite3.connect(folder / "keys.db").execute("SELECT subject, wrapped FROM subject_key"))
    assert any(wrapped[HE] in path.read_bytes() for path in folder.glob("keys.db*"))
    keys.erase((HE,))
    assert not any(wrapped[HE] in path.read_bytes() for path in folder.glob("keys.db*"))
    assert any(wrapped[LIN] in path.read_bytes() for path in folder.glob("keys.db*"))


def test_a_restored_backup_does_not_bring_a_key_back(keys: KeyStore, folder: Path) -> None:
    with sqlite3.connect(folder / "keys.db") as live, sqlite3.connect(folder / "backup.db") as backup:
        live.backup(backup)
    keys.erase((HE,))
    keys.close()
    for path in folder.glob("keys.db*"):
        path.unlink()
    shutil.move(folder / "backup.db", folder / "keys.db")
    restored = opened(folder)
    assert restored.cipher(HE) is None
    assert restored.cipher(LIN) is not None
    assert restored.erased() == {HE}


# -- months


def test_a_new_month_wraps_all_living_keys_anew(keys: KeyStore, folder: Path) -> None:
    text = sealed(keys, LIN)
    keys.erase((HE,))
    old = keys.master.path.read_text()
    assert keys.rotate("2026-12") == 1
    assert keys.rotate("2026-12") == 0
    assert old not in keys.master.path.read_text()
    assert keys.master.newest == "2026-12"
    for store in (keys, opened(folder)):
        assert unsealed(store, LIN, text) == b"secret"
        assert store.cipher(HE) is None


def test_who_did_not_notice_the_new_month_reads_and_writes_on(keys: KeyStore, folder: Path) -> None:
    text, other = sealed(keys, HE), opened(folder)
    keys.rotate("2026-12")
    assert unsealed(other, HE, text) == b"secret"
    new = sealed(other, "person:tang")
    assert unsealed(opened(folder), "person:tang", new) == b"secret"


def test_a_month_that_was_begun_and_not_finished_is_no_harm(keys: KeyStore, folder: Path) -> None:
    text = sealed(keys, HE)
    keys.master.add("2026-12")
    again = opened(folder)
    assert unsealed(again, HE, text) == b"secret"
    assert again.master.newest == "2026-12"
    assert unsealed(opened(folder), HE, text) == b"secret"


@pytest.mark.parametrize(("step", "left"), [("wrap", {HE, LIN}), ("keep", set())])
def test_a_month_that_was_begun_is_finished_by_the_next_call(
    keys: KeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, left: set[str]
) -> None:
    """Stopped before the keys are wrapped, or before the old master key is destroyed."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    texts, old = {one: sealed(keys, one) for one in (HE, LIN)}, keys.master.path.read_text()
    with monkeypatch.context() as patch:
        patch.setattr(keys.master, step, crash)
        with pytest.raises(KeyboardInterrupt):
            keys.rotate("2026-12")
    assert old in keys.master.path.read_text()
    assert keys.rotate("2026-12") == len(left)
    assert old not in keys.master.path.read_text()
    assert all(unsealed(opened(folder), one, text) == b"secret" for one, text in texts.items())
    assert keys.rotate("2026-12") == 0


def test_an_older_master_key_says_which_month_is_missing(keys: KeyStore, folder: Path) -> None:
    kept = keys.master.path.read_text()
    keys.rotate("2026-12")
    keys.master.path.write_text(kept)
    with pytest.raises(KeyMissing, match="2026-12"):
        opened(folder).cipher(HE)


def test_a_master_key_made_twice_at_once_is_one(folder: Path) -> None:
    first, second = Master(folder / "master"), Master(folder / "master")
    first.create("2026-11")
    second.create("2026-11")
    wrapped = first.wrap(b"k" * 32, HE, "2026-11")
    assert second.unwrap(wrapped, HE, "2026-11") == b"k" * 32
    assert [path.name for path in folder.iterdir()] == ["master"]
