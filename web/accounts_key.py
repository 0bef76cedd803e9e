"""The file of the accounts' key, `accounts.key`: the key in use is its first line, those before it stand below until they are
destroyed. Every process reads it again once it is another file, so the key changes while they run.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ledger.master import sync_folder
from web.accounts_secrets import Keys


class KeyFile:
    """`KeyFile(path)`; the file is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int], Keys] | None = None

    @property
    def keys(self) -> Keys:
        """What the file holds now."""
        found = self.path.stat()
        state = found.st_ino, found.st_mtime_ns
        if self._read is None or self._read[0] != state:
            self._read = state, Keys(*self.lines)
        return self._read[1]

    @property
    def lines(self) -> list[str]:
        """The keys, the one in use first."""
        return self.path.read_text().split()

    def begin(self) -> None:
        """Use a new key from now on; the earlier ones still open what they made."""
        self._rewrite([secrets.token_hex(32), *self.lines])

    def end(self) -> None:
        """Destroy the earlier ones."""
        self._rewrite(self.lines[:1])

    def _rewrite(self, lines: list[str]) -> None:
        draft = self.path.with_name(f"{self.path.name}-draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        sync_folder(self.path.parent)
