"""Records of kinds that have no rules yet are kept as they came."""

import pytest

from domain.records import KeepRecord, Kept, Record
from ledger.checks import NotAnId, Unreadable
from tests.cast import Story

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
