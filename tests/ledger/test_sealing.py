"""Personal fields in the log: unreadable without the subject's key, bound to their event, 已注销 once the key is destroyed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import JSONTranscoder, MapperDeserialisationError
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activities import Cancelled
from domain.contacts import ChangeContact, ContactChanged
from domain.hours import Objected, Posted
from domain.people import Registered
from domain.person_files import RegisterPerson
from domain.person_states import Forgotten
from domain.records import Kept
from ledger import codec
from ledger.events import Event, RuleBroken
from ledger.keys import KeyStore, SubjectErased
from ledger.log import Ledger
from ledger.personal import ERASED, Displaced, subject_of
from ledger.store import Stored
from tests.ledger.examples import events_of
from tests.ledger.test_personal import PERSONAL
from tests.memory import act_of

HE = Registered("he", "何小满", phone="13800000000", note="来电登记")
PLAIN = codec.EventMapper(JSONTranscoder())


@pytest.fixture(scope="module")
def mapper(tmp_path_factory: pytest.TempPathFactory) -> codec.EventMapper:
    """An encoder with keys."""
    made, folder = codec.EventMapper(JSONTranscoder()), tmp_path_factory.mktemp("keys")
    made.keys = KeyStore(folder / "keys.db", folder / "keys" / "master")
    return made


def row(mapper: codec.EventMapper, event: Event, version: int = 1) -> Stored:
    """The event as the log keeps it."""
    stored = mapper.to_stored_event(codec.place(act_of().record(event), event.stream, version, 0))
    return Stored(0, event.stream, version, stored.topic, stored.state)


@pytest.mark.parametrize("cls", PERSONAL.values(), ids=PERSONAL.keys())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_event_is_read_back_as_it_was_written(
    mapper: codec.EventMapper, cls: type[Event], data: st.DataObject
) -> None:
    event = data.draw(events_of(cls))
    assert mapper.read(row(mapper, event)).event == event


def test_subjects_are_named_by_fields_that_have_an_id() -> None:
    assert {cls.subject for cls in PERSONAL.values()} <= {"person", "record"}
    assert all(cls.subject in cls.__struct_fields__ and cls.subject not in cls.personal for cls in PERSONAL.values())


def test_nothing_personal_can_be_read_in_what_is_stored(mapper: codec.EventMapper) -> None:
    state = row(mapper, HE).state
    assert not any(word.encode() in state for word in (HE.name, HE.phone or "", HE.note or ""))
    assert b'"person":"he"' in state


def test_an_event_without_anything_personal_needs_no_key(mapper: codec.EventMapper) -> None:
    silent = ContactChanged("silent")
    assert subject_of(silent) is None
    assert row(mapper, silent) == row(PLAIN, silent)


def test_what_was_written_before_there_were_keys_is_still_read(mapper: codec.EventMapper) -> None:
    assert mapper.read(row(PLAIN, HE)).event == HE


@pytest.mark.parametrize(
    "moved",
    [
        lambda r: r._replace(version=2),
        lambda r: r._replace(stream="person:lin"),
        lambda r: r._replace(state=r.state.replace(b'"person":"he"', b'"person":"lin"')),
        lambda r: r._replace(state=r.state.replace(b'"phone"', b'"organisation"')),
        lambda r: r._replace(state=r.state.replace(b'"name":"\\u0000', b'"name":"\\u0000AAAA')),
    ],
    ids=["version", "stream", "person", "field", "bytes"],
)
def test_a_ciphertext_that_was_moved_is_refused(mapper: codec.EventMapper, moved: Any) -> None:
    row(mapper, Registered("lin", "林知夏"))
    changed = moved(row(mapper, HE))
    assert changed != row(mapper, HE)
    with pytest.raises(Displaced):
        mapper.read(changed)


def test_by_what_somebody_is_found_is_worked_out_for_whoever_folds_only(mapper: codec.EventMapper) -> None:
    kept = row(mapper, HE)
    assert mapper.read(kept).blind == ""
    assert mapper.keys is not None
    (told,) = mapper.read_all([kept])
    assert told.blind == mapper.keys.blind("138 0000 0000")
    assert told.event == HE


def test_without_the_keys_nothing_is_guessed(mapper: codec.EventMapper) -> None:
    with pytest.raises(MapperDeserialisationError, match="密钥库"):
        PLAIN.read(row(mapper, HE))


def test_an_erased_subject_reads_as_such_and_what_was_empty_stays_empty(tmp_path: Path) -> None:
    mapper = codec.EventMapper(JSONTranscoder())
    mapper.keys = KeyStore(tmp_path / "keys.db", tmp_path / "keys" / "master")
    rows = [row(mapper, event) for event in (Registered("he", "何小满"), Objected("s.1", "he", "少记了", 90))]
    kept = row(mapper, Kept("r1", 1, "HelpRequested", {"text": "求助"}))
    mapper.keys.erase(("person:he", "record:r1"))
    registered, objected = (mapper.read(one).event for one in rows)
    assert registered == Registered("he", ERASED)
    assert objected == Objected("s.1", "he", ERASED, 90)
    assert mapper.read(kept).event == Kept("r1", 1, "HelpRequested", {})


# -- reasons


def reasoned(mapper: codec.EventMapper, event: Event, reason: str, **circumstances: Any) -> Stored:
    """The event as the log keeps it, with why."""
    recorded = codec.place(act_of(reason=reason, **circumstances).record(event), event.stream, 1, 0)
    mapper.prepare([recorded])
    return Stored(0, *mapper.write(recorded))


def test_why_somebody_did_something_to_a_file_is_read_by_whoever_has_its_key(mapper: codec.EventMapper) -> None:
    for event in (Posted("s.1", "he", date(2026, 11, 30)), HE, Kept("r2", 1, "HelpRequested", {"text": "求助"})):
        kept = reasoned(mapper, event, "何小满出院以后")
        assert "何小满".encode() not in kept.state
        assert mapper.read(kept).reason == "何小满出院以后"
        assert mapper.read(kept).event == event
        for moved in (kept._replace(version=2), kept._replace(stream="hours:s.1/lin")):
            with pytest.raises(Displaced):
                mapper.read(moved)
        with pytest.raises(MapperDeserialisationError, match="密钥库"):
            PLAIN.read(kept)


@pytest.mark.parametrize(
    ("event", "circumstances"),
    [
        (Posted("s.1", "he", date(2026, 11, 30)), {"source": "system"}),
        (Posted("s.1", "he", date(2026, 11, 30)), {"source": "import"}),
        (Forgotten("he", "当面"), {}),
        (Cancelled("a1"), {}),
    ],
    ids=["said by the program", "a place in a file", "why somebody was forgotten", "about nobody"],
)
def test_what_tells_of_nobody_stays_readable(
    mapper: codec.EventMapper, event: Event, circumstances: dict[str, Any]
) -> None:
    kept = reasoned(mapper, event, "有理由", **circumstances)
    assert "有理由".encode() in kept.state
    assert mapper.read(kept).reason == "有理由"


def test_why_is_forgotten_with_its_subject_and_what_is_written_later_needs_no_key(tmp_path: Path) -> None:
    mapper = codec.EventMapper(JSONTranscoder())
    mapper.keys = KeyStore(tmp_path / "keys.db", tmp_path / "keys" / "master")
    posted = Posted("s.1", "he", date(2026, 11, 30))
    kept = reasoned(mapper, posted, "何小满出院以后")
    mapper.keys.erase(("person:he",))
    assert mapper.read(kept).reason == ERASED
    assert mapper.read(kept).event == posted
    later = reasoned(mapper, posted, "核对过照片")
    assert mapper.read(later).reason == "核对过照片"
    blind = codec.EventMapper(JSONTranscoder())
    blind.is_blind = True
    assert blind.read(kept).reason == ERASED


# -- in a ledger


@dataclass
class Opened:
    """A ledger in a folder."""

    ledger: Ledger
    folder: Path

    def bytes(self) -> bytes:
        """Everything in its files but the master key."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Opened]:
    """A ledger with one person."""
    opened = Ledger.open(tmp_path / "log.db")
    opened.execute(RegisterPerson("he", "何小满", phone="13800000000"), act_of(id="c1"))
    yield Opened(opened, tmp_path)
    opened.close()


def test_the_files_of_a_ledger_hold_no_name(town: Opened) -> None:
    assert not any(word.encode() in town.bytes() for word in ("何小满", "13800000000"))
    assert [one.event for one in town.ledger.replay()] == [Registered("he", "何小满", phone="13800000000")]


def test_keys_and_log_are_opened_again_together(town: Opened) -> None:
    again = Ledger.open(town.folder / "log.db")
    assert again.stream("person:he")[0].event == Registered("he", "何小满", phone="13800000000")
    again.close()


def test_nothing_personal_is_written_about_the_erased(town: Opened) -> None:
    assert town.ledger.keys is not None
    before, head = sqlite3.connect(town.folder / "log.db").execute("SELECT * FROM stored_events").fetchall(), 1
    town.ledger.keys.erase(("person:he",))
    with pytest.raises(SubjectErased) as refused:
        town.ledger.execute(ChangeContact("he", "he@example.org"), act_of(id="c2"))
    assert isinstance(refused.value, RuleBroken)
    assert town.ledger.store.head() == head
    assert sqlite3.connect(town.folder / "log.db").execute("SELECT * FROM stored_events").fetchall() == before
    assert town.ledger.stream("person:he")[0].event == Registered("he", ERASED, phone=ERASED)
