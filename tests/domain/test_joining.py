"""Joining by oneself, only where and while the organisation allows it."""

from __future__ import annotations

import pytest

from domain.accounts import AccountOpened
from domain.joining import ByInvitationOnly, CloseJoining, Join, JoiningClosed, JoiningOpened, OpenJoining
from domain.people import Registered, RoleGranted
from domain.person_files import AlreadyRegistered
from domain.words import Unknown
from tests.cast import AGENCY, HE, NOW, Story


def test_whoever_joins_is_a_volunteer_with_an_account(story: Story) -> None:
    story.given(JoiningOpened(AGENCY))
    assert story.when(Join("new", AGENCY, "卫一禾", "13800000000", 18), by="new") == [
        Registered("new", "卫一禾", phone="13800000000", over=18, organisation=AGENCY),
        RoleGranted("new", "volunteer", AGENCY, NOW.date()),
        AccountOpened("new"),
    ]


def test_nobody_joins_where_it_is_not_allowed(story: Story) -> None:
    with pytest.raises(ByInvitationOnly):
        story.when(Join("new", AGENCY, "卫一禾"), by="new")
    story.given(JoiningOpened(AGENCY), JoiningClosed(AGENCY))
    with pytest.raises(ByInvitationOnly):
        story.when(Join("new", AGENCY, "卫一禾"), by="new")


def test_nobody_joins_as_somebody_who_is_there(story: Story) -> None:
    story.given(JoiningOpened(AGENCY))
    with pytest.raises(AlreadyRegistered):
        story.when(Join(HE, AGENCY, "何小满"), by=HE)


def test_an_organisation_opens_and_closes_once(story: Story) -> None:
    assert story.when(OpenJoining(AGENCY)) == [JoiningOpened(AGENCY)]
    assert story.when(OpenJoining(AGENCY)) == []
    assert story.when(CloseJoining(AGENCY)) == [JoiningClosed(AGENCY)]
    assert story.when(CloseJoining(AGENCY)) == []
    with pytest.raises(Unknown):
        story.when(OpenJoining("nowhere"))
