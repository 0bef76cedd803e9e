"""What is due is done once, at its time, and not when it is no longer wanted; what cannot be done is tried again and said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.closing import CloseSlot
from domain.contacts import ChangeContact
from domain.deliveries import RetryDelivery
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.resizing import CancelSlot
from domain.sign_up import AcceptRequest, RejectRequest, Withdraw
from ledger.place import Place
from projections.deliveries import counts, find, of_outcome, oldest, open_kept
from projections.moments import local
from tests.workers.mailbox import Mailbox
from tests.workers.office import NOW, SLOT, Office
from workers.drain import LANES, drain, follow
from workers.outbox import LEASE, PAUSES, Outbox


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def office(place: Place, box: Mailbox) -> Iterator[Office]:
    """Three volunteers and a slot of two seats in three days."""
    opened = Office(place, box.channel)
    opened.open()
    yield opened
    opened.close()


def test_everybody_with_a_seat_is_reminded_once(office: Office, box: Mailbox) -> None:
    office.sign_up("p1", "p2", "p3")
    office.run()
    assert box.mails == []
    office.now = NOW + timedelta(days=2)
    for _ in range(5):
        office.run()
    assert sorted(str(mail["To"]) for mail in box.mails) == ["p1@example.org", "p2@example.org"]
    assert box.subjects == ["提醒：11月25日 周三 09:00 爱心义剪进厂区"] * 2
    assert len(set(box.ids)) == 2


def test_whoever_left_is_not_reminded_and_the_next_is_told(office: Office, box: Mailbox) -> None:
    office.sign_up("p1", "p2", "p3")
    office.run()
    office.do(Withdraw(SLOT, "p1", "volunteer"), "p1")
    office.run()
    assert box.subjects == ["候补转正：11月25日 周三 09:00 爱心义剪进厂区"]
    assert str(box.mails[0]["To"]) == "p3@example.org"
    office.now = NOW + timedelta(days=2)
    office.run()
    assert sorted(str(mail["To"]) for mail in box.mails[1:]) == ["p2@example.org", "p3@example.org"]
    assert sorted(filter(None, office.outcomes().values())) == ["done"] * 3 + ["moot"]


def test_what_was_true_before_somebody_signs_up_again_is_not_told(office: Office, box: Mailbox) -> None:
    office.sign_up("p1")
    office.do(Withdraw(SLOT, "p1", "volunteer"), "owner")
    office.sign_up("p1")
    office.run()
    assert box.mails == []
    assert "moot" in office.outcomes().values()


def test_nobody_is_reminded_of_a_slot_that_was_cancelled(office: Office, box: Mailbox) -> None:
    office.sign_up("p1")
    office.do(CancelSlot("a1", SLOT, ("p1",)), reason="场地停电")
    office.run()
    office.now = NOW + timedelta(days=2)
    office.run()
    assert box.subjects == ["时段取消：11月25日 周三 09:00 爱心义剪进厂区"]
    assert "原因：场地停电" in text_of(box)


def text_of(box: Mailbox, place: int = 0) -> str:
    body = box.mails[place].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_answer_to_a_request_is_told_with_its_reason_in_the_persons_language(place: Place, box: Mailbox) -> None:
    office = Office(place, box.channel)
    office.open(approval="reviewed", seats=1)
    office.do(ChangeContact("p2", "p2@example.org", "en"), "p2")
    office.sign_up("p1", "p2", "p3")
    office.do(AcceptRequest(SLOT, "p1", "volunteer"))
    office.do(RejectRequest(SLOT, "p2", "volunteer"), reason="需要理发师")
    office.do(AcceptRequest(SLOT, "p3", "volunteer"))
    office.run()
    told = {str(mail["To"]): str(mail["Subject"]) for mail in box.mails}
    assert told == {
        "p1@example.org": "报名成功：11月25日 周三 09:00 爱心义剪进厂区",
        "p2@example.org": "Not accepted: Wed 25 Nov 09:00 爱心义剪进厂区",
        "p3@example.org": "排上候补：11月25日 周三 09:00 爱心义剪进厂区",
    }
    assert any("你是候补第 1 位" in text_of(box, n) for n in range(3))
    office.close()


def test_without_a_server_mails_are_kept_and_can_be_asked_for_again(office: Office, box: Mailbox) -> None:
    channel, office.desk.channel = office.desk.channel, None
    office.sign_up("p1")
    office.do(ChangeContact("p1"), "p1")
    office.sign_up("p2")
    office.now = NOW + timedelta(days=2)
    office.run()
    outcomes = {key: outcome for key, outcome in office.outcomes().items() if key.startswith("reminder")}
    assert sorted(map(str, outcomes.values())) == ["no_channel", "nobody"]
    office.desk.channel = channel
    office.run()
    assert box.mails == [], "what was not sent at its time is not sent by itself later"
    key = next(key for key, outcome in outcomes.items() if outcome == "no_channel")
    office.do(RetryDelivery(key, "reminder", SLOT, "p2"))
    office.run()
    assert [str(mail["To"]) for mail in box.mails] == ["p2@example.org"]
    assert office.outcomes()[key] == "done"


def test_a_server_that_is_down_is_tried_again_until_it_is_given_up(place: Place) -> None:
    with Mailbox() as box:
        channel = box.channel
    office = Office(place, channel)
    office.open(days=9)
    office.sign_up("p1", "p2")
    office.now = NOW + timedelta(days=7)
    office.do(Withdraw(SLOT, "p1", "volunteer"), "owner")
    tried = 0
    for pause in PAUSES:
        tried += office.run()
        assert office.run() == 0, "not before its time"
        office.now += pause
    office.run()
    (dead,) = office.kept(of_outcome, "dead", None, 10)
    assert (dead.kind, dead.attempts) == ("removal", len(PAUSES) + 1)
    assert dead.error
    assert str(box.port) in dead.error
    with Mailbox() as again:
        office.desk.channel = again.channel
        office.do(RetryDelivery(dead.key, dead.kind, dead.slot, dead.person))
        office.run()
        assert len(again.mails) == 1
    office.close()


def test_one_address_that_is_refused_keeps_nobody_else_from_reading(place: Place) -> None:
    refused = {"p1@example.org": "550 no such user p1@example.org", "p2@example.org": "450 come back"}
    with Mailbox(refused) as box:
        office = Office(place, box.channel)
        office.open(seats=3)
        office.sign_up("p1", "p2", "p3")
        office.now = NOW + timedelta(days=2)
        office.run()
        assert [str(mail["To"]) for mail in box.mails] == ["p3@example.org"]
        (dead,) = office.kept(of_outcome, "dead", ["centre"], 10)
        assert (dead.person, dead.error) == ("p1", "550 no such user …")
        (later,) = [one for one in office.kept(of_outcome, None, None, 10) if one.error]
        assert (later.person, later.attempts) == ("p2", 1)
        box.refused.clear()
        office.now += PAUSES[0]
        office.run()
        assert str(box.mails[-1]["To"]) == "p2@example.org"
        assert office.kept(counts, ["centre"])["done"] == 2
        office.close()


def test_a_reminder_that_comes_after_the_start_is_not_sent(office: Office, box: Mailbox) -> None:
    office.sign_up("p1")
    office.now = NOW + timedelta(days=3)
    office.run()
    assert box.mails == []
    assert "late" in office.outcomes().values()


def test_confirmed_hours_are_posted_and_credited_by_the_system(office: Office) -> None:
    office.sign_up("p1")
    office.serve()
    office.run()
    assert office.hours().state == "confirmed"
    office.now = (office.now + timedelta(days=1)).replace(hour=0)
    office.run()
    assert office.hours().state == "posted"
    office.now += timedelta(days=7, hours=23)
    office.run()
    assert office.hours().state == "posted"
    office.now += timedelta(hours=1)
    for _ in range(3):
        office.run()
    assert office.hours().state == "credited"
    stream = office.desk.ledger.stream(f"hours:{SLOT}/p1")
    assert [(r.event.topic, r.actor, r.source) for r in stream[2:]] == [
        ("hours.posted", "system", "system"), ("hours.credited", "system", "system"),
    ]  # fmt: skip


def test_an_objection_waits_for_its_answer(office: Office) -> None:
    office.sign_up("p1")
    office.serve()
    office.now += timedelta(days=1)
    office.run()
    office.do(ObjectToHours(SLOT, "p1", "是三小时", 180), "p1")
    office.now += timedelta(days=30)
    office.run()
    assert office.hours().state == "objected"
    office.do(UpholdHours(SLOT, "p1"), "colleague", reason="签到表为证")
    office.run()
    assert office.hours().state == "credited"


def test_whoever_had_a_seat_and_never_came_is_noted_as_absent(office: Office) -> None:
    office.sign_up("p1", "p2")
    office.serve("p1")
    office.now += timedelta(days=3) - timedelta(seconds=1)
    office.run()
    assert office.desk.ledger.guard(f"enrolment:{SLOT}/p2").state == "accepted"  # type: ignore[attr-defined]
    office.now += timedelta(seconds=1)
    office.run()
    assert office.desk.ledger.guard(f"enrolment:{SLOT}/p2").state == "no_show"  # type: ignore[attr-defined]
    (noted,) = [r for r in office.desk.ledger.stream(f"enrolment:{SLOT}/p2") if r.source == "system"]
    assert noted.reason


def test_a_slot_that_was_closed_is_not_swept(office: Office) -> None:
    office.sign_up("p2")
    office.now = NOW + timedelta(days=4)
    office.do(CloseSlot("a1", SLOT))
    office.now += timedelta(days=9)
    office.run()
    assert office.desk.ledger.guard(f"enrolment:{SLOT}/p2").state == "accepted"  # type: ignore[attr-defined]


def test_what_a_killed_worker_had_is_done_by_the_next_one(office: Office, box: Mailbox) -> None:
    office.sign_up("p1", "p2")
    office.now = NOW + timedelta(days=2)
    follow(office.desk)
    assert len(office.desk.outbox.claim(LANES["mail"], office.now, 10)) == 2
    office.run()
    assert box.mails == []
    office.now += LEASE
    office.run()
    assert len(box.mails) == 2


def test_whoever_comes_back_after_the_lease_writes_nothing(office: Office, box: Mailbox) -> None:
    office.sign_up("p1")
    office.now = NOW + timedelta(days=2)
    follow(office.desk)
    (mine,) = office.desk.outbox.claim(LANES["mail"], office.now, 10)
    office.now += LEASE
    (theirs,) = office.desk.outbox.claim(LANES["mail"], office.now, 10)
    assert not office.desk.outbox.settle(mine, "dead", office.now)
    assert office.desk.outbox.settle(theirs, "done", office.now)
    assert not office.desk.outbox.put_off(mine, office.now, "?")


def test_a_rebuild_sends_nothing_again_and_a_lost_outbox_only_what_is_still_fresh(
    office: Office, box: Mailbox, tmp_path: Path
) -> None:
    office.sign_up("p1", "p2", "p3")
    office.do(Withdraw(SLOT, "p1", "volunteer"), "p1")
    office.now = NOW + timedelta(days=2)
    office.run()
    sent = len(box.mails)
    office.desk.follower.rebuild(office.desk.follower.projections)
    office.run()
    assert len(box.mails) == sent == 3
    office.desk.outbox.kept.close()
    office.desk.outbox = Outbox(open_kept(tmp_path / "another.db"))
    office.run()
    assert set(box.ids) == set(list(box.ids)[:sent]), "the same ids, so that the copies are known for copies"


def test_the_clock_may_jump_back_and_forth(office: Office, box: Mailbox) -> None:
    office.sign_up("p1", "p2")
    dice = random.Random(7)
    for hours in range(72):
        office.now = NOW + timedelta(hours=hours + dice.choice((-1, 0, 0, 24)))
        follow(office.desk)
        for lane in dice.sample(sorted(LANES), len(LANES)) * dice.randrange(1, 5):
            drain(office.desk, lane)
    assert sorted(str(mail["To"]) for mail in box.mails) == ["p1@example.org", "p2@example.org"]


def test_how_long_something_waits_is_known(office: Office) -> None:
    office.sign_up("p1")
    assert office.kept(oldest, local(office.now)) is None
    office.now = NOW + timedelta(days=2, hours=1)
    assert follow(office.desk) == ["mail"]
    assert office.kept(oldest, local(office.now)) == "2026-11-24T09:00:00"
    assert office.kept(find, "reminder-999") is None
