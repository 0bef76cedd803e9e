"""Passkeys as the server checks them, with a device that is played by the test: what it signs, and what it may not."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from html import unescape
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from domain.accounts import FactorChanged, SignedIn
from ledger.store import StoreUnavailable
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_sign_in import sign_in, told

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Device:
    """A device with one key, which answers as a browser would."""

    def __init__(self, host: str = "localhost", flags: int = PRESENT | VERIFIED) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.host, self.flags, self.count = b"device-of-the-test", host, flags, 0

    def data(self, flags: int, more: bytes = b"") -> bytes:
        self.count += 1
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + more

    def answer(self, kind: str, options: dict[str, Any], **response: bytes) -> str:
        parts = {name: encoded(value) for name, value in response.items()}
        told = {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key", "response": parts}
        return json.dumps(told | {"clientExtensionResults": {}})

    def client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps(
            {"type": f"webauthn.{kind}", "challenge": options["challenge"], "origin": f"http://{self.host}"}
        ).encode()

    def create(self, options: dict[str, Any]) -> str:
        point = self.key.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        data = self.data(self.flags | ATTESTED, bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self.answer(
            "create", options, clientDataJSON=self.client("create", options), attestationObject=attestation
        )

    def sign(self, options: dict[str, Any]) -> str:
        client, data = self.client("get", options), self.data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self.answer("get", options, clientDataJSON=client, authenticatorData=data, signature=signature)


def question(page: str, ask: str) -> tuple[dict[str, Any], str]:
    """What the page asks, and the sealed challenge."""
    form = re.search(rf'<form[^>]*data-passkey="{ask}".*?</form>', page, re.DOTALL)
    assert form
    options, sealed = re.search(r'data-options="([^"]*)"', form[0]), re.search(r'name="sealed" value="(\w+)"', form[0])
    assert options
    assert sealed
    return json.loads(unescape(options[1])), sealed[1]


def add(browser: FlaskClient, device: Device, **more: str) -> int:
    options, sealed = question(browser.get("/account/passkeys/new").text, "create")
    data = {"answer": device.create(options), "sealed": sealed, "label": "我的手机", "current": PASSWORD} | more
    return browser.post("/account/passkeys", data=data).status_code


def use(browser: FlaskClient, device: Device, **more: str) -> int:
    options, sealed = question(browser.get("/sign-in").text, "get")
    return browser.post("/sign-in/passkey", data={"answer": device.sign(options), "sealed": sealed} | more).status_code


@pytest.fixture
def browser(city: City) -> FlaskClient:
    """He Xiaoman's browser, signed in with a password."""
    city.open_account("volunteer", "小满")
    opened = city.as_(None)
    sign_in(opened, "小满")
    return opened


def test_a_passkey_is_both_factors(city: City) -> None:
    device, reviewer = Device(), city.as_("reviewer")
    assert add(reviewer, device) == 303
    fresh = city.as_(None)
    assert use(fresh, device) == 303
    assert fresh.get("/audit").status_code == 200
    assert told(city, FactorChanged) == [FactorChanged("reviewer", "passkey", "added")]
    assert told(city, SignedIn) == [SignedIn("reviewer", "passkey", "passkey", unknown_device=True)]


def test_an_answer_counts_once_and_for_five_minutes(city: City, browser: FlaskClient) -> None:
    device = Device()
    add(browser, device)
    stranger = city.as_(None)
    options, sealed = question(stranger.get("/sign-in").text, "get")
    data = {"answer": device.sign(options), "sealed": sealed}
    assert [city.as_(None).post("/sign-in/passkey", data=data).status_code for _ in range(2)] == [303, 422]
    options, sealed = question(stranger.get("/sign-in").text, "get")
    city.now += timedelta(minutes=5)
    data = {"answer": device.sign(options), "sealed": sealed}
    assert stranger.post("/sign-in/passkey", data=data).status_code == 422


@pytest.mark.parametrize(
    "wrong", [Device(host="evil.example"), Device(flags=PRESENT), Device()], ids=["site", "pin", "key"]
)
def test_a_wrong_device_signs_nobody_in(city: City, browser: FlaskClient, wrong: Device) -> None:
    add(browser, Device())
    assert use(city.as_(None), wrong) == 422


@pytest.mark.parametrize("wrong", [Device(host="evil.example"), Device(flags=PRESENT)], ids=["site", "pin"])
def test_a_wrong_device_is_not_kept(city: City, browser: FlaskClient, wrong: Device) -> None:
    assert add(browser, wrong) == 422
    assert told(city, FactorChanged) == []


def test_a_passkey_is_added_with_the_password_only(city: City, browser: FlaskClient) -> None:
    assert add(browser, Device(), current="guess guess") == 422
    assert add(browser, Device(), current="") == 422
    assert told(city, FactorChanged) == []


@pytest.mark.parametrize(
    "answer", ["", "x", "[]", "{}", "[" * 9000, '{"id": "x"}', '{"id": "ZGV2aWNlLW9mLXRoZS10ZXN0"}', "null"]
)
def test_nonsense_is_refused(city: City, browser: FlaskClient, answer: str) -> None:
    add(browser, Device())
    assert use(city.as_(None), Device(), answer=answer) == 422
    assert use(city.as_(None), Device(), sealed="00") == 422
    assert add(browser, Device(), answer=answer) == 422


def test_a_passkey_goes_with_the_password(city: City, browser: FlaskClient) -> None:
    device = Device()
    add(browser, device)
    path = f"/account/passkeys/{encoded(device.id)}/removal"
    assert city.as_("second").post(path, data={"current": PASSWORD}).status_code == 404
    assert browser.post(path, data={"current": "guess guess"}).status_code == 422
    assert browser.post(path, data={"current": PASSWORD}).status_code == 303
    assert use(city.as_(None), device) == 422


def test_a_passkey_that_nobody_heard_of_does_not_come_about(
    city: City, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("磁盘满了")

    device = Device()
    with monkeypatch.context() as patch:
        patch.setattr(city.house.ledger, "execute", full)
        assert add(browser, device) == 503
    assert use(city.as_(None), device) == 422
    assert add(browser, device) == 303
    assert use(city.as_(None), device) == 303


def test_a_passkey_is_one_persons(city: City, browser: FlaskClient) -> None:
    device, other = Device(), city.as_("second")
    assert [add(browser, device), add(browser, device), add(other, Device())] == [303, 422, 422]
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "passkey", "added")]
    assert use(city.as_(None), device) == 303
