"""Guessing is stopped, and only guessing: a thousand attempts at once get no further, and the rightful owner still gets in."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from domain.accounts import SignInFailed
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_second import code, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from web import accounts_limits as limits

ATTEMPTS = 1000


def from_network(city: City, address: str) -> FlaskClient:
    browser = city.as_(None)
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


@pytest.fixture
def owner(city: City) -> FlaskClient:
    """The browser of He Xiaoman, who signed in with it before."""
    city.open_account("volunteer", "小满")
    browser = from_network(city, "203.0.113.7")
    assert sign_in(browser, "小满") == 303
    browser.post("/sign-out")
    return browser


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """How often a password was really compared, by whether it was right; without the hashing, which takes its time."""
    seen: Counter[bool] = Counter()

    def looks(_stored: str | None, password: str) -> bool:
        seen[password == PASSWORD] += 1
        return password == PASSWORD

    monkeypatch.setattr("web.signin.is_right", looks)
    return seen


def attack(city: City, networks: int, name: str = "小满") -> Counter[int]:
    """So many guesses at once from so many networks; how they were answered."""

    def guess(number: int) -> int:
        browser = from_network(city, f"198.51.100.{number % networks}")
        return sign_in(browser, name, f"guess number {number}")

    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(guess, range(ATTEMPTS)))


def test_a_thousand_guesses_from_one_place_are_ten(city: City, owner: FlaskClient, looked_at: Counter[bool]) -> None:
    answers = attack(city, networks=1)
    assert answers == {422: 10, 429: ATTEMPTS - 10}
    assert looked_at == {False: 10}
    assert len(told(city, SignInFailed)) == 10
    assert sign_in(owner, "小满") == 303
    assert sign_in(from_network(city, "192.0.2.1"), "小满") == 303, "from anywhere else, even on a new device"


def test_a_thousand_guesses_from_everywhere_are_sixty_and_the_owner_gets_in(
    city: City, owner: FlaskClient, looked_at: Counter[bool]
) -> None:
    answers = attack(city, networks=100)
    assert answers == {422: 60, 429: ATTEMPTS - 60}
    assert sign_in(owner, "小满") == 303
    new = from_network(city, "192.0.2.1")
    assert sign_in(new, "小满") == 429
    assert new.post(link_for(city, "volunteer"), data={"password": "又一个 谁也猜不到"}).status_code == 303
    city.now += timedelta(hours=1)
    assert sign_in(from_network(city, "192.0.2.1"), "小满") == 303


def test_whoever_tries_many_names_is_stopped_for_all_of_them(city: City, looked_at: Counter[bool]) -> None:
    browser = from_network(city, "198.51.100.1")
    answers = Counter(sign_in(browser, f"name {number // 5}", "guess guess") for number in range(300))
    assert answers == {422: 200, 429: 100}


def test_a_name_that_nobody_has_is_limited_like_any_other(
    city: City, owner: FlaskClient, looked_at: Counter[bool]
) -> None:
    for name in ("小满", "nobody"):
        browser = from_network(city, f"198.51.100.{len(name)}")
        assert [sign_in(browser, name, "guess guess") for _ in range(11)] == [422] * 10 + [429]


def test_a_stolen_device_guesses_no_more_than_others(city: City, owner: FlaskClient, looked_at: Counter[bool]) -> None:
    assert [sign_in(owner, "小满", "guess guess") for _ in range(11)] == [422] * 10 + [429]


def test_a_device_is_known_to_its_own_account_only(city: City, owner: FlaskClient, looked_at: Counter[bool]) -> None:
    city.open_account("second", "青禾")
    for _ in range(10):
        sign_in(owner, "青禾", "guess guess")
    assert sign_in(owner, "青禾") == 429
    assert sign_in(owner, "小满") == 303


def test_success_forgets_slips_of_the_finger(city: City, owner: FlaskClient, looked_at: Counter[bool]) -> None:
    browser = from_network(city, "198.51.100.1")
    for _ in range(3):
        assert [sign_in(browser, "小满", word) for word in ["guess guess"] * 9 + [PASSWORD]] == [422] * 9 + [303]
        browser.delete_cookie("device")
        browser.post("/sign-out")


def test_one_is_told_when_to_come_back(city: City, owner: FlaskClient, looked_at: Counter[bool]) -> None:
    browser = from_network(city, "198.51.100.1")
    for _ in range(10):
        sign_in(browser, "小满", "guess guess")
    city.now += timedelta(minutes=5)
    answer = browser.post("/sign-in", data={"name": "小满", "password": PASSWORD})
    assert answer.status_code == 429
    assert "请 10 分钟后再试" in answer.text
    city.now += timedelta(minutes=10)
    assert sign_in(browser, "小满") == 303


def test_codes_are_not_guessed_either(city: City) -> None:
    city.open_account("volunteer", "小满")
    first = city.as_(None)
    sign_in(first, "小满")
    secret, _ = set_up(city, first, current=PASSWORD)
    city.now += timedelta(minutes=1)
    thief = from_network(city, "198.51.100.1")
    sign_in(thief, "小满")
    guesses = [thief.post("/sign-in/code", data={"code": f"{n:06}"}, buffered=True).status_code for n in range(11)]
    assert guesses == [422] * 10 + [429]
    assert thief.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 429
    sign_in(first, "小满")
    assert first.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303


def test_a_thousand_codes_at_once_are_ten_and_the_owner_gets_in(city: City) -> None:
    """By whoever knows the password, in one session: the owner, on a device of theirs, has tries of their own."""
    city.open_account("volunteer", "小满")
    first = from_network(city, "203.0.113.7")
    sign_in(first, "小满")
    secret, _ = set_up(city, first, current=PASSWORD)
    city.now += timedelta(minutes=1)
    thief = from_network(city, "198.51.100.1")
    sign_in(thief, "小满")
    with thief.session_transaction() as session:
        token = session["token"]

    def guess(number: int) -> int:
        browser = from_network(city, "198.51.100.1")
        with browser.session_transaction() as session:
            session["token"] = token
        return browser.post("/sign-in/code", data={"code": f"{number:06}"}, buffered=True).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(guess, range(ATTEMPTS)))
    assert answers == {422: 10, 429: ATTEMPTS - 10}
    assert len(told(city, SignInFailed)) == 10
    sign_in(first, "小满")
    assert first.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303
    assert first.get("/me/record").status_code == 200


def test_whoever_sits_at_an_unlocked_browser_does_not_guess_the_password(city: City) -> None:
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")
    data = {"current": "guess guess", "password": "又一个 谁也猜不到"}
    pages = [browser.post("/account/password", data=data).text for _ in range(11)]
    assert "现在的密码不对" in pages[9]
    assert "试得太多了" in pages[10]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", str(0x2001_0DB8_0001_0002)),
        ("2001:db8:1:2::1", str(0x2001_0DB8_0001_0002)),
        ("@", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_what_one_subscriber_has(address: str | None, network: str) -> None:
    assert limits.network(address) == network


def test_whoever_asks_for_one_name_after_the_other_does_not_learn_who_has_an_account(city: City) -> None:
    city.open_account("second", "青禾")
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")

    def ask(path: str, name: str) -> str:
        answer = browser.post(path, data={"name": name, "current": PASSWORD, "password": PASSWORD})
        return "taken" if "已经有人用来登录" in answer.text else "often" if "试得太多了" in answer.text else ""

    link = link_for(city, "third")
    for path in ("/account/names", link):
        assert [ask(path, "青禾") for _ in range(10)] == ["taken"] * 10
        assert ask(path, "青禾") == ask(path, "没有人叫这个") == "often"
    assert ask("/account/names", "小满") == "", "one's own are nobody else's business"
    city.now += timedelta(hours=1)
    assert ask(link, "一禾") == ""
    assert sign_in(city.as_(None), "一禾") == 303
