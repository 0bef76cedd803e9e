"""Renaming an organisation."""

import pytest

from domain.organisations import Renamed
from domain.renaming import RenameOrganisation
from domain.words import ReasonMissing, Unknown
from tests.cast import STREET, Story


def test_an_organisation_gets_another_name_and_code_with_a_reason(story: Story) -> None:
    command = RenameOrganisation(STREET, "柳岸新街总工会", "X-1")
    with pytest.raises(ReasonMissing):
        story.when(command)
    assert story.when(command, why="撤镇设街") == [Renamed(STREET, "柳岸新街总工会", "X-1")]


def test_what_nobody_registered_has_no_name_to_change(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(RenameOrganisation("nobody", "谁"), why="写错了")
