"""OpenID Connect, as one that relies on a provider: discovery, the code flow with PKCE, keys. (Core 1.0 §3.1, RFC 9700)

Authlib and joserfc do the protocol; they are imported where they are needed, because they take a moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from web.id_tokens import ALGORITHMS, OLDEST, Client, Failed, Metadata, Step, checked, is_usable
from web.outgoing import NotThere, Outside, Unreachable

FRESH, AGAIN = 3600, 60
"""Seconds for which a provider's description and keys are remembered; how soon unknown keys are looked for once more."""
SCOPE = "openid email"


class NoProvider(Exception):
    """There is no usable provider at an address; the text is a sentence for whoever typed it."""


@dataclass
class Providers:
    """`Providers(Outside())`: speaks with providers and remembers what they say of themselves."""

    outside: Outside
    _known: dict[str, tuple[int, Metadata]] = field(default_factory=dict)
    _keys: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def discover(self, issuer: str) -> Metadata:
        """Ask a provider for its description. Raises NoProvider."""
        from authlib.oidc.discovery import get_well_known_url

        url = get_well_known_url(issuer, external=True)
        try:
            answer = self.outside.ask(url)
        except NotThere as why:
            raise NoProvider(str(why)) from None
        except Unreachable as error:
            raise NoProvider(f"连不上 {url}（{error}）。请看看地址对不对，证书有没有过期。") from None
        if answer.status != 200 or not answer.body:
            raise NoProvider(
                f"{url} 没有回答一份 OIDC 的说明（状态 {answer.status}）。请向管统一登录的人要 issuer 的地址。"
            )
        return self.understood(issuer, answer.body)

    def understood(self, issuer: str, told: dict[str, Any]) -> Metadata:
        """The description, checked. Raises NoProvider."""
        if told.get("issuer") != issuer:
            raise NoProvider(
                f"它说自己是 {str(told.get('issuer'))[:200]}，与填的不一样。issuer 要一字不差，末尾的 / 也算。"
            )
        authorization, token, keys = (
            str(told.get(name) or "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        for place in (authorization, token, keys):
            try:
                self.outside.check(place)
            except NotThere as why:
                raise NoProvider(f"它的说明里有一个地址不能用：{why}") from None
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        if not set(ALGORITHMS).intersection(offered):
            raise NoProvider("它只会用这里不接受的方式签名；请让它用 RS256 或 ES256。")
        if "code" not in (told.get("response_types_supported") or ["code"]):
            raise NoProvider("它不支持授权码（code）的方式。")
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = next((one for one in ("client_secret_basic", "client_secret_post") if one in methods), None)
        if method is None:
            raise NoProvider("它不接受用客户端密钥证明身份（client_secret_basic 或 client_secret_post）。")
        says = bool(told.get("authorization_response_iss_parameter_supported"))
        return Metadata(issuer, authorization, token, keys, method, says)

    def metadata(self, issuer: str, at: int) -> Metadata:
        """The description, as it was within the hour. Raises Failed."""
        known = self._known.get(issuer)
        if known and at - known[0] < FRESH:
            return known[1]
        try:
            found = self.discover(issuer)
        except NoProvider as error:
            if known:
                return known[1]
            raise Failed("unreachable", str(error)) from error
        self._known[issuer] = at, found
        return found

    def keys(self, metadata: Metadata, at: int, *, anew: bool = False) -> Any:
        """The keys with which it signs, as they were within the hour; `anew`: as they are now. Raises Failed."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        known = self._keys.get(metadata.keys)
        if known and at - known[0] < (AGAIN if anew else FRESH):
            return known[1]
        told = self._ask(metadata.keys).body.get("keys")
        usable = [one for one in told if is_usable(one)] if isinstance(told, list) else []
        try:
            found = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Failed("wrong_answer", f"keys: {type(error).__name__}") from error
        self._keys[metadata.keys] = at, found
        return found

    def _ask(self, url: str, **how: Any) -> Any:
        try:
            return self.outside.ask(url, **how)
        except (Unreachable, NotThere) as error:
            raise Failed("unreachable", str(error)) from error

    def leave(self, metadata: Metadata, client: Client, step: Step) -> str:
        """The provider's address to which the browser goes."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        return str(
            prepare_grant_uri(
                metadata.authorization,
                client_id=client.client,
                response_type="code",
                redirect_uri=client.back,
                scope=SCOPE,
                state=step.state,
                nonce=step.nonce,
                max_age=str(OLDEST),
                code_challenge=create_s256_code_challenge(step.verifier),
                code_challenge_method="S256",
            )
        )

    def come_back(self, metadata: Metadata, client: Client, step: Step, code: str, at: datetime) -> dict[str, Any]:
        """What the provider says of whoever came back with this code. Raises Failed."""
        now = int(at.timestamp())
        token = self.redeem(metadata, client, step, code)
        claims = self.read(metadata, token["id_token"], now)
        return checked(claims, metadata, client, step, token.get("access_token"), now)

    def redeem(self, metadata: Metadata, client: Client, step: Step, code: str) -> dict[str, Any]:
        """Exchange the code for tokens. Raises Failed."""
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        body = prepare_token_request(
            "authorization_code", "", code=code, redirect_uri=client.back, code_verifier=step.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        auth = ClientAuth(client.client, client.secret, metadata.method)
        url, headers, body = auth.prepare("POST", metadata.token, headers, body)
        answer = self._ask(url, body=body, headers=headers)
        error = str(answer.body.get("error", ""))[:60]
        if answer.status == 200 and isinstance(answer.body.get("id_token"), str):
            return dict(answer.body)
        if error == "invalid_grant":
            raise Failed("stale", error)
        if error in ("invalid_client", "unauthorized_client") or answer.status == 401:
            raise Failed("wrong_client", error)
        raise Failed("wrong_answer" if answer.status < 500 else "unreachable", f"token: {answer.status} {error}")

    def read(self, metadata: Metadata, id_token: str, at: int) -> Any:
        """The token, once its signature holds; where its key is not known, the keys are asked for once more. Raises Failed."""
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            try:
                return jwt.decode(id_token, self.keys(metadata, at), registry=registry)
            except (InvalidKeyIdError, BadSignatureError):
                return jwt.decode(id_token, self.keys(metadata, at, anew=True), registry=registry)
        except (JoseError, ValueError) as error:
            raise Failed("wrong_answer", f"token: {type(error).__name__}") from error
