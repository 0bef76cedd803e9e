"""People: nothing is written about a stranger."""

import pytest

from domain.consents import GiveConsent
from domain.duplicates import DismissDuplicate, FlagDuplicate, MergePersons
from domain.person_files import RecordQualification, VerifyIdentity
from domain.roles import GrantRole
from domain.words import Unknown
from tests.cast import HE, LIN, Story


@pytest.mark.parametrize(
    "command",
    [
        VerifyIdentity("nobody", "身份证"),
        GrantRole("nobody", "volunteer"),
        RecordQualification("nobody", "理发"),
        GiveConsent("nobody", "story"),
        FlagDuplicate("nobody", (HE, LIN)),
        FlagDuplicate(HE, (HE, "nobody")),
        DismissDuplicate("nobody", (HE, LIN)),
        DismissDuplicate(HE, (HE, "nobody")),
        MergePersons("nobody", HE),
        MergePersons(HE, "nobody"),
    ],
)
def test_nothing_is_written_about_a_stranger(story: Story, command: VerifyIdentity) -> None:
    with pytest.raises(Unknown):
        story.when(command, why="核实")
