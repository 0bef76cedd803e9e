"""The tree of organisations: who may stand under whom, and what a suspended one may not do."""

import pytest

from domain.activities import Drafted, SlotAdded
from domain.organisations import (
    AlreadyRegistered,
    Circle,
    IsSuspended,
    Registered,
    RegisterOrganisation,
    Reparented,
    ReparentOrganisation,
    Resumed,
    ResumeOrganisation,
    Suspended,
    SuspendOrganisation,
    WrongRung,
)
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ReasonMissing, Unknown
from tests.cast import AGENCY, CUT, ENDS, STARTS, STREET, UNION, Story, a_slot


def test_an_enterprise_union_hangs_below_its_street(story: Story) -> None:
    assert story.when(RegisterOrganisation("mill", "棉纺厂工会", "enterprise", STREET, "U-7")) == [
        Registered("mill", "棉纺厂工会", "enterprise", STREET, "U-7")
    ]


def test_an_organisation_is_registered_once(story: Story) -> None:
    with pytest.raises(AlreadyRegistered):
        story.when(RegisterOrganisation(STREET, "又一个", "town_union", UNION))


def test_a_parent_must_be_on_the_books(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(RegisterOrganisation("mill", "棉纺厂工会", "enterprise", "nowhere"))
    with pytest.raises(Unknown):
        story.when(RegisterOrganisation("mill", "棉纺厂工会", "enterprise", "mill"))


@pytest.mark.parametrize(
    ("kind", "parent"), [("city_union", STREET), ("town_union", STREET), ("enterprise", AGENCY), ("town_union", AGENCY)]
)
def test_a_union_stands_under_a_higher_rung_of_its_own_line(story: Story, kind: str, parent: str) -> None:
    with pytest.raises(WrongRung) as refused:
        story.when(RegisterOrganisation("mill", "棉纺厂工会", kind, parent))  # type: ignore[arg-type]
    assert "_union" not in str(refused.value), "a page shows Chinese words"


def test_an_agency_hangs_from_any_rung_and_from_another_agency(story: Story) -> None:
    for number, parent in enumerate((UNION, STREET, AGENCY)):
        assert story.when(RegisterOrganisation(f"station{number}", "服务站", "service_station", parent))


def test_moving_needs_a_reason_and_a_place_that_can_carry_it(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(ReparentOrganisation(AGENCY, STREET))
    with pytest.raises(ReasonMissing):
        story.when(ReparentOrganisation(AGENCY, STREET), why="  \n ")
    with pytest.raises(Unknown):
        story.when(ReparentOrganisation("nobody", STREET), why="划归")
    with pytest.raises(WrongRung):
        story.when(ReparentOrganisation(STREET, AGENCY), why="划归")
    assert story.when(ReparentOrganisation(AGENCY, STREET), why="划归") == [Reparented(AGENCY, STREET)]
    assert story.when(ReparentOrganisation(AGENCY, None), why="独立") == [Reparented(AGENCY, None)]


def test_nobody_stands_below_themselves_however_long_the_way(story: Story) -> None:
    story.given(Registered("b", "二", "agency", AGENCY), Registered("c", "三", "agency", "b"))
    for parent in (AGENCY, "b", "c"):
        with pytest.raises(Circle):
            story.when(ReparentOrganisation(AGENCY, parent), why="划归")


def test_suspending_needs_a_reason_and_happens_once(story: Story) -> None:
    with pytest.raises(ReasonMissing):
        story.when(SuspendOrganisation(STREET))
    assert story.when(SuspendOrganisation(STREET), why="换届") == [Suspended(STREET)]
    assert story.when(SuspendOrganisation(STREET), why="换届") == []
    with pytest.raises(ReasonMissing):
        story.when(ResumeOrganisation(STREET))
    assert story.when(ResumeOrganisation(STREET), why="换届完了") == [Resumed(STREET)]
    assert story.when(ResumeOrganisation(STREET), why="换届完了") == []


@pytest.mark.parametrize("command", [SuspendOrganisation("nobody"), ResumeOrganisation("nobody")])
def test_only_an_organisation_on_the_books_is_suspended_or_resumed(story: Story, command: SuspendOrganisation) -> None:
    with pytest.raises(Unknown):
        story.when(command, why="换届")


def test_a_suspended_organisation_opens_nothing_new(story: Story) -> None:
    story.given(*a_slot()[:2], Suspended(STREET))
    with pytest.raises(IsSuspended):
        story.when(DraftActivity("walk", "健步走", STREET))
    with pytest.raises(IsSuspended):
        story.when(PublishActivity(CUT, ("cut.1",)))
    with pytest.raises(IsSuspended):
        story.when(AddSlot(CUT, "cut.2", STARTS, ENDS, 1, 1, risk="一般"))


def test_what_a_suspended_organisation_published_before_goes_on(story: Story) -> None:
    story.given(*a_slot(), Suspended(STREET))
    assert story.when(SignUp("cut.1", "he"))


def test_an_activity_belongs_to_an_organisation_on_the_books(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(DraftActivity("walk", "健步走", "nobody"))
    assert story.when(DraftActivity("walk", "健步走", STREET)) == [Drafted("walk", "健步走", STREET)]
    assert SlotAdded.stream_fields == ("activity",)
