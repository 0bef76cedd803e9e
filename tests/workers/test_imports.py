"""Facts from files: all of them or none, through the rules, the second time without effect."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.activities import HeadcountConfirmed, Published
from domain.bulletins import FigureClaimed
from domain.receipts import Received
from domain.records import Kept
from domain.words import ZONE
from ledger.log import Ledger, guard_differences
from workers.imports import ImportRefused, import_file

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"
HOME = {
    "type": "OrganisationRegistered",
    "stream": "org/u",
    "precision": "before-period",
    "data": {"name": "甲市总工会", "kind": "city_union"},
}
DRAFT = {
    "type": "ActivityScheduled",
    "stream": "activity/a",
    "occurred": "2020-02",
    "precision": "month",
    "data": {"title": "义剪"},
}


def fact(what: str, stream: str, occurred: str | None = None, /, **data: Any) -> dict[str, Any]:
    return {"type": what, "stream": stream, "occurred": occurred, "src": "台账", "data": data}


def opened(session: str = "s1", occurred: str | None = "2020-02-28", **data: Any) -> dict[str, Any]:
    return fact("SessionOpened", "activity/a", occurred, session=session, date="2020-02-28", starts="09:00", **data)


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "facts.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return path


def refusal(ledger: Ledger, folder: Path, *lines: dict[str, Any] | str) -> str:
    with pytest.raises(ImportRefused) as refused:
        import_file(ledger, write(folder, *lines))
    assert ledger.store.head() == 0
    return str(refused.value)


def events(ledger: Ledger, kind: type[Any]) -> list[Any]:
    return [recorded for recorded in ledger.replay() if isinstance(recorded.event, kind)]


def test_every_line_of_the_sample_becomes_something(ledger: Ledger) -> None:
    summary = import_file(ledger, SAMPLE)
    assert summary.lines == 186
    assert summary.kept.total() == 20
    assert summary.kept["WishCollected"] == 7
    assert summary.kept["BulletinPublished"] == 1
    assert not summary.implied
    assert summary.position == ledger.store.head()
    assert guard_differences(ledger) == []


def test_the_sample_adds_up_to_its_month(ledger: Ledger) -> None:
    import_file(ledger, SAMPLE)
    received = [recorded.event for recorded in events(ledger, Received)]
    assert sum(recorded.event.count for recorded in events(ledger, HeadcountConfirmed)) == 134
    assert sum(one.form == "phone_visit" for one in received) == 14
    assert sum(one.minutes for one in received if one.form == "counselling") == 16 * 60
    assert all(one.sealed and one.worker is None for one in received if one.form == "counselling")
    claims = [recorded.event for recorded in events(ledger, FigureClaimed)]
    assert (len(claims), {claim.period for claim in claims}) == (29, {"2020-02"})
    assert {claim.figure for claim in claims if claim.measure == "participations"} == {"F02", "F07"}


def test_a_second_time_changes_nothing(ledger: Ledger) -> None:
    import_file(ledger, SAMPLE)
    head = ledger.store.head()
    again = import_file(ledger, SAMPLE)
    assert (again.events, again.lines, ledger.store.head()) == (0, 186, head)


def test_times_keep_their_precision(ledger: Ledger, tmp_path: Path) -> None:
    import_file(ledger, write(tmp_path, HOME, DRAFT, opened(), fact("NoteTaken", "note/1", "2020-02-03T08:30")))
    log = list(ledger.replay())
    assert [recorded.precision for recorded in log] == ["before", "month", "day", "day", "minute"]
    assert log[0].occurred is None
    assert log[1].occurred == datetime(2020, 2, 1, tzinfo=ZONE)
    assert log[4].occurred == datetime(2020, 2, 3, 8, 30, tzinfo=ZONE)
    assert {recorded.source for recorded in log} == {"import"}


def test_on_or_after_is_kept_as_the_earliest_day(ledger: Ledger) -> None:
    import_file(ledger, SAMPLE)
    bulletin = next(r for r in events(ledger, Kept) if r.event.kind == "BulletinPublished")
    assert (bulletin.occurred, bulletin.precision) == (datetime(2020, 3, 3, tzinfo=ZONE), "after")


@pytest.mark.parametrize("occurred", [None, "2020-02-28T09:30", "2020-03"])
def test_sessions_that_say_nothing_of_publishing_are_not_held_to_be_late(
    ledger: Ledger, tmp_path: Path, occurred: str | None
) -> None:
    import_file(ledger, write(tmp_path, HOME, DRAFT, opened(occurred=occurred), opened("s2", occurred)))
    assert [r.event.slots for r in events(ledger, Published)] == [("a.1",), ("a.2",)]


def test_publishing_that_is_stamped_too_late_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    late = fact("ActivityPublished", "activity/a", "2020-02-29", sessions=["s1"])
    message = refusal(ledger, tmp_path, HOME, DRAFT, opened(published=False), late)
    assert message.startswith("第 4 行：时段已经开始")


def test_a_later_file_goes_on_where_the_first_ended(ledger: Ledger, tmp_path: Path) -> None:
    import_file(ledger, write(tmp_path, HOME, DRAFT, opened()))
    more = write(tmp_path, opened("s2", organisation="org/u"))
    assert import_file(ledger, more).events == 2
    assert import_file(ledger, more).events == 0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"type": "PersonRegistered", ', "不是完整的 JSON。文件要是 UTF-8"),
        ("[]", "一行应当是一个 JSON 对象"),
        ('{"type": "PersonRegistered", "data": {}}', "缺少字段 stream"),
        (fact("PersonRegistered", "person/p"), "缺少字段 data.name"),
        (fact("PersonSneezed", "person/p"), "不认识的类型“PersonSneezed”"),
        (fact("OrganisationRegistered", "org/v", name="乙", kind="club"), "值“club”不在可用的范围内"),
        (fact("VisitCompleted", "visit/1", recipient="person/p", mode="电访"), "要写明 occurred"),
        (fact("VisitCompleted", "visit/1", "last week", recipient="person/p", mode="电访"), "读不懂"),
        (
            fact("FigureClaimed", "bulletin/b", what="x", unit="人", period="2020-02", figure="F", value="7"),
            "应当是整数",
        ),
        (fact("CheckedIn", "enrolment/1", "2020-02-28", slot="a.s1", person="p"), "要写到分钟"),
        (fact("PersonRegistered", "person/p", name=["甲"]), "应当是文字"),
        ("[1]", "内容不对"),
    ],
)
def test_a_malformed_line_is_named_and_nothing_written(
    ledger: Ledger, tmp_path: Path, line: dict[str, Any] | str, why: str
) -> None:
    message = refusal(ledger, tmp_path, HOME, "", line, DRAFT)
    assert message.startswith("第 3 行：")
    assert why in message


def test_all_unreadable_lines_are_named_at_once(ledger: Ledger, tmp_path: Path) -> None:
    message = refusal(ledger, tmp_path, "{", HOME, "}")
    assert [line[:5] for line in message.splitlines()] == ["第 1 行", "第 3 行"]


def test_a_broken_rule_in_the_middle_writes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    twice = fact("OrganisationRegistered", "org/u", name="甲市总工会", kind="city_union")
    assert refusal(ledger, tmp_path, HOME, DRAFT, twice, opened()).startswith("第 3 行：机构“甲市总工会”已经登记过了。")


def test_a_whole_story_of_a_volunteer(ledger: Ledger, tmp_path: Path) -> None:
    seat = {"slot": "a.s1", "person": "person/p"}
    organiser = {"actor": "person/o"}
    summary = import_file(
        ledger,
        write(
            tmp_path,
            HOME,
            *(fact("PersonRegistered", f"person/{one}", name=one) for one in ("p", "q", "o", "c")),
            DRAFT,
            opened(occurred="2020-02-20", ends="11:00", volunteer_seats=1),
            fact("EnrolmentRequested", "enrolment/1", "2020-02-21", **seat),
            fact("EnrolmentAccepted", "enrolment/1", "2020-02-21", **seat),
            fact("EnrolmentWaitlisted", "enrolment/2", "2020-02-22", slot="a.s1", person="person/q"),
            fact("CheckedIn", "enrolment/1", "2020-02-28T08:55", **seat, method="self"),
            fact("CheckedOut", "enrolment/1", "2020-02-28T11:02", **seat, method="self"),
            fact("HoursProposed", "hours/1", "2020-02-28", **seat) | organiser,
            fact("HoursConfirmed", "hours/1", "2020-02-29", **seat, minutes=120) | {"actor": "person/c"},
            fact("SessionClosed", "activity/a", "2020-02-28", session="s1"),
        ),
    )
    assert summary.implied == {"EnrolmentAccepted": 1}
    kinds = [recorded.event.topic for recorded in ledger.replay() if recorded.event.stream.startswith(("enr", "hours"))]
    assert kinds == [
        "enrolment.accepted",
        "enrolment.waitlisted",
        "enrolment.checked_in",
        "enrolment.checked_out",
        "hours.proposed",
        "hours.confirmed",
    ]
    assert guard_differences(ledger) == []


def test_nobody_confirms_what_they_proposed_in_a_file_either(ledger: Ledger, tmp_path: Path) -> None:
    seat = {"slot": "a.s1", "person": "person/p"}
    message = refusal(
        ledger,
        tmp_path,
        HOME,
        fact("PersonRegistered", "person/p", name="p"),
        DRAFT,
        opened(occurred="2020-02-20", volunteer_seats=1),
        fact("EnrolmentAccepted", "enrolment/1", "2020-02-21", **seat),
        fact("CheckedIn", "enrolment/1", "2020-02-28T08:55", **seat),
        fact("HoursProposed", "hours/1", "2020-02-28", **seat, minutes=60),
        fact("HoursConfirmed", "hours/1", "2020-02-29", **seat, minutes=60),
    )
    assert message.startswith("第 8 行：你不能确认自己提交的时长")


def test_unrelated_kinds_are_kept_whole_under_their_month(ledger: Ledger, tmp_path: Path) -> None:
    wish = fact("WishCollected", "wish/w1", "2020-02", items=["书包"])
    assert import_file(ledger, write(tmp_path, wish)).kept == {"WishCollected": 1}
    (kept,) = events(ledger, Kept)
    assert (kept.event.record, kept.event.period, kept.event.data) == ("wish-w1", "2020-02", {"items": ["书包"]})


def test_an_empty_file_is_no_mistake(ledger: Ledger, tmp_path: Path) -> None:
    assert import_file(ledger, write(tmp_path)).lines == 0


def test_participants_need_none_of_the_qualifications_that_volunteers_need(ledger: Ledger, tmp_path: Path) -> None:
    before = (
        HOME,
        fact("PersonRegistered", "person/p", name="p"),
        DRAFT,
        opened(occurred="2020-02-20", skills=["理发师"], over=18, volunteer_seats=1, participant_seats=1),
    )
    asked = {"slot": "a.s1", "person": "person/p"}
    volunteer = fact("EnrolmentRequested", "enrolment/1", "2020-02-21", **asked, side="volunteer")
    assert refusal(ledger, tmp_path, *before, volunteer).startswith("第 5 行：这一段要求：理发师、满 18 周岁")
    participant = fact("EnrolmentRequested", "enrolment/1", "2020-02-21", **asked, side="participant")
    assert import_file(ledger, write(tmp_path, *before, participant)).taken["EnrolmentRequested"] == 1
