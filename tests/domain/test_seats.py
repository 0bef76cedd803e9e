"""Seats: given at once while there are some, then a queue in strict order."""

import pytest

from domain.activities import SlotResized
from domain.enrolments import Accepted, Promoted, Requested, Waitlisted, Withdrawn
from domain.sign_up import NoSeatsHere, SignUp, Withdraw
from tests.cast import CUT, HE, LIN, QIAO, SLOT, SPAN, STARTS, TANG, YUN, Story, a_slot, queued, seated


def test_a_free_seat_is_given_at_once(story: Story) -> None:
    story.given(*a_slot())
    assert story.when(SignUp(SLOT, HE), by=HE) == [Accepted(SLOT, HE, "volunteer", *SPAN)]


def test_a_full_slot_puts_the_next_one_on_the_waiting_list(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE))
    assert story.when(SignUp(SLOT, LIN)) == [Waitlisted(SLOT, LIN, "volunteer", 1, *SPAN)]
    assert story.when(SignUp(SLOT, YUN)) == [Waitlisted(SLOT, YUN, "volunteer", 2, *SPAN)]


def test_the_sides_fill_by_themselves(story: Story) -> None:
    story.given(*a_slot(1, 1), *seated(HE))
    assert story.when(SignUp(SLOT, QIAO, "participant")) == [Accepted(SLOT, QIAO, "participant", *SPAN)]
    assert story.when(SignUp(SLOT, TANG, "participant")) == [Waitlisted(SLOT, TANG, "participant", 1, *SPAN)]


def test_nobody_overtakes_the_queue_even_where_a_seat_is_free(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN), SlotResized(CUT, SLOT, "volunteer", 5, 1))
    assert story.when(SignUp(SLOT, YUN)) == [Waitlisted(SLOT, YUN, "volunteer", 2, *SPAN)]


def test_uncounted_seats_never_run_out(story: Story) -> None:
    story.given(*a_slot(None), *seated(HE, LIN))
    assert story.when(SignUp(SLOT, YUN)) == [Accepted(SLOT, YUN, "volunteer", *SPAN)]


def test_a_side_without_seats_takes_nobody(story: Story) -> None:
    story.given(*a_slot(0, 5))
    with pytest.raises(NoSeatsHere):
        story.when(SignUp(SLOT, HE))


# -- giving back


def test_a_seat_given_back_goes_to_the_first_of_the_queue(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN, YUN))
    assert story.when(Withdraw(SLOT, HE, "volunteer"), by=HE) == [
        Withdrawn(SLOT, HE, "volunteer", "accepted", *SPAN),
        Promoted(SLOT, LIN, "volunteer"),
    ]


def test_leaving_the_queue_or_a_request_moves_nobody_up(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN, YUN), Requested(SLOT, TANG, "volunteer", *SPAN))
    assert story.when(Withdraw(SLOT, LIN, "volunteer")) == [Withdrawn(SLOT, LIN, "volunteer", "waiting", *SPAN)]
    assert story.when(Withdraw(SLOT, TANG, "volunteer")) == [Withdrawn(SLOT, TANG, "volunteer", "requested", *SPAN)]
    assert story.when(Withdraw(SLOT, HE, "volunteer"))[1] == Promoted(SLOT, YUN, "volunteer")


def test_a_seat_given_back_above_a_smaller_number_goes_to_nobody(story: Story) -> None:
    story.given(*a_slot(3), *seated(HE, LIN, TANG), *queued(YUN), SlotResized(CUT, SLOT, "volunteer", 2, 3))
    assert story.when(Withdraw(SLOT, HE, "volunteer")) == [Withdrawn(SLOT, HE, "volunteer", "accepted", *SPAN)]


def test_nobody_is_called_up_after_the_start(story: Story) -> None:
    story.given(*a_slot(1), *seated(HE), *queued(LIN))
    gone = story.when(Withdraw(SLOT, HE, "volunteer"), at=STARTS, override="生病")
    assert gone == [Withdrawn(SLOT, HE, "volunteer", "accepted", *SPAN)]
