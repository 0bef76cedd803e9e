"""A new key for the accounts, on either engine: nobody notices, wherever the command is stopped, and the old key opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from flask.testing import FlaskClient
from sqlalchemy import select

from domain.accounts import CloseAccount, FactorChanged, OpenAccount
from ledger.log import Ledger
from ledger.place import Place
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_second import code, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from web import accounts_codes, accounts_kept, accounts_rekey
from web import accounts_providers as providers
from web.accounts_key import KeyFile
from web.accounts_rekey import SEALED
from web.accounts_secrets import Keys
from web.accounts_store import Accounts
from web.accounts_tables import kept_form, outdated, provider
from web.kept import Kept
from web.key_commands import write_down

FOUND = providers.Provider("centre", "https://centre.example.org", "liandong", "geheim", ())


class Killed(BaseException):
    """The process ends here."""


class Town:
    """何小满 signs in with an app and recovery codes, 陆青禾 by the centre's sign-on alone."""

    def __init__(self, city: City) -> None:
        self.city, self.accounts = city, city.accounts
        city.open_account("volunteer", "小满")
        browser = city.as_(None)
        sign_in(browser, "小满")
        self.secret, self.codes = set_up(city, browser, current=PASSWORD)
        providers.save(city.accounts, FOUND)
        city.do(OpenAccount("second"))
        with city.accounts.write() as connection:
            city.accounts.open(connection, "second", city.now)
        with providers.linking(city.accounts, FOUND, "s-1", "second", city.now):
            pass
        self.old = city.accounts.keys

    def run(self, *words: str) -> str:
        """The command, in the same process as the pages: those see the new key without being started again."""
        with self.city.app.app_context():
            result = self.city.app.test_cli_runner().invoke(args=["keys", "accounts", *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    def enters(self, typed: str) -> bool:
        """Whether 何小满 comes in with their password and this code."""
        browser: FlaskClient = self.city.as_(None)
        assert sign_in(browser, "小满") == 303
        return browser.post("/sign-in/code", data={"code": typed}, buffered=True).status_code == 303

    def works(self) -> None:
        """Everything that was there is."""
        self.city.now += timedelta(minutes=1)
        assert self.enters(code(self.city, self.secret))
        assert self.enters(self.codes.pop())
        assert self.accounts.names_of("volunteer") == {"name": "小满"}
        assert providers.find(self.accounts, "centre") == FOUND
        assert providers.owner(self.accounts, FOUND, "s-1") == "second"

    def opened_by(self, keys: Keys) -> int:
        """How many of the sealed texts these keys open."""
        count = 0
        for one in SEALED:
            with self.accounts.read() as connection:
                rows = connection.execute(select(one.whose, one.column).where(one.column.is_not(None))).all()
            for whose, text in rows:
                try:
                    keys.unseal(one.owner_of(whose), text)
                    count += 1
                except InvalidTag:
                    pass
        return count


@pytest.fixture
def town(engine: str, city_place: Callable[[str], Place]) -> Iterator[Town]:
    """On either engine."""
    for city in opened_city(city_place(engine)):
        yield Town(city)


def test_nobody_notices_a_new_key_and_the_old_one_opens_nothing_afterwards(town: Town) -> None:
    texts = town.opened_by(town.old)
    assert texts == 3, "a name, an app, a provider's secret"
    said = town.run()
    assert "新密钥已经在用，3 处密文换成了新的" in said
    assert "1 个人的统一登录等他下次登录，1 个人的恢复码等他自己换" in said
    town.works()
    assert town.opened_by(town.old) == 0
    assert town.opened_by(town.accounts.keys) == texts
    providers.note_use(town.accounts, FOUND, "s-1", town.city.now)  # as signing in does
    assert "上次已经在用，0 处" in town.run()
    with town.accounts.write() as connection:
        accounts_codes.renew(connection, town.accounts, "volunteer", town.city.now)
    fresh = accounts_codes.waiting(town.accounts, "volunteer", town.city.now)
    assert fresh
    town.codes = fresh.codes
    assert "0 个人的统一登录断开了，0 个人的恢复码作废了" in town.run("--finish")
    assert len(town.accounts.key.lines) == 1
    town.works()
    assert [event for event in told(town.city, FactorChanged) if event.change == "removed"] == []  # type: ignore[attr-defined]  # FactorChanged


def test_destroying_the_old_key_at_once_takes_away_what_only_it_opens_and_says_so(town: Town) -> None:
    assert "没有旧的可以销毁" in town.run("--finish")
    town.run()
    said = town.run("--finish")
    assert "1 个人的统一登录断开了，1 个人的恢复码作废了" in said
    assert "请发一个新的登录链接：second" in said
    assert told(town.city, FactorChanged)[-2:] == [
        FactorChanged("second", "provider", "removed"),
        FactorChanged("volunteer", "recovery_codes", "removed"),
    ]
    town.city.now += timedelta(minutes=1)
    assert town.enters(code(town.city, town.secret))
    assert not town.enters(town.codes.pop())
    assert providers.owner(town.accounts, FOUND, "s-1") is None
    town.city.house.follower.catch_up()
    with town.city.house.views.read() as connection:
        due = {
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT kind FROM due WHERE kind IN ('codes_removed', 'provider_removed', 'provider_voided')"
            )
        }
    assert due == {"codes_removed", "provider_voided"}, "nobody is told to be alarmed who did it"


def dying(real: Callable[..., Any], after: int) -> Callable[..., Any]:
    """The same function, in which the process ends after so many calls."""
    calls = iter(range(after + 1))

    def call(*asked: Any) -> Any:
        done = real(*asked)
        if next(calls) == after:
            raise Killed
        return done

    return call


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        (accounts_rekey, "_note_hashes", 0),
        (accounts_rekey, "_note_hashes", 1),
        (KeyFile, "begin", 0),
        (accounts_rekey, "_anew", 0),
        (accounts_rekey, "_anew", 1),
    ],
    ids=lambda value: str(getattr(value, "__name__", value)).rpartition(".")[2],
)
def test_wherever_it_is_stopped_everybody_comes_in_and_the_next_call_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, after: int
) -> None:
    monkeypatch.setattr(where, name, dying(getattr(where, name), after))
    with pytest.raises(Killed):
        town.run()
    monkeypatch.undo()
    town.works()
    town.run()
    assert len(town.accounts.key.lines) == 2, "not a third key"
    town.works()
    assert town.opened_by(town.old) == 0
    left = accounts_rekey.left(town.accounts)
    assert (left.elsewhere, left.codes, left.shut_out) == (["second"], ["volunteer"], ["second"])


