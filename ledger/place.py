"""Where data lives: the one place that decides between SQLite files in a folder and one PostgreSQL database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ledger.address import WrongAddress, address
from ledger.master import master_of


@dataclass(frozen=True)
class Place:
    """With a `url` everything is in that PostgreSQL database; without one, in SQLite files in `folder`.

    `folder` holds, in both cases, what is the machine's own: the master key and the files `*.key`.
    """

    folder: Path
    url: str | None = None
    replica: str | None = None
    """The address of a streaming replica of that database, from which pages are read."""

    @classmethod
    def of_environment(cls, folder: Path) -> Place:
        """The place that `DATABASE_URL` and `REPLICA_URL` name, else the folder. Raises WrongAddress."""
        url = os.environ.get("DATABASE_URL") or None
        replica = os.environ.get("REPLICA_URL") or None
        if url is not None:
            address(url)
        if replica is not None and (url is None or address(replica).get_backend_name() != "postgresql"):
            raise WrongAddress("REPLICA_URL 是 DATABASE_URL 那个 PostgreSQL 的备机；没有 DATABASE_URL 就去掉它。")
        return cls(folder, url, replica)

    @property
    def log(self) -> str | Path:
        """The log of events with its guards; what must never be lost."""
        return self.url or self.folder / "log.db"

    @property
    def views(self) -> str | Path:
        """The read models, which can be built again."""
        return self.url or self.folder / "views.db"

    @property
    def outbox(self) -> str | Path:
        """What became of the work that follows from the log; kept."""
        return self.url or self.folder / "outbox.db"

    @property
    def accounts(self) -> str | Path:
        """Who can sign in, and with what; kept, and never part of the log."""
        return self.url or self.folder / "accounts.db"

    @property
    def keys(self) -> str | Path:
        """The keys of personal data, wrapped by the master key."""
        return self.url or self.folder / "keys.db"

    @property
    def master(self) -> Path:
        """The file of the master key."""
        return master_of(self.folder)

    @property
    def secrets(self) -> list[Path]:
        """The files that open what is encrypted, as far as they are there; never kept with what they open."""
        return [path for path in sorted({self.master, *self.folder.glob("*.key")}) if path.exists()]


def is_account(table: str) -> bool:
    """Whether a table of this name belongs to the accounts."""
    return table == "account" or table.startswith("account_")
