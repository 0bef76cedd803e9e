"""Letters about an account: every kind in every language, nothing sent for whoever has no account or no address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from domain.accounts import AskRecovery, ChangeFactor, OpenAccount
from domain.contacts import ChangeContact
from domain.words import Due, Language
from ledger.place import Place
from projections.outbox import ASPECTS
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, Office
from workers.account_tongues import ACCOUNT_TONGUES
from workers.notices import KINDS


class TwoDoors:
    """Accounts of p1, who signs in with an address, and p2, who does not."""

    def has_account(self, person: str) -> bool:
        """Both have one."""
        return person in ("p1", "p2")

    def address(self, person: str) -> str | None:
        """Where p1 signs in."""
        return "p1-signs-in@example.org" if person == "p1" else None

    def address_before(self, person: str, position: int) -> str | None:
        """Nobody changed theirs."""
        return None

    def way_back(self, person: str, at: datetime) -> str:
        """Tells who and when."""
        return f"/enter/{person}-{at:%H%M}"


@pytest.fixture
def office(place: Place) -> Iterator[Office]:
    """Volunteers with addresses in their files, and a mail server."""
    with Mailbox() as box:
        opened = Office(place, box=box)
        opened.desk.doors = TwoDoors()
        opened.open()
        opened.now = NOW + timedelta(days=2)
        for person in ("p1", "p2", "p3"):
            opened.do(OpenAccount(person), person)
        opened.run()
        yield opened
        opened.close()


def test_every_kind_has_its_words_in_every_language_and_a_place_of_its_own() -> None:
    kinds = set(Due.__args__) - set(ASPECTS)  # type: ignore[attr-defined]  # a Literal has them
    assert set(KINDS) == kinds
    assert set(ACCOUNT_TONGUES) == set(Language.__args__)  # type: ignore[attr-defined]
    for tongue in ACCOUNT_TONGUES.values():
        assert set(tongue.kinds) == kinds
        assert all(all(words) for words in tongue.kinds.values())


def test_a_way_back_goes_where_one_signs_in_else_to_the_file(office: Office) -> None:
    for person in ("p1", "p2", "p3"):
        office.do(AskRecovery(person), "system")
    office.run()
    assert [str(mail["To"]) for mail in office.mails] == ["p1-signs-in@example.org", "p2@example.org"]
    body = office.mails[1].get_body(("plain",))
    assert body is not None
    assert "https://liandong.example.org/enter/p2-0900" in str(body.get_content())
    assert sorted(one or "" for key, one in office.outcomes().items() if key.startswith("way_back")) == [
        "done", "done", "moot",
    ]  # fmt: skip


def test_a_link_that_went_with_a_key_alarms_nobody_and_one_that_was_parted_does(office: Office) -> None:
    office.do(ChangeFactor("p2", "provider", "removed"), "p2")
    office.do(ChangeFactor("p2", "provider", "removed"), "system")
    office.run()
    parted, voided = (str(mail.get_body(("plain",)).get_content()) for mail in office.mails)  # type: ignore[union-attr]  # all have one
    assert "不是你做的" in parted
    assert "这里换了密钥" in voided
    assert "不是你做的" not in voided
    assert "再连一次" in voided


def test_two_changes_are_two_letters_and_old_ones_are_none(office: Office) -> None:
    for change in ("removed", "added", "removed"):
        office.do(ChangeFactor("p2", "totp", change), "p2")
    office.do(ChangeFactor("p2", "totp", "added"), "p2", source="import")
    office.run()
    assert sorted(str(mail["Subject"]) for mail in office.mails) == ["加上了验证码", "验证码撤下了", "验证码撤下了"]
    office.do(ChangeFactor("p2", "passkey", "added"), "p2")
    office.now += timedelta(days=4)
    office.run()
    assert len(office.mails) == 3
    assert "late" in office.outcomes().values()


def test_without_an_address_without_mail_without_accounts_it_says_so(office: Office) -> None:
    office.do(ChangeContact("p2"), "p2")
    office.do(ChangeFactor("p2", "passkey", "added"), "p2")
    office.run()
    channel, office.desk.channel = office.desk.channel, None
    office.do(ChangeFactor("p1", "passkey", "added"), "p1")
    office.run()
    office.desk.channel, office.desk.doors = channel, None
    office.do(ChangeFactor("p1", "passkey", "removed"), "p1")
    office.run()
    outcomes = {key.partition("-")[0]: [] for key in office.outcomes()}  # type: dict[str, list[str | None]]
    for key, outcome in office.outcomes().items():
        outcomes[key.partition("-")[0]].append(outcome)
    assert sorted(map(str, outcomes["passkey_added"])) == ["no_channel", "nobody"]
    assert outcomes["passkey_removed"] == ["moot"]
