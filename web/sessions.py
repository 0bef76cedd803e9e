"""Sessions, and the token that forms carry: signed as Flask and Flask-WTF sign them, made once instead of once a request."""

from __future__ import annotations

import hmac
from functools import lru_cache

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.signer import SigningAlgorithm


class Signature(SigningAlgorithm):
    """HMAC with SHA-1, as Flask signs, by the one call that computes it."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The signature of this value."""
        return hmac.digest(key, value, "sha1")


class Sessions(SecureCookieSessionInterface):
    """Cookies as they were, read and written by one serializer; the key does not change while the application runs."""

    _made: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies, with keys that Flask's own would derive anew for each of them."""
        if self._made is None and (flasks := super().get_signing_serializer(app)):
            signer = flasks.make_signer()
            keys = [signer.derive_key(key) for key in signer.secret_keys]
            options = {"key_derivation": "none", "algorithm": Signature()}
            self._made = URLSafeTimedSerializer(
                keys, salt=signer.salt, serializer=self.serializer, signer_kwargs=options
            )
        return self._made


def form_token() -> str:
    """The token that every form sends back; the same for all pages of a session."""
    secret = session.get("csrf_token")
    return signed(secret) if secret else generate_csrf()


@lru_cache(maxsize=10_000)
def signed(_secret: str) -> str:
    """The token of the session that holds this secret. It does not expire before the session, so one signature will do."""
    return str(generate_csrf())
