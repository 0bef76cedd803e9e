"""Where people are written to, and asking once more for what could not be done."""

from __future__ import annotations

import pytest

from domain.contacts import ChangeContact, ContactChanged, NoAddress, is_address
from domain.deliveries import Delivery, Retried, RetryDelivery
from domain.words import Unknown
from ledger.events import RuleBroken
from tests.cast import NAMES, SLOT, Story

PERSON = next(iter(NAMES))


def test_an_address_is_given_and_taken_back(story: Story) -> None:
    assert story.when(ChangeContact(PERSON, "xiaoman@example.org")) == [ContactChanged(PERSON, "xiaoman@example.org")]
    assert story.when(ChangeContact(PERSON)) == [ContactChanged(PERSON)]


@pytest.mark.parametrize(
    "text",
    ["", "x", "@example.org", "x@", "x@y", "x@.", "a b@example.org", "x@example.org\nBcc: y@z.org", "a@b@c.org", "小满@例.org",
     "x" * 250 + "@example.org", "<x@example.org>", "a,b@example.org"],
)  # fmt: skip
def test_what_no_server_delivers_to_is_no_address(story: Story, text: str) -> None:
    assert not is_address(text)
    with pytest.raises(NoAddress):
        story.when(ChangeContact(PERSON, text))


def test_only_people_with_a_file_are_written_to(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(ChangeContact("nobody", "x@example.org"))


def test_every_retry_is_on_the_record(story: Story) -> None:
    again = RetryDelivery("promotion-57", "promotion", SLOT, PERSON)
    assert story.when(again) == [Retried("promotion-57", "promotion", SLOT, PERSON)]
    story.when(again)
    assert story.guard("delivery:promotion-57") == Delivery(retries=2)


def test_a_key_is_an_id(story: Story) -> None:
    with pytest.raises(RuleBroken):
        story.when(RetryDelivery("a/b", "promotion", SLOT))
