"""Sessions, and the token that forms carry: signed as Flask and Flask-WTF sign them, made once instead of once a request."""

from __future__ import annotations

from functools import cache, lru_cache

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Cookies as they were, read and written by one serializer; the key does not change while the application runs."""

    _made: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies."""
        if self._made is None:
            self._made = super().get_signing_serializer(app)
            if self._made is not None:
                sign_with_one(self._made)
        return self._made


def sign_with_one(serializer: URLSafeTimedSerializer) -> None:
    """Let a serializer keep its signer, and the signer the keys derived from ours: they are the same each time."""
    signer = serializer.make_signer()
    signer.derive_key = cache(signer.derive_key)  # type: ignore[method-assign]
    serializer.make_signer = lambda salt=None: signer  # type: ignore[method-assign]


def form_token() -> str:
    """The token that every form sends back; the same for all pages of a session."""
    secret = session.get("csrf_token")
    return signed(secret) if secret else generate_csrf()


@lru_cache(maxsize=10_000)
def signed(_secret: str) -> str:
    """The token of the session that holds this secret. It does not expire before the session, so one signature will do."""
    return str(generate_csrf())
