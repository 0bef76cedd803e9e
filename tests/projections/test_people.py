"""Files of people: found by name and sound, roles by date, one human with several files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.people import (
    ConsentGiven,
    ConsentWithdrawn,
    IdentityVerified,
    QualificationRecorded,
    Registered,
    RoleEnded,
    RoleGranted,
)
from domain.person_merges import DuplicateDismissed, DuplicateFlagged, Merged
from domain.person_states import DetailsCorrected, Restricted, RestrictionLifted, Sealed, Unsealed
from projections import duplicates, people
from projections.pinyin import search_line
from tests.projections.folding import Fold


@pytest.fixture
def fold(tmp_path: Path) -> Fold:
    """Three people, two of whom sound alike."""
    fold = Fold()
    for person, name in (("p1", "梁霞"), ("p2", "黎秀"), ("p3", "覃若谷")):
        fold(Registered(person, name, organisation="centre"))
    return fold


def ids(found: list[people.Person]) -> list[str]:
    return [person.id for person in found]


def test_two_letters_find_a_person(fold: Fold) -> None:
    assert sorted(ids(people.search(fold.read, "lx"))) == ["p1", "p2"]
    assert ids(people.search(fold.read, "lixiu")) == ["p2"]
    assert ids(people.search(fold.read, "霞")) == ["p1"]
    assert ids(people.search(fold.read, "p3")) == ["p3"]
    assert people.search(fold.read, "") == []
    assert people.search(fold.read, "%") == []


@pytest.mark.parametrize("typed", ["qinruogu", "tan ruo", "qrg", "Trg"])
def test_a_family_name_with_two_readings_is_found_by_either(fold: Fold, typed: str) -> None:
    assert ids(people.search(fold.read, typed)) == ["p3"]


def test_people_stand_in_the_order_of_their_sound_syllable_by_syllable(fold: Fold) -> None:
    for person, name in (("p4", "李昂"), ("p5", "丁安宁"), ("p6", "社工03"), ("p7", "Anna"), ("p8", "社工12")):
        fold(Registered(person, name, organisation="centre"))
    assert ids(people.known(fold.read, frozenset({"centre"}))) == ["p7", "p5", "p4", "p2", "p1", "p3", "p6", "p8"]
    assert ids(people.search(fold.read, "l")) == ["p4", "p2", "p1"]
    fold(DetailsCorrected("p5", name="左安宁"))
    assert ids(people.known(fold.read, frozenset({"centre"})))[-1] == "p5"


def test_a_pseudonym_is_found_as_it_is_written() -> None:
    assert " 社工03 shegong03 sg03" in search_line("社工03")


def test_a_role_holds_from_its_first_to_its_last_day(fold: Fold) -> None:
    fold(RoleGranted("p1", "social_worker", "centre", since=date(2026, 3, 1)))
    fold(RoleEnded("p1", "social_worker", "centre", until=date(2026, 6, 30)))
    fold(RoleGranted("p1", "social_worker", "centre", since=date(2026, 9, 1)))
    held = [bool(people.roles_on(fold.read, "p1", day)) for day in ("2026-02-28", "2026-03-01", "2026-06-30")]
    assert held == [False, True, True]
    assert [bool(people.roles_on(fold.read, "p1", day)) for day in ("2026-07-01", "2026-09-01")] == [False, True]
    assert len(people.roles(fold.read, "p1")) == 2


def test_a_role_ended_without_a_day_ends_at_once(fold: Fold) -> None:
    fold(RoleGranted("p1", "organiser", "centre"))
    fold(RoleEnded("p1", "organiser", "centre"))
    assert people.roles_on(fold.read, "p1", fold.day) == []


def test_consent_begins_and_ends(fold: Fold) -> None:
    fold(ConsentGiven("p1", "story"))
    assert people.has_consented(fold.read, "p1", "story")
    fold(ConsentWithdrawn("p1", "story"))
    assert not people.has_consented(fold.read, "p1", "story")


def test_an_identity_can_be_verified(fold: Fold) -> None:
    fold(IdentityVerified("p1", "身份证"))
    found = people.find(fold.read, "p1")
    assert found is not None
    assert found.identity == "verified"


def test_a_flag_stays_open_until_all_its_files_are_one_or_different(fold: Fold) -> None:
    fold(DuplicateFlagged("p1", ("p1", "p2", "p3")))
    fold(DuplicateDismissed("p1", ("p1", "p2")))
    assert len(duplicates.open_duplicates(fold.read, "p1")) == 1
    fold(Merged("p2", "p1"))
    assert len(duplicates.open_duplicates(fold.read)) == 1
    fold(Merged("p3", "p1"))
    assert duplicates.open_duplicates(fold.read) == []


def test_a_flag_that_is_dismissed_is_settled(fold: Fold) -> None:
    fold(DuplicateFlagged("p1", ("p1", "p2")))
    fold(DuplicateDismissed("p1", ("p1", "p2")))
    assert duplicates.open_duplicates(fold.read, "p2") == []


def test_merged_files_are_one_human_and_only_the_living_one_is_found(fold: Fold) -> None:
    fold(Merged("p2", "p1"))
    fold(Merged("p1", "p3", ("p2",)))
    assert people.files_of(fold.read, "p2") == ["p3", "p1", "p2"]
    assert ids(people.search(fold.read, "lx")) == []


def test_the_file_that_stays_shows_what_both_were_known_for(fold: Fold) -> None:
    fold(QualificationRecorded("p1", "理发", date(2027, 6, 30)))
    fold(QualificationRecorded("p1", "急救", date(2026, 6, 30)))
    fold(Merged("p2", "p1", (), 18, {"理发": date(2026, 6, 30), "急救": None, "手语": None}))
    fold(Merged("p3", "p1", (), 16))
    found = people.find(fold.read, "p1")
    assert found is not None
    assert found.over == 18
    held = {one.what: one.until for one in people.qualifications(fold.read, "p1")}
    assert held == {"理发": "2027-06-30", "急救": None, "手语": None}


@pytest.mark.parametrize(
    ("name", "shown"), [("梁霞", "梁*"), ("欧阳小满", "欧*"), ("社工03", "社工03"), ("已注销", "已注销"), ("", "")]
)
def test_names_are_masked_but_pseudonyms_stay(name: str, shown: str) -> None:
    assert people.masked(name) == shown


def test_many_are_asked_about_at_once_merged_files_too(fold: Fold) -> None:
    for fact in (
        Registered("p4", "梁霞", organisation="agency"),
        Merged("p4", "p1"),
        RoleGranted("p3", "volunteer", "agency"),
    ):
        fold(fact)
    asked = ["p1", "p2", "p3", "p4", "nobody"]
    for organisations in (frozenset({"agency"}), frozenset({"centre"}), frozenset({"elsewhere"}), frozenset[str]()):
        one_by_one = {one for one in asked if people.is_known_to(fold.read, one, organisations)}
        assert people.known_among(fold.read, asked, organisations) == one_by_one
    assert people.known_among(fold.read, asked, frozenset({"agency"})) == {"p1", "p3", "p4"}


def test_a_restriction_holds_on_under_a_seal_and_after_it(fold: Fold) -> None:
    def state() -> tuple[str | None, str | None]:
        found = people.find(fold.read, "p1")
        assert found is not None
        return found.state, found.restriction

    fold(Restricted("p1", "请不要再用"))
    fold(Sealed("p1"))
    assert state() == ("sealed", "请不要再用")
    fold(Unsealed("p1"))
    assert state() == ("restricted", "请不要再用")
    fold(RestrictionLifted("p1"))
    fold(Sealed("p1"))
    fold(Restricted("p1", "还是不要用"))
    assert state() == ("sealed", "还是不要用")
    fold(Unsealed("p1"))
    fold(RestrictionLifted("p1"))
    assert state() == (None, None)
