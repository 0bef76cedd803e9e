"""Roles: held for an organisation, granted once, ended, and counted by the day."""

from datetime import date

import pytest

from domain.people import Person, RoleEnded, RoleGranted
from domain.roles import EndRole, GrantRole, RoleNotHeld
from tests.cast import HE, NOW, STREET, Story


def test_a_role_is_held_for_an_organisation_and_granted_once(story: Story) -> None:
    grant = GrantRole(HE, "organiser", STREET, date(2026, 1, 1))
    assert story.when(grant) == [RoleGranted(HE, "organiser", STREET, date(2026, 1, 1))]
    assert story.when(grant) == []
    with pytest.raises(RoleNotHeld):
        story.when(EndRole(HE, "organiser"))
    assert story.when(EndRole(HE, "organiser", STREET)) == [RoleEnded(HE, "organiser", STREET, NOW.date())]
    with pytest.raises(RoleNotHeld):
        story.when(EndRole(HE, "organiser", STREET))
    assert story.when(grant), "a role that ended can be granted again"


def test_paid_work_counts_by_the_day_on_which_it_was_done(story: Story) -> None:
    story.given(
        RoleGranted(HE, "social_worker", STREET, date(2026, 3, 1)),
        RoleEnded(HE, "social_worker", STREET, date(2026, 6, 30)),
        RoleGranted(HE, "social_worker", STREET, date(2026, 9, 1)),
        RoleGranted(HE, "volunteer", STREET),
    )
    person = story.guard("person:he")
    assert isinstance(person, Person)
    paid = {day: person.is_paid_by(STREET, date(2026, *day)) for day in ((2, 28), (3, 1), (6, 30), (7, 1), (9, 1))}
    assert paid == {(2, 28): False, (3, 1): True, (6, 30): True, (7, 1): False, (9, 1): True}
    assert not person.is_paid_by("union", date(2026, 9, 1))
