"""Finding somebody by a phone number or an e-mail address that stands nowhere readable: a keyed hash of it. (trust.md §2)

The key of the index (`index_keys.py`) is wrapped by the master key as all others and wrapped anew every month; it is nobody's, so
nobody's being forgotten touches it. The hashes stand in a read model: they go with their person, and can be made again from the
log, by another key too (`./run keys index`).
"""

from __future__ import annotations

import hmac
import re
import unicodedata


def digits(text: str) -> str:
    """A phone number however it was typed: width, blanks and dashes do not count, nor the country code of a number of here."""
    found = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    return found[2:] if len(found) == 13 and found.startswith("861") else found


def letters(text: str) -> str:
    """An address or a name however it was typed: width, case and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def alike(text: str) -> str:
    """What of a number or an address counts: the digits of the one, the letters of the other."""
    found = letters(text)
    return found if "@" in found else digits(text)


def blinded(key: bytes, text: str) -> str:
    """The keyed hash of a phone number or an address (HMAC-SHA-256); without the key nobody can try out which it may be."""
    return hmac.digest(key, alike(text).encode(), "sha256").hex()
