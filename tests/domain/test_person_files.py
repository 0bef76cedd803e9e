"""Files of people: opened once, then checked and shown to be qualified."""

from datetime import date

import pytest

from domain.people import IdentityVerified, Person, QualificationRecorded, Registered
from domain.person_files import AlreadyRegistered, RecordQualification, RegisterPerson, VerifyIdentity
from tests.cast import HE, Story


def test_a_file_is_opened_once(story: Story) -> None:
    assert story.when(RegisterPerson("mo", "莫愁", phone="000", over=16)) == [
        Registered("mo", "莫愁", phone="000", over=16)
    ]
    with pytest.raises(AlreadyRegistered):
        story.when(RegisterPerson("mo", "莫愁"))


def test_who_somebody_is_can_be_verified(story: Story) -> None:
    assert story.when(VerifyIdentity(HE, "工会会员证")) == [IdentityVerified(HE, "工会会员证")]


def test_a_qualification_runs_out(story: Story) -> None:
    assert story.when(RecordQualification(HE, "理发", date(2026, 6, 30))) == [
        QualificationRecorded(HE, "理发", date(2026, 6, 30))
    ]
    person = story.guard("person:he")
    assert isinstance(person, Person)
    assert person.lacks(("理发",), date(2026, 6, 30)) == []
    assert person.lacks(("理发", "急救"), date(2026, 7, 1)) == ["理发", "急救"]
