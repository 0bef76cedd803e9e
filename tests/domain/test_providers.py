"""An organisation's own provider is set up, changed and removed; nothing of its secret is said."""

from __future__ import annotations

import pytest

from domain.providers import ProviderChanged, ProviderRemoved, ProviderSetUp, RemoveProvider, SetUpProvider
from domain.words import Unknown
from tests.cast import AGENCY, Story

ISSUER = "https://login.example.org"


def test_a_provider_is_set_up_then_changed_and_removed_once(story: Story) -> None:
    assert story.when(SetUpProvider(AGENCY, ISSUER, (), True)) == [ProviderSetUp(AGENCY, ISSUER)]
    assert story.when(SetUpProvider(AGENCY, ISSUER, ("a.example",))) == [
        ProviderChanged(AGENCY, ISSUER, ("a.example",))
    ]
    assert story.when(RemoveProvider(AGENCY)) == [ProviderRemoved(AGENCY)]
    assert story.when(RemoveProvider(AGENCY)) == []
    assert story.when(SetUpProvider(AGENCY, ISSUER)) == [ProviderSetUp(AGENCY, ISSUER)]


def test_an_organisation_that_is_not_there_has_none(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(SetUpProvider("nobody", ISSUER))
