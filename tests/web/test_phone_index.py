"""Somebody is found by their whole phone number, which stands readable nowhere but on the page of whoever may read it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from domain.contacts import ChangeContact
from domain.duplicates import MergePersons
from domain.own_data import CorrectDetails
from domain.person_files import RegisterPerson
from ledger.blind import alike, blinded
from ledger.follow import view_differences
from ledger.keys import KeyStore
from projections import contacts
from tests.web.conftest import World
from web.accounts_secrets import plain

PHONE, OTHER = "13912345678", "13700002222"
ADDRESS = "xiaohe@example.org"
WIDE, WIDE_ADDRESS = (
    one.translate({code: code + 0xFEE0 for code in range(ord("!"), ord("~"))}) for one in (PHONE, ADDRESS)
)
"""As a keyboard for Chinese types them."""


@pytest.fixture
def town(world: World) -> World:
    """Somebody whom the centre knows, with a phone."""
    world.do(RegisterPerson("called", "霍晓禾", phone=PHONE, organisation="centre"))
    return world


def addressed(world: World, typed: str = ADDRESS) -> list[str]:
    """Whose mail goes to the address."""
    keys = world.house.ledger.keys
    assert keys is not None
    with world.house.views.read() as connection:
        return contacts.addressed(connection, keys.blinds(typed))


def found(world: World, typed: str, viewer: str = "owner") -> bool:
    return "/people/called" in world.as_(viewer).get("/people", query_string={"q": typed}).text


@pytest.mark.parametrize("typed", [PHONE, "+86 139-1234-5678", "139 1234 5678", WIDE])
def test_the_whole_number_finds_its_person_however_it_is_typed(town: World, typed: str) -> None:
    assert found(town, typed)
    assert not found(town, typed, "stranger")


@pytest.mark.parametrize("typed", [PHONE[-4:], PHONE[:-1], PHONE + "0", "139", "a" + PHONE])
def test_a_part_of_a_number_finds_nobody(town: World, typed: str) -> None:
    assert not found(town, typed)


def test_a_new_number_takes_the_place_of_the_old_and_a_merge_keeps_both(town: World) -> None:
    town.do(CorrectDetails("called", phone=OTHER), actor="called")
    assert (found(town, PHONE), found(town, OTHER)) == (False, True)
    town.do(RegisterPerson("twice", "霍晓禾", phone=PHONE, organisation="centre"))
    town.do(MergePersons("twice", "called"), reason="同一个人")
    assert (found(town, PHONE), found(town, OTHER)) == (True, True)
    town.do(CorrectDetails("called", phone=""), actor="called")
    assert (found(town, PHONE), found(town, OTHER)) == (True, False)


@pytest.mark.parametrize(
    "typed", [ADDRESS, "XiaoHe@Example.org", " xiaohe@example.org", "xiaohe@ example.org", WIDE_ADDRESS]
)
def test_an_address_is_the_same_to_find_its_file_and_to_sign_in_however_it_is_typed(town: World, typed: str) -> None:
    town.do(ChangeContact("called", "XiaoHe@example.org"), actor="called")
    assert addressed(town, typed) == ["called"]
    assert alike(typed) == plain(typed) == ADDRESS


@pytest.mark.parametrize(
    ("stored", "blind"),
    [
        ("XiaoHe@Example.org", "54941f101edef271615ec1ead9fba29558654d189de3c7d7d4968c55da8ac45b"),
        ("+86 139-1234-5678", "d64be4367b543047aad973665829e7166ee415bb578b40d45b73f868bbb05a27"),
    ],
)
def test_what_earlier_versions_stored_is_still_found(stored: str, blind: str) -> None:
    """An address in a file is ASCII without blanks (`is_address`), so reading width and blanks alike changed no stored hash."""
    assert blinded(b"key", stored) == blind


def test_the_read_models_hold_a_keyed_hash_and_no_number(town: World) -> None:
    with town.house.views.read() as connection:
        (blind,) = connection.execute(text("SELECT blind FROM phone_index WHERE person = 'called'")).one()
        rows = connection.execute(text("SELECT * FROM person")).all()
    assert blind not in (PHONE, blinded(b"", PHONE))
    assert PHONE not in str(rows)
    assert PHONE in town.as_("owner").get("/people/called").text
    assert view_differences(town.house.follower) == []


def test_every_process_makes_the_same_hash_and_every_installation_another(
    town: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys, place = town.house.ledger.keys, town.house.place
    assert keys is not None
    other, away = KeyStore(place.keys, place.master), tmp_path_factory.mktemp("away")
    foreign = KeyStore(away / "keys.db", away / "keys" / "master")
    assert other.blind(PHONE) == keys.blind(PHONE) != foreign.blind(PHONE)
    before = keys.blind(PHONE)
    assert keys.rotate("2099-01")
    again = KeyStore(place.keys, place.master)
    assert again.blind(PHONE) == before, "wrapped anew, and the same key"
    for store in (other, foreign, again):
        store.close()


def test_the_key_of_the_index_changes_while_everything_runs_wherever_it_is_stopped(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, place = town.house.ledger.keys, town.house.place
    assert keys is not None
    elsewhere = KeyStore(place.keys, place.master)  # another process, which has the old key at hand
    before = elsewhere.blind(PHONE)
    town.do(ChangeContact("called", ADDRESS), actor="called")
    monkeypatch.setattr(KeyStore, "drop_indexes", broken)
    for _ in range(2):  # stopped before the old key is destroyed, and once more
        with pytest.raises(Killed):
            change_index(town)
        assert found(town, PHONE), "by either key"
        assert addressed(town) == ["called"]
    elsewhere.doubt()
    assert len(elsewhere.blinds(PHONE)) == 2, "not a third key"
    assert elsewhere.blind(PHONE) != before
    monkeypatch.undo()
    assert "1 把旧密钥已销毁" in change_index(town)
    elsewhere.doubt()
    assert elsewhere.blinds(PHONE) == keys.blinds(PHONE)
    assert before not in elsewhere.blinds(PHONE)
    assert found(town, PHONE)
    assert addressed(town) == ["called"]
    town.do(CorrectDetails("called", phone=OTHER), actor="called")
    assert (found(town, PHONE), found(town, OTHER)) == (False, True)
    assert view_differences(town.house.follower) == []
    assert keys.rotate("2099-01")
    assert found(town, OTHER)
    assert "1 把旧密钥已销毁" in change_index(town), "and again"
    assert found(town, OTHER)
    elsewhere.close()


class Killed(BaseException):
    """The process ends here."""


def broken(_: KeyStore) -> int:
    raise Killed


def change_index(town: World) -> str:
    """The command; what it says."""
    with town.app.app_context():
        return town.app.test_cli_runner().invoke(args=["keys", "index"]).output
