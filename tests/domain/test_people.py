"""People: files, dated roles, qualifications, consent, and two files that are one person."""

from datetime import date

import pytest

from domain.consents import GiveConsent, WithdrawConsent
from domain.people import (
    AlreadyRegistered,
    CannotMerge,
    ConsentGiven,
    ConsentWithdrawn,
    DismissDuplicate,
    DuplicateDismissed,
    DuplicateFlagged,
    EndRole,
    FlagDuplicate,
    GrantRole,
    IdentityVerified,
    IsMerged,
    Merged,
    MergePersons,
    Person,
    QualificationRecorded,
    RecordQualification,
    Registered,
    RegisterPerson,
    RoleEnded,
    RoleGranted,
    RoleNotHeld,
    VerifyIdentity,
    same_human,
)
from domain.words import ReasonMissing, Unknown
from tests.cast import HE, LIN, NOW, QIAO, STREET, TANG, YUN, Story


def test_a_file_is_opened_once(story: Story) -> None:
    assert story.when(RegisterPerson("mo", "莫愁", phone="000", over=16)) == [
        Registered("mo", "莫愁", phone="000", over=16)
    ]
    with pytest.raises(AlreadyRegistered):
        story.when(RegisterPerson("mo", "莫愁"))


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


def test_who_somebody_is_can_be_verified(story: Story) -> None:
    assert story.when(VerifyIdentity(HE, "工会会员证")) == [IdentityVerified(HE, "工会会员证")]


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


def test_a_qualification_runs_out(story: Story) -> None:
    assert story.when(RecordQualification(HE, "理发", date(2026, 6, 30))) == [
        QualificationRecorded(HE, "理发", date(2026, 6, 30))
    ]
    person = story.guard("person:he")
    assert isinstance(person, Person)
    assert person.lacks(("理发",), date(2026, 6, 30)) == []
    assert person.lacks(("理发", "急救"), date(2026, 7, 1)) == ["理发", "急救"]


def test_consent_is_given_and_withdrawn_once(story: Story) -> None:
    assert story.when(GiveConsent(HE, "story", guardian=True)) == [ConsentGiven(HE, "story", guardian=True)]
    assert story.when(GiveConsent(HE, "story")) == []
    assert story.when(WithdrawConsent(HE, "story")) == [ConsentWithdrawn(HE, "story")]
    assert story.when(WithdrawConsent(HE, "story")) == []


def test_two_files_that_look_alike_are_flagged_until_somebody_decides(story: Story) -> None:
    assert story.when(FlagDuplicate(TANG, (TANG, QIAO))) == [DuplicateFlagged(TANG, (TANG, QIAO))]
    assert getattr(story.guard("person:qiao"), "suspects") == (QIAO, TANG)  # noqa: B009 - guards are typed by tag only
    with pytest.raises(ReasonMissing):
        story.when(DismissDuplicate(TANG, (TANG, QIAO)))
    assert story.when(DismissDuplicate(TANG, (TANG, QIAO)), why="见过两人") == [DuplicateDismissed(TANG, (TANG, QIAO))]
    assert story.when(DismissDuplicate(TANG, (TANG, QIAO)), why="见过两人") == [], "nothing is left to dismiss"


def test_one_file_is_no_duplicate_of_itself(story: Story) -> None:
    with pytest.raises(CannotMerge):
        story.when(FlagDuplicate(TANG, (TANG, TANG)))
    with pytest.raises(CannotMerge):
        story.when(MergePersons(TANG, TANG), why="同一人")


def test_merging_needs_a_reason_and_two_living_files(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(MergePersons(TANG, QIAO))
    assert story.when(MergePersons(TANG, QIAO), why="同一人") == [Merged(TANG, QIAO, over=18)]
    for pair in ((TANG, HE), (HE, TANG)):
        with pytest.raises(IsMerged):
            story.when(MergePersons(*pair), why="同一人")
    with pytest.raises(IsMerged):
        story.when(GiveConsent(TANG, "story"))


def test_the_file_that_stays_counts_what_both_were_known_for(story: Story) -> None:
    story.given(Registered("child", "小树", over=None), Registered("grown", "小树", over=16))
    story.given(
        QualificationRecorded("grown", "理发", date(2026, 6, 30)),
        QualificationRecorded("grown", "急救"),
        QualificationRecorded("child", "理发", date(2027, 6, 30)),
        QualificationRecorded("child", "急救", date(2026, 6, 30)),
        QualificationRecorded("child", "手语"),
    )
    story.when(MergePersons("grown", "child"), why="同一人")
    story.when(MergePersons("child", HE), why="同一人")
    child, he = story.guard("person:child"), story.guard("person:he")
    assert isinstance(child, Person)
    assert isinstance(he, Person)
    assert (child.over, he.over) == (16, 18)
    assert child.skills == he.skills == {"理发": date(2027, 6, 30), "急救": None, "手语": None}


def test_a_chain_of_merges_ends_in_one_person(story: Story) -> None:
    story.when(MergePersons(TANG, QIAO), why="同一人")
    story.when(MergePersons(YUN, QIAO), why="同一人")
    assert story.when(MergePersons(QIAO, HE), why="同一人") == [Merged(QIAO, HE, (TANG, YUN), 18)]
    files = {person: story.guard(f"person:{person}") for person in (TANG, QIAO, YUN, HE)}
    assert {getattr(files[person], "root") for person in (TANG, QIAO, YUN)} == {HE}  # noqa: B009
    for one in files:
        for other in files:
            assert same_human(one, files[one], other, files[other])  # type: ignore[arg-type]
    assert not same_human(LIN, Person(), HE, files[HE])  # type: ignore[arg-type]
