"""A small OpenID Connect provider on this machine, honest until a test twists what it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

CLIENT, SECRET = "liandong", "geheim~Wort+1"
Object = dict[str, Any]


class Provider:
    """`with Provider(clock) as provider:`; `claims` are of whoever signs in there, `twist` changes what the token says,
    `nulls` are claims that it names without a value.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.claims: Object = {"sub": "s-1"}
        self.twist: Object = {}
        self.nulls: tuple[str, ...] = ()
        self.description: Object = {}
        self.cancels = self.is_broken = False
        self.algorithm = "ES256"
        self.keys = [new_key("k1")]
        self.codes: dict[str, Object] = {}
        self.asked: list[str] = []
        self.app = Flask(__name__)
        self.app.add_url_rule("/.well-known/openid-configuration", "describe", self.describe)
        self.app.add_url_rule("/jwks", "jwks", self.jwks)
        self.app.add_url_rule("/authorize", "authorize", self.authorize)
        self.app.add_url_rule("/token", "token", self.token, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Provider:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """It answers no more."""
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
            self.server.server_close()

    def describe(self) -> Object:
        """The discovery document."""
        self.asked.append("describe")
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.description

    def jwks(self) -> Object:
        """The public keys, beside some that nobody can use."""
        self.asked.append("jwks")
        odd: list[Object] = [{"kty": "AKP", "kid": "new"}, {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}]
        return {"keys": [*odd, *(key.as_dict(private=False) for key in self.keys)]}

    def authorize(self) -> Response:
        """Whoever comes is `claims`; nothing is asked of them."""
        asked = request.args
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        back: Object = {"state": asked["state"], "iss": self.issuer}
        if self.cancels:
            return redirect(f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}")
        code = f"code-{len(self.codes)}"
        self.codes[code] = dict(asked)
        return redirect(f"{asked['redirect_uri']}?{urlencode(back | {'code': code})}")

    def token(self) -> tuple[Object, int]:
        """Exchange a code, once, for whoever knows the secret and the verifier."""
        self.asked.append("token")
        if self.is_broken:
            return {}, 500
        given = request.authorization
        if given is None or (given.username, given.password) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        asked = self.codes.pop(request.form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest()).rstrip(b"=")
        is_it = asked and asked["redirect_uri"] == request.form["redirect_uri"]
        if not asked or not is_it or asked["code_challenge"].encode() != proof:
            return {"error": "invalid_grant"}, 400
        return {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}, 200

    def id_token(self, nonce: str) -> str:
        """What it says of somebody."""
        now = int(self.clock().timestamp())
        claims: Object = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        said = {name: value for name, value in (claims | self.claims | self.twist).items() if value is not None}
        said |= dict.fromkeys(self.nulls)
        if self.algorithm != "ES256":  # no library makes these
            head = f"{encoded({'alg': self.algorithm, 'kid': 'k1'})}.{encoded(said)}"
            public = self.keys[-1].as_pem(private=False)
            sign = hmac.digest(public, head.encode(), "sha256") if self.algorithm == "HS256" else b""
            return f"{head}.{base64.urlsafe_b64encode(sign).rstrip(b'=').decode()}"
        return jwt.encode({"alg": "ES256", "kid": self.keys[-1].kid}, said, self.keys[-1])

    def visit(self, address: str) -> str:
        """What a browser does that is sent here: where it is sent back."""
        assert address.startswith(f"{self.issuer}/authorize?")
        answer = self.app.test_client().get(address.removeprefix(self.issuer))
        return str(answer.headers["Location"])


def encoded(part: Object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def new_key(name: str) -> ECKey:
    """A key pair."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})
