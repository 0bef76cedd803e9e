"""Files that are their owner's alone, whatever the umask says: people stand in them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by what its name ends with. New ones take over the rights of the database."""


def own(database: Path) -> None:
    """Make this SQLite file, where it is missing, and what stands beside it readable for its owner alone.

    Files of somebody else stay as they are: whoever only reads them need not own them.
    """
    with suppress(OSError):  # SQLite says better why it cannot be opened
        if not database.exists():
            database.touch(0o600)
    for ending in BESIDE:
        with suppress(OSError):
            database.with_name(database.name + ending).chmod(0o600)
