"""Personal fields of an event, encrypted with the key of the subject whom they are about and bound to their place in the log.

All of an event's personal values are one ciphertext. It stands in the first field that has a value, as `\\0` and base64 of
nonce, ciphertext and tag; the others that have one hold a bare `\\0`. No text that a command may bring begins with `\\0`
(`checks.py`), so fields that were written before there were keys are told apart and still read.
"""

from __future__ import annotations

import os
from binascii import a2b_base64, b2a_base64
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from eventsourcing.persistence import MapperDeserialisationError

from ledger.events import Event, Recorded, tag_of
from ledger.keys import KeyStore
from ledger.master import NONCE, KeyMissing

ERASED = "已注销"
"""What a text reads as once its subject was forgotten."""
MARK = "\0"
REASON = ".reason"
"""What the ciphertext of a reason is bound to, where that of fields is bound to their names."""
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(list[Any]).decode
_set = msgspec.structs.force_setattr


UNTYPED = frozenset({"system", "command", "import"})
"""Sources whose reasons nobody typed about anybody: what the program says of itself, and where a line of a file stood."""


class Displaced(MapperDeserialisationError):
    """A ciphertext does not belong to the event that it stands in: somebody moved or changed it."""


def subject_of(event: Event) -> str | None:
    """Whose key an event's personal fields need; None where it has none or they are empty."""
    if not any(getattr(event, field) for field in event.personal):
        return None
    return tag_of(event.subject, getattr(event, event.subject))


def reasoned(recorded: Recorded[Event]) -> str | None:
    """Whose key the reason of an event needs; None where nobody typed one, or it is about nobody."""
    event = recorded.event
    if not recorded.reason or recorded.source in UNTYPED or event.has_open_reason:
        return None
    subject = getattr(event, event.subject, None)
    return tag_of(event.subject, subject) if subject else None


def seal_reason(recorded: Recorded[Event], keys: KeyStore) -> str | None:
    """The reason as it is stored: as it is where it is about nobody, or about somebody who is forgotten by now."""
    whose = reasoned(recorded)
    cipher = keys.cipher(whose) if whose else None
    if cipher is None or not recorded.reason:
        return recorded.reason
    nonce = os.urandom(NONCE)
    sealed = cipher.encrypt(nonce, recorded.reason.encode(), place_of(recorded, REASON))
    return MARK + b2a_base64(nonce + sealed, newline=False).decode("ascii")


def unseal_reason(recorded: Recorded[Event], keys: KeyStore | None, *, is_blind: bool = False) -> None:
    """Decrypt the reason of a freshly decoded event in place; nobody else holds it yet. Raises as `unseal` does."""
    if recorded.reason and recorded.reason[:1] == MARK:
        said = None if is_blind else deciphered(recorded, recorded.reason, REASON, keys)
        _set(recorded, "reason", ERASED if said is None else said.decode())


def seal(recorded: Recorded[Event], keys: KeyStore) -> Event:
    """The fact with its personal fields encrypted. Raises SubjectErased."""
    event = recorded.event
    values: dict[str, Any] = {}
    for field in event.personal:
        value = getattr(event, field)
        if value:
            values[field] = value
    if not values:
        return event
    cipher = keys.for_writing(f"{event.subject}:{getattr(event, event.subject)}")
    nonce = os.urandom(NONCE)
    sealed = cipher.encrypt(nonce, _encode([*values.values()]), place_of(recorded, ",".join(values)))
    text = MARK + b2a_base64(nonce + sealed, newline=False).decode("ascii")
    for field in values:
        values[field] = text if values[field].__class__ is str else {MARK: text}
        text = MARK
    return msgspec.structs.replace(event, **values)


def place_of(recorded: Recorded[Event], named: str) -> bytes:
    """What a ciphertext is bound to: the fields of these names, with commas between, of this event and no other."""
    return f"{recorded.originator_id}|{recorded.originator_version}|{recorded.event.topic}|{named}".encode()


def unseal(recorded: Recorded[Event], keys: KeyStore | None, *, is_blind: bool = False) -> None:
    """Decrypt the personal fields of a freshly decoded event in place; nobody else holds it yet. `is_blind`: as if erased.

    Raises Displaced, and MapperDeserialisationError where the key is missing.
    """
    event, named, text = recorded.event, "", ""
    for field in event.personal:
        value = getattr(event, field)
        if value:
            if value.__class__ is dict:
                value = value.get(MARK) or "-"
            if value[0] == MARK:
                if text:
                    named = f"{named},{field}"
                else:
                    named, text = field, value
    if text:
        said = None if is_blind else deciphered(recorded, text, named, keys)
        values = erased(event, named) if said is None else _decode(said)
        if len(values) == 1:  # as most have
            _set(event, named, values[0])
        else:
            for field, value in zip(named.split(","), values, strict=True):
                _set(event, field, value)


def erased(event: Event, named: str) -> list[Any]:
    """What stands where nobody can read any more."""
    return [ERASED if isinstance(getattr(event, field), str) else {} for field in named.split(",")]


def deciphered(recorded: Recorded[Event], text: str, named: str, keys: KeyStore | None) -> bytes | None:
    """What a ciphertext says that is bound to fields of these names; None where its subject was forgotten."""
    event, subject = recorded.event, recorded.event.subject
    try:
        if keys is None:
            raise KeyMissing("记录里有加密的个人信息，而没有打开密钥库。")
        cipher = keys.cipher(f"{subject}:{getattr(event, subject)}")
        if cipher is None:
            return None
        raw = a2b_base64(text)  # which passes over the mark
        return cipher.decrypt(raw[:NONCE], raw[NONCE:], place_of(recorded, named))
    except KeyMissing as error:
        raise MapperDeserialisationError(str(error)) from error
    except (InvalidTag, ValueError) as error:
        raise Displaced(f"{event.topic} 的个人信息不是写在这里的密文：记录或密钥被动过。") from error