@pytest.mark.parametrize(("where", "name"), [(accounts_rekey, "_left"), (KeyFile, "end")])
def test_stopped_while_the_old_key_is_destroyed_it_is_destroyed_by_the_next_call(
    town: Town, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    town.run()
    monkeypatch.setattr(where, name, dying(getattr(where, name), 0))
    with pytest.raises(Killed):
        town.run("--finish")
    monkeypatch.undo()
    if len(town.accounts.key.lines) > 1:
        town.run("--finish")
    assert len(town.accounts.key.lines) == 1
    town.city.now += timedelta(minutes=1)
    assert town.enters(code(town.city, town.secret))
    assert not town.enters(town.codes.pop())
    with town.accounts.read() as connection:
        assert connection.execute(select(outdated.c.hash)).all() == []


def just_before(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Another process begins a new key just before this one takes the lock of the accounts for this time, counted from 0."""
    real, left = Accounts.write, iter(range(number, -1, -1))

    def write(accounts: Accounts) -> Any:
        if not next(left):
            monkeypatch.undo()
            assert accounts_rekey.begin(accounts)
        return real(accounts)

    monkeypatch.setattr(Accounts, "write", write)


@pytest.mark.parametrize("number", [0, 1])
def test_of_two_calls_at_once_one_makes_a_new_key(town: Town, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    just_before(monkeypatch, number)
    assert not accounts_rekey.begin(town.accounts)
    assert len(town.accounts.key.lines) == 2, "not a third key"
    left = accounts_rekey.left(town.accounts)
    assert (left.elsewhere, left.codes) == (["second"], ["volunteer"])


def test_what_is_kept_while_a_new_key_begins_is_sealed_by_the_new_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    just_before(monkeypatch, 0)
    providers.save(town.accounts, FOUND)
    with town.accounts.read() as connection:
        secret = connection.execute(select(provider.c.secret)).scalar_one()
    assert town.accounts.keys.is_newest("provider centre", secret)
    assert len(list(accounts_rekey.finish(town.accounts, lambda _: None))) == 1
    just_before(monkeypatch, 0)
    assert accounts_kept.keep(town.accounts, Kept("volunteer", "/me/profile", []), town.city.now)
    with town.accounts.read() as connection:
        form = connection.execute(select(kept_form.c.form)).scalar_one()
    assert town.accounts.keys.is_newest("kept volunteer", form)


def losses(town: Town) -> list[str]:
    """Who was told that something of theirs went, in order."""
    return [event.person for event in told(town.city, FactorChanged) if event.change == "removed"]  # type: ignore[attr-defined]  # FactorChanged


def test_what_only_the_old_key_opens_goes_in_portions_and_a_second_call_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run()
    monkeypatch.setattr(accounts_rekey, "PEOPLE", 1)
    execute_all, killed = Ledger.execute_all, iter([False, True])

    def and_killed(*asked: Any) -> Any:
        if next(killed):
            raise Killed
        return execute_all(*asked)

    monkeypatch.setattr(Ledger, "execute_all", and_killed)
    with pytest.raises(Killed):
        town.run("--finish")
    monkeypatch.setattr(Ledger, "execute_all", execute_all)
    assert losses(town) == ["second"], "the first portion is done"
    assert providers.owner(town.accounts, FOUND, "s-1") is None
    assert town.enters(town.codes.pop()), "the second is not"
    assert len(town.accounts.key.lines) == 2
    assert "0 个人的统一登录断开了，1 个人的恢复码作废了" in town.run("--finish")
    assert losses(town) == ["second", "volunteer"]
    assert len(town.accounts.key.lines) == 1


def test_whoever_was_told_before_it_was_stopped_is_not_told_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.run()
    with monkeypatch.context() as patched:
        patched.setattr("web.key_commands.write_down", dying(write_down, 0))
        with pytest.raises(Killed):
            town.run("--finish")
    assert losses(town) == ["second", "volunteer"]
    assert providers.owner(town.accounts, FOUND, "s-1") == "second", "nothing is gone yet"
    said = town.run("--finish")
    assert "1 个人的统一登录断开了，1 个人的恢复码作废了" in said
    assert losses(town) == ["second", "volunteer"]
    assert providers.owner(town.accounts, FOUND, "s-1") is None


def test_whoever_has_no_account_any_more_keeps_nobody_from_being_told(town: Town) -> None:
    town.run()
    town.city.do(CloseAccount("second"))  # and their tables are not emptied yet
    assert "1 个人的统一登录断开了，1 个人的恢复码作废了" in town.run("--finish")
    assert losses(town) == ["volunteer"]


def test_the_next_new_key_tells_of_its_own_losses(town: Town) -> None:
    for _ in range(2):
        town.run()
        town.run("--finish")
        with town.accounts.write() as connection:
            accounts_codes.renew(connection, town.accounts, "volunteer", town.city.now)
    assert losses(town) == ["second", "volunteer", "volunteer"]


def test_the_slower_of_two_calls_leaves_alone_a_key_that_was_begun_meanwhile(town: Town) -> None:
    town.run()
    slower = accounts_rekey.finish(town.accounts, lambda _: None)
    assert next(slower).elsewhere == ["second"]
    town.run("--finish")
    town.enters(code(town.city, town.secret))
    town.run()
    assert list(slower) == []
    assert len(town.accounts.key.lines) == 2
