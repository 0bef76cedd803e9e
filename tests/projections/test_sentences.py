"""Every kind of event is said in one readable sentence, in words and not in codes."""

from __future__ import annotations

import re
import types
import typing
from datetime import date, datetime
from typing import Any

import pytest

import domain
from domain import activities, enrolments, hours, organisations, people, receipts
from domain.words import LABELS, ZONE
from ledger.events import TOPICS, Event, Recorded
from projections import sentences, wordings
from projections.history import KINDS

LIVING = {topic: cls for topic, cls in TOPICS.items() if cls.__module__.startswith(f"{domain.__name__}.")}
STARTS = datetime(2026, 11, 25, 9, tzinfo=ZONE)
NAMES = {
    "person:p1": "何小满", "person:w1": "社工03", "slot:a1.1": " 11月25日 09:00 ", "activity:a1": "“义剪”",
    "organisation:u": "柳岸街道总工会",
}  # fmt: skip
CODES = re.compile(r"[a-z]{2,}")


def recorded(event: Event, actor: str = "w1") -> Recorded[Any]:
    return Recorded(event=event, actor=actor, recorded=STARTS, position=1, originator_id=event.stream)


def example(cls: type[Event]) -> Event:
    """An event with something in every field, from the types that it declares."""
    hints = typing.get_type_hints(cls)
    return cls(**{name: value_for(name, hints[name]) for name in cls.__struct_fields__})


IDS = {
    "person": "p1", "slot": "a1.1", "activity": "a1", "organisation": "u", "into": "p1", "reader": "w1", "by": "w1",
    "parent": "u",
}  # fmt: skip


def value_for(name: str, hint: Any) -> Any:
    if name in IDS:
        return IDS[name]
    arguments = [one for one in typing.get_args(hint) if one is not type(None)]
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return value_for(name, arguments[0])
    if origin is tuple:
        kind = KINDS.get(name)
        return ({"person": "p1", "slot": "a1.1"}.get(kind or "") or value_for(name, arguments[0]),)
    return {str: "字", int: 3, bool: True, datetime: STARTS, date: date(2026, 11, 25)}.get(hint, {})


@pytest.mark.parametrize("topic", sorted(LIVING))
def test_every_topic_has_a_sentence_and_words(topic: str) -> None:
    text = sentences.sentence(recorded(example(LIVING[topic])), NAMES)
    assert text
    assert not CODES.search(text), text
    assert "None" not in text
    assert topic in wordings.TOPICS
    assert topic.partition(".")[0] in wordings.GROUPS


def test_no_sentence_is_left_of_a_topic_that_is_gone() -> None:
    assert set(sentences.TEMPLATES) == set(LIVING) == set(wordings.TOPICS)


def test_every_field_and_every_label_has_a_word() -> None:
    assert {name for cls in LIVING.values() for name in cls.__struct_fields__} <= set(wordings.FIELDS)
    assert all(wordings.label(code) for code in LABELS)


@pytest.mark.parametrize(
    ("event", "actor", "text"),
    [
        (enrolments.Accepted("a1.1", "p1", "volunteer", STARTS), "p1", "何小满报上了 11月25日 09:00 的志愿者席"),
        (enrolments.Accepted("a1.1", "p1", "volunteer", STARTS), "w1", "社工03替何小满报上了 11月25日 09:00 的志愿者席"),
        (enrolments.Accepted("a1.1", "p1", "volunteer", STARTS, was="requested"), "w1",
         "社工03同意了何小满报名 11月25日 09:00 的志愿者席"),
        (enrolments.Waitlisted("a1.1", "p1", "participant", 3, STARTS), "p1", "何小满候补 11月25日 09:00 的参与者席，第 3 位"),
        (hours.Adjusted("a1.1", "p1", 180, 60), "w1", "社工03把何小满在 11月25日 09:00 的时长改为 180 分钟（+60 分钟）"),
        (activities.Revised("a1", title="新题目", place="礼堂"), "w1", "社工03修改了“义剪”的标题、地点"),
        (activities.Closed("a1", ("plan",)), "w1", "社工03结束了“义剪”，还缺计划"),
        (activities.SlotAdded("a1", "a1.1", "u", STARTS, participant_seats=0), "w1",
         "社工03给“义剪”加了时段 11月25日 09:00 ：志愿者席 不限，参与者席 0"),
        (organisations.Renamed("u", "柳岸新街总工会", "X-1"), "w1",
         "社工03更正了柳岸街道总工会的登记：名称“柳岸新街总工会”，代码 X-1"),
        (organisations.Reparented("u"), "w1", "社工03把柳岸街道总工会移出了机构树"),
        (people.RoleGranted("p1", "volunteer"), "w1", "何小满成为志愿者"),
        (receipts.Received("v", "p1", "phone_visit", "u", "2026-11-25", place="柳岸"), "w1", "社工03记下对何小满的电访，柳岸"),
        (receipts.Received("a1.1", "p1", "activity", "u", "2026-11-25", slot="a1.1"), "w1",
         "何小满作为参与者到了 11月25日 09:00 "),
    ],
)  # fmt: skip
def test_sentences_read_well(event: Event, actor: str, text: str) -> None:
    assert sentences.sentence(recorded(event, actor), NAMES) == text


def test_whoever_came_to_counselling_is_not_named() -> None:
    event = receipts.Received("c", "p1", "counselling", "u", "2026-11", sealed=True)
    assert sentences.sentence(recorded(event), NAMES) == "社工03记下一次心理咨询（封存，不显示是谁）"
    assert "person:p1" not in sentences.things_of(recorded(event))


def test_what_has_no_name_shows_its_id() -> None:
    assert sentences.sentence(recorded(hours.Credited("x.1", "p7")), {}) == "p7在x.1的时长公示期满，已入账"
