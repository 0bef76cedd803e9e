"""What opens the encrypted part of a backup is never in it; the backup only knows by which secrets it can be read."""

from __future__ import annotations

from hashlib import sha256

from ledger.place import Place

MASTER = "keys/master"
SESSIONS = "secret.key"
"""Without it everybody signs in again, and nothing else happens."""


def fingerprints(place: Place) -> dict[str, str]:
    """The secrets of a place by name, each as the beginning of the hash of 256 random bits: known again, never guessed."""
    found: dict[str, str] = {}
    for path in place.secrets:
        text = path.read_text()
        if path == place.master:
            found |= {f"{MASTER} {line.split()[0]}": mark(line) for line in text.splitlines() if line.strip()}
        elif path.name != SESSIONS:
            found[path.name] = mark(text)
    return found


def mark(text: str) -> str:
    """The beginning of a hash."""
    return sha256(text.strip().encode()).hexdigest()[:16]


def missing(wanted: dict[str, str], place: Place) -> str:
    """Why what a backup holds cannot be read here, and what to do; nothing where it can."""
    there = fingerprints(place)
    lacking = [name for name, text in wanted.items() if there.get(name) != text]
    if not lacking:
        return ""
    return (
        f"{place.folder} 里没有这份备份用的密钥（{'、'.join(lacking)}），备份里的个人信息和账号打不开："
        "请先把与它同期的 keys/ 和 *.key 放回数据目录，再恢复。"
    )
