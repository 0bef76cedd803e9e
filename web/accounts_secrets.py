"""What must not be guessed: how passwords are hashed and judged, tokens made, names blinded, secrets sealed."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import unicodedata
from contextlib import suppress
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.blind import digits, letters

Kind = Literal["phone", "email", "name"]
HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""argon2id with 46 MiB, one pass, one lane: OWASP's first choice, 63 ms of one core where it was measured."""
AT_ONCE = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""So many passwords are hashed at the same time: 46 MiB each must not add up to the machine's memory."""
LEAST, MOST = 8, 256
"""Characters of a password. No rules about their kinds (NIST SP 800-63B §3.1.1.2)."""
FEWEST_GUESSES = 10**6
NOBODY = HASHER.hash(secrets.token_hex(16))
"""What is compared where there is no such account, so that the answer takes as long."""


def hashed(password: str) -> str:
    """The password as it is stored."""
    with AT_ONCE:
        return HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether it is the password; takes as long where there is none."""
    try:
        with AT_ONCE:
            HASHER.verify(stored or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def weakness(password: str, about: list[str]) -> str | None:
    """Why this cannot be a password, in a sentence, else None. `about` are words that a stranger would try first."""
    if len(password) < LEAST:
        return f"至少 {LEAST} 个字符；三四个不相干的词连起来就很好。"
    if len(password) > MOST:
        return f"最多 {MOST} 个字符。"
    from zxcvbn import zxcvbn  # its lists of common passwords take a moment to load

    if zxcvbn(password[:72], user_inputs=["liandong", "联动", *about], max_length=72)["guesses"] < FEWEST_GUESSES:
        return "这个密码太容易猜到（常见，或者只是名字、号码、键盘上的一串）。换一个，例如三四个不相干的词。"
    return None


def kind_of(typed: str) -> Kind:
    """What somebody typed to say who they are: an e-mail address, a phone number, else a name."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if "@" in text:
        return "email"
    return "phone" if re.fullmatch(r"\+?[0-9][0-9 ()-]{4,24}", text) else "name"


def plain(typed: str) -> str:
    """The same name however it was typed: width, case and blanks do not count, nor the country code of a number of here."""
    text = letters(typed)
    return digits(text) if kind_of(text) == "phone" else text


def new_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """A token as it is stored: of 256 random bits a plain hash tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class Keys:
    """What is derived from the keys of the accounts: what blinds names, and what seals secrets. The first key is used; the others
    were it before, and still open what they made (`accounts_key.py`).
    """

    def __init__(self, *keys: str) -> None:
        """The key, and those that were it before."""
        self._blinding = [hmac.digest(key.encode(), b"liandong accounts: blind", "sha256") for key in keys]
        self._sealing = [AESGCM(hmac.digest(key.encode(), b"liandong accounts: seal", "sha256")) for key in keys]

    def blind(self, purpose: str, text: str) -> str:
        """A keyed hash: the same text can be found again, and without the key nobody can try texts out."""
        return self.blinds(purpose, text)[0]

    def blinds(self, purpose: str, text: str) -> list[str]:
        """The same by every key: under one of these it may stand."""
        return [hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256").hex() for key in self._blinding]

    def seal(self, owner: str, text: str) -> bytes:
        """Encrypted, and bound to its owner: moved to another row it cannot be read."""
        nonce = secrets.token_bytes(12)
        return nonce + self._sealing[0].encrypt(nonce, text.encode(), owner.encode())

    def is_newest(self, owner: str, sealed: bytes) -> bool:
        """Whether the key in use sealed it."""
        try:
            self._sealing[0].decrypt(sealed[:12], sealed[12:], owner.encode())
        except InvalidTag:
            return False
        return True

    def unseal(self, owner: str, sealed: bytes) -> str:
        """What was sealed for this owner. Raises cryptography's InvalidTag."""
        for sealing in self._sealing[:-1]:
            with suppress(InvalidTag):
                return sealing.decrypt(sealed[:12], sealed[12:], owner.encode()).decode()
        return self._sealing[-1].decrypt(sealed[:12], sealed[12:], owner.encode()).decode()
