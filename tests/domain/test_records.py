"""Records of kinds that have no rules yet are kept as they came."""

import pytest

from domain.forgetting import ForgetPerson
from domain.people import IsForgotten
from domain.records import KeepRecord, Kept, Record, persons_in
from ledger.checks import NotAnId, Unreadable
from tests.cast import HE, LIN, Story

WISH = KeepRecord("wish-1", 1, "WishCollected", {"items": ["电饭煲"], "cost": None, "nested": {"n": 1.5}}, "2020-02")


def test_a_record_is_kept_whole_and_its_lines_are_counted(story: Story) -> None:
    assert story.when(WISH, source="import") == [Kept(**vars(WISH))]
    assert story.when(KeepRecord("wish-1", 2, "WishDelivered", {}), source="import")
    assert story.guard("record:wish-1") == Record(lines=2)
    (kept, _) = (recorded.event for recorded in story.ledger.replay(after=story.ledger.store.head() - 2))
    assert kept == Kept(**vars(WISH)), "what is read back is what came in"


def test_a_record_has_an_id(story: Story) -> None:
    with pytest.raises(NotAnId):
        story.when(KeepRecord("wish/1", 1, "WishCollected", {}))


@pytest.mark.parametrize("number", ["1", None, 2**60])
def test_a_record_that_could_not_be_read_back_is_refused(story: Story, number: object) -> None:
    with pytest.raises(Unreadable):
        story.when(KeepRecord("wish-1", number, "WishCollected", {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "persons"),
    [
        ({"recipient": "person/he", "items": ["电饭煲"]}, ("he",)),
        ({"candidates": ["person/he", "person/lin"], "recipient": "person/he"}, ("he", "lin")),
        ({"worker": "person/w1", "client": {"id": "person/he"}}, ("he",)),
        ({"text": "person/he 来过", "town": "org/t1", "n": 1, "none": None}, ()),
    ],
)
def test_a_line_is_about_whom_it_names_and_not_about_who_served(data: object, persons: tuple[str, ...]) -> None:
    assert persons_in(data) == persons


def test_later_lines_of_a_record_are_about_the_same_persons(story: Story) -> None:
    story.when(KeepRecord("pair-1", 1, "PairingAssigned", {}, about=(HE,)), source="import")
    (said,) = story.when(KeepRecord("pair-1", 2, "HelpRequested", {"need": "年检"}, about=(LIN,)), source="import")
    assert isinstance(said, Kept)
    assert said.about == said.persons == (HE, LIN)


def test_nothing_is_kept_about_somebody_who_was_forgotten(story: Story) -> None:
    story.when(ForgetPerson(HE, "当面"), why="本人要求")
    with pytest.raises(IsForgotten):
        story.when(KeepRecord("wish-1", 1, "WishCollected", {}, about=(LIN, HE)), source="import")
    assert story.when(KeepRecord("wish-1", 1, "WishCollected", {}, about=(LIN, "nobody")), source="import")
