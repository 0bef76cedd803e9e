"""Sessions, and the token that forms carry: signed as Flask and Flask-WTF sign them, made once instead of once a request."""

from __future__ import annotations

import time
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any

from flask import Flask, Response, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf
from itsdangerous import SignatureExpired, Signer, URLSafeTimedSerializer


class Cookies(URLSafeTimedSerializer):
    """Signs and reads as Flask does, but what a cookie says never changes: its signature is checked once, its age each time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """The arguments of `URLSafeTimedSerializer`."""
        super().__init__(*arguments, **options)
        self._read = lru_cache(maxsize=10_000)(self._check)
        self._signer = super().make_signer(self.salt)
        self._signer.derive_key = cache(self._signer.derive_key)  # type: ignore[method-assign]  # the same each time

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """What signs, and checks signatures: one for all cookies."""
        return self._signer if salt in (None, self.salt) else super().make_signer(salt)

    def _check(self, cookie: str) -> tuple[dict[str, Any], int]:
        """What a cookie says, and when it was signed in seconds since 1970. Raises BadSignature."""
        said, signed = super().loads(cookie, return_timestamp=True)
        return said, int(signed.timestamp())

    def loads(  # type: ignore[override]  # as in the class that it extends
        self, s: str | bytes, max_age: int | None = None, return_timestamp: bool = False, salt: str | bytes | None = None
    ) -> Any:  # fmt: skip
        """What a cookie says. Raises BadSignature, also where it is too old. Whoever changes it changes a copy of their own."""
        if return_timestamp or salt or not isinstance(s, str):
            return super().loads(s, max_age, return_timestamp, salt)
        said, signed = self._read(s)
        if max_age is not None and not 0 <= int(time.time()) - signed <= max_age:
            raise SignatureExpired("the session is too old")
        return said.copy() if all(type(value) is str for value in said.values()) else deepcopy(said)


class Sessions(SecureCookieSessionInterface):
    """Cookies as they were, read and written by one serializer; the key does not change while the application runs."""

    _made: Cookies | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies."""
        if self._made is None and (flasks := super().get_signing_serializer(app)):
            self._made = Cookies(
                flasks.secret_keys,
                salt=flasks.salt,
                serializer=flasks.serializer,
                signer_kwargs=flasks.signer_kwargs,
            )
        return self._made

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where the session changed, as `SESSION_REFRESH_EACH_REQUEST = False` says."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            response.headers.add("Vary", "Cookie")


def form_token() -> str:
    """The token that every form sends back; the same for all pages of a session."""
    secret = session.get("csrf_token")
    return signed(secret) if secret else generate_csrf()


@lru_cache(maxsize=10_000)
def signed(_secret: str) -> str:
    """The token of the session that holds this secret. It does not expire before the session, so one signature will do."""
    return str(generate_csrf())
