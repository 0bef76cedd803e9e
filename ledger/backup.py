"""A backup: a folder with copies of what must never be lost, and a manifest that says what they hold and proves it.

Copied are the log with its guards and answers, the kept table of deliveries, the wrapped keys of personal data and the
accounts; read models are built again. What followed is copied before what it follows from, so that a restored log never finds
work done that it does not know; keys are copied after the log, so that none is missing. The secrets that open them (the master
key, the files `*.key`) are not in it: who has only the backup reads nothing personal.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from eventsourcing.persistence import MapperDeserialisationError

from ledger import backup_keys, backup_postgres, backup_sqlite
from ledger.log import Ledger, guard_differences, is_current, refold
from ledger.master import KeyMissing
from ledger.personal import Displaced
from ledger.place import Place

MANIFEST = "manifest.json"
KEPT = "deliveries"
"""The table beside the log that cannot be derived from it."""


class BackupRefused(Exception):
    """A backup is not made or not brought back; its text says why and what to do."""


class File(msgspec.Struct, frozen=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `log` is the hash of all events in their order; `head` the position of the last.

    `secrets` are marks of what must be put back before it can be read.
    """

    made: str
    engine: str
    head: int
    events: int
    log: str
    tables: dict[str, int]
    files: dict[str, File]
    secrets: dict[str, str] = {}


def save(place: Place, target: Path) -> Manifest:
    """Copy the place into a new folder, while it is in use. The folder is there whole or not at all. Raises BackupRefused."""
    if target.exists() and any(target.iterdir()):
        raise BackupRefused(f"{target} 里已经有东西。每次备份用一个新目录。")
    draft = target.with_name(f"{target.name}.partial")
    if draft.exists():
        raise BackupRefused(f"{draft} 是一次没有做完的备份。确认没有别的备份正在进行，删掉它再来。")
    draft.mkdir(mode=0o700, parents=True)
    copied = engine_of(place).copy(place, draft, KEPT)
    manifest = Manifest(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        engine=name_of(place),
        files={path.name: told(path) for path in sorted(draft.iterdir())},
        secrets=backup_keys.fingerprints(place),
        **copied,
    )
    (draft / MANIFEST).touch(0o600)
    (draft / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    draft.replace(target)
    return manifest


def check(source: Path) -> Manifest:
    """The manifest of a backup whose files are as they were made. Raises BackupRefused."""
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupRefused(f"{source} 不是一份完整的备份：读不到 {MANIFEST}。") from error
    for name, file in manifest.files.items():
        path = source / name
        if not path.is_file() or told(path) != file:
            raise BackupRefused(f"{path} 缺失或被改过，与 {MANIFEST} 不符。请换一份备份。")
    return manifest


def bring_back(source: Path, place: Place, *, overwrite: bool = False) -> Manifest:
    """Bring a backup back and compare every event with the manifest; the read models are then to be built anew.

    Nobody else may use the place meanwhile. Raises BackupRefused; what stood there and is overwritten is put aside.
    """
    manifest = check(source)
    if manifest.engine != name_of(place):
        raise BackupRefused(
            f"这份备份是 {manifest.engine} 的，这里是 {name_of(place)}。先恢复到同一种数据库，再用 ./run copy 搬。"
        )
    if why := backup_keys.missing(manifest.secrets, place):
        raise BackupRefused(why)
    engine = engine_of(place)
    if engine.is_used(place, KEPT):
        if not overwrite or place.url:
            raise BackupRefused(engine.USED)
        backup_sqlite.put_aside(place)
    engine.bring_back(source, place)
    if engine.summary(place, KEPT) != {name: getattr(manifest, name) for name in ("head", "events", "log", "tables")}:
        raise BackupRefused("恢复出来的记录与备份的清单不一致，不能使用。请换一个空的地方再试，或换一份备份。")
    renew_guards(place)
    return manifest


def renew_guards(place: Place) -> None:
    """Fold the whole log that was brought back into the guards of this version of the program, which may be a later one than
    made the backup, and compare what was written. Raises BackupRefused.
    """
    ledger, differing = None, list[str]()
    try:
        ledger = Ledger.open(place.log, place.folder)
        if not is_current(ledger) or guard_differences(ledger):
            refold(ledger)
            differing = guard_differences(ledger)
    except (KeyMissing, MapperDeserialisationError, Displaced, InvalidTag) as error:
        raise BackupRefused(f"恢复出来的个人信息打不开：{error} 请先把与备份同期的 keys/ 放回数据目录。") from error
    finally:
        if ledger is not None:
            ledger.close()
    if differing:
        raise BackupRefused(
            f"推算出来的守卫写下后读出来不一样（{differing[0]} 等 {len(differing)} 个），不能使用。请检查磁盘，再来一次。"
        )


def name_of(place: Place) -> str:
    """The engine's name."""
    return "PostgreSQL" if place.url else "SQLite"


def engine_of(place: Place) -> Any:
    """The file that knows this engine."""
    return backup_postgres if place.url else backup_sqlite


def told(path: Path) -> File:
    """The size and the hash of a file."""
    with path.open("rb") as opened:
        return File(path.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest())
