"""The master key under which all other keys are wrapped: one a month, in a file of its own outside every database.

A line a month, `2026-11 <64 hexadecimal digits>`. Destroying the line of an old month makes worthless whatever wrapped keys
remain in old backups, in a write-ahead log or in pages that a database has not reused yet.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY_BITS = 256


class KeyMissing(Exception):
    """A key that is needed is not there; its text says what to do."""


class Master:
    """`Master(path)` reads the file when first asked, and again when somebody names a month that it does not know."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[str, AESGCM] = {}

    @property
    def exists(self) -> bool:
        """Whether there is a file."""
        return self.path.exists()

    def create(self, epoch: str) -> None:
        """Make the file. It is there whole or not at all, whoever else starts at the same moment."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._draft([line(epoch)])
        with suppress(FileExistsError):
            os.link(draft, self.path)
        draft.unlink()
        sync_folder(self.path.parent)

    def load(self) -> dict[str, AESGCM]:
        """Read the file anew. Raises KeyMissing."""
        try:
            lines = [one.split() for one in self.path.read_text().splitlines() if one.strip()]
            self._keys = {epoch: AESGCM(bytes.fromhex(key)) for epoch, key in lines}
        except (OSError, ValueError) as error:
            raise KeyMissing(f"读不到主密钥 {self.path}：{error}。请从密钥备份恢复，不要新建。") from error
        if not self._keys:
            raise KeyMissing(f"主密钥 {self.path} 是空的。请从密钥备份恢复，不要新建。")
        return self._keys

    @property
    def newest(self) -> str:
        """The month under whose key new keys are wrapped."""
        return max(self._keys or self.load())

    def key(self, epoch: str) -> AESGCM:
        """The key of a month. Raises KeyMissing."""
        found = self._keys.get(epoch) or self.load().get(epoch)
        if found is None:
            raise KeyMissing(f"主密钥里没有 {epoch} 这一期：密钥库的备份比主密钥旧。请用同期的密钥备份。")
        return found

    def add(self, epoch: str) -> None:
        """Add the key of a new month."""
        self._rewrite([*self.path.read_text().splitlines(), line(epoch)])

    def keep(self, epochs: set[str]) -> None:
        """Destroy the keys of all other months, the newest stays."""
        wanted = epochs | {max(self.load())}
        if wanted < self._keys.keys():
            self._rewrite([one for one in self.path.read_text().splitlines() if one.split()[0] in wanted])

    def wrap(self, key: bytes, subject: str, epoch: str) -> bytes:
        """A key as it is stored."""
        nonce = os.urandom(NONCE)
        return nonce + self.key(epoch).encrypt(nonce, key, subject.encode())

    def unwrap(self, wrapped: bytes, subject: str, epoch: str) -> bytes:
        """A stored key as it is used. Raises KeyMissing, InvalidTag."""
        return self.key(epoch).decrypt(wrapped[:NONCE], wrapped[NONCE:], subject.encode())

    def _rewrite(self, lines: list[str]) -> None:
        draft = self._draft(lines)
        draft.replace(self.path)
        sync_folder(self.path.parent)
        self.load()

    def _draft(self, lines: list[str]) -> Path:
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{one}\n" for one in lines))
            file.flush()
            os.fsync(file.fileno())
        return draft


def line(epoch: str) -> str:
    """A new key for a month, as it stands in the file."""
    return f"{epoch} {AESGCM.generate_key(KEY_BITS).hex()}"


def sync_folder(folder: Path) -> None:
    """Make sure that a name in this folder outlives a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def master_of(folder: Path | None) -> Path:
    """The file of the master key: `KEY_FILE`, else in a folder of its own beside the data. Raises KeyMissing."""
    if path := os.environ.get("KEY_FILE"):
        return Path(path)
    if folder is None:
        raise KeyMissing("没有说主密钥在哪里（目录，或者 KEY_FILE）：没有密钥，个人信息会不加密就写进去，所以不打开。")
    return folder / "keys" / "master"


def month() -> str:
    """The present month, `2026-11`."""
    return f"{datetime.now(UTC):%Y-%m}"


def read_lines(path: Path) -> list[str]:
    """The lines of a file that need not exist."""
    return [one for one in path.read_text().splitlines() if one.strip()] if path.exists() else []


def add_lines(path: Path, lines: Iterable[str]) -> None:
    """Add lines to a file so that they outlive a power failure."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
        file.write("".join(f"{one}\n" for one in lines))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
