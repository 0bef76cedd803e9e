"""What an ID token must hold to be believed. Which signatures count is decided here, never by what a provider says of itself."""

from __future__ import annotations

from typing import Any, NamedTuple

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures with a key pair; not `none`, and none with a secret that both sides know."""
KINDS = frozenset({"RSA", "EC", "OKP"})
OLDEST = 86_400
"""Seconds since which somebody must have proved themselves at the provider: it is asked to see to that (`max_age`)."""
LEEWAY = 120
"""Seconds by which two clocks may differ."""
STRONG = frozenset(
    {"phr", "phrh", "https://refeds.org/profile/mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}
)
"""What `acr` says where more than a password was asked for (OpenID EAP ACR Values, REFEDS MFA, PAPE)."""


class Failed(Exception):
    """Signing in by a provider did not work: `why` is a key of the pages' sentences, `about` what the operator reads."""

    def __init__(self, why: str, about: str = "") -> None:
        self.why, self.about = why, about
        super().__init__(why)


class Metadata(NamedTuple):
    """What a provider says of itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    method: str
    says_issuer: bool


class Client(NamedTuple):
    """How the provider knows us."""

    client: str
    secret: str
    back: str


class Step(NamedTuple):
    """What is remembered between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str


def is_usable(key: Any) -> bool:
    """Whether a key can check the signatures that count here."""
    return isinstance(key, dict) and key.get("kty") in KINDS and key.get("use", "sig") == "sig"


def checked(
    token: Any, metadata: Metadata, client: Client, step: Step, access_token: str | None, now: int
) -> dict[str, Any]:
    """The claims of a token, once it is from this provider, for us, for this very step and of now. Raises Failed."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError

    options = {
        "iss": {"essential": True, "value": metadata.issuer},
        "aud": {"essential": True, "value": client.client},
        "sub": {"essential": True},
    }
    params = {"nonce": step.nonce, "client_id": client.client, "access_token": access_token}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(now=now, leeway=LEEWAY)
    except JoseError as error:
        of_time = isinstance(error, (ExpiredTokenError, InvalidClaimError)) and error.claim in ("iat", "nbf", "exp")
        about = f"claims: {type(error).__name__} {getattr(error, 'claim', '')}"
        raise Failed("clock" if of_time else "wrong_answer", about) from error
    if "auth_time" in claims:  # not every provider says it
        need_fresh(claims["auth_time"], now)
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise Failed("wrong_answer", "claims: sub")
    return dict(claims)


def need_fresh(proved: Any, now: int) -> None:
    """Raise Failed unless somebody proved themselves (seconds since 1970) of late enough, in a number: JSON has other things."""
    if isinstance(proved, bool) or not isinstance(proved, (int, float)):
        raise Failed("wrong_answer", "claims: auth_time")
    if not now - proved <= OLDEST + LEEWAY:  # nor where that is no number that can be compared
        raise Failed("too_old", "claims: auth_time")


def is_strong(claims: dict[str, Any]) -> bool:
    """Whether the provider says that it asked for more than one factor (RFC 8176 `mfa`, or a level that says so)."""
    methods, level = claims.get("amr"), claims.get("acr")
    return (isinstance(methods, list) and "mfa" in methods) or (isinstance(level, str) and level in STRONG)
