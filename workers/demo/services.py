"""Services of the demo town that are no activities: phone and home visits, counselling, and files that may be one person."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.duplicates import DismissDuplicate, FlagDuplicate, MergePersons
from domain.person_files import RegisterPerson
from domain.receipts import RecordReceipt
from domain.roles import GrantRole
from domain.words import ReceiptForm, day_of
from workers.demo.crowd import Crowd, Someone, choose, serves, since
from workers.demo.held import Served
from workers.demo.names import CENTRE, STREETS
from workers.demo.plan import Slot
from workers.demo.script import Script

PURPOSES = ("生活状况", "服务需求", "健康状况", "就业意向", "子女上学", "用电用气安全")
OUTCOMES = ("情况平稳", "情绪较好，聊了近况", "需要跟进：申请困难帮扶", "需要跟进：联系社区医生", "收到一个小心愿")
NEXT_STEPS = ("", "", "下月再访", "转个案跟进", "联系所属工会")


def visit(
    script: Script,
    contact: str,
    who: Someone,
    when: datetime,
    form: ReceiptForm,
    worker: str,
    helpers: tuple[str, ...] = (),
    organisation: str = CENTRE,
) -> None:
    """Note a visit, on its day."""
    random = script.random
    script.say(
        when,
        RecordReceipt(
            contact,
            who.id,
            form,
            organisation,
            day_of(when),
            place=STREETS[sum(map(ord, who.id)) % len(STREETS)],
            minutes=random.randrange(3, 12) * 5 if form == "home_visit" else random.randrange(2, 7) * 5,
            worker=worker,
            assisted_by=helpers,
            household=f"h{who.id}" if form == "home_visit" else None,
            purpose=tuple(random.sample(PURPOSES, 2)),
            outcome=random.choice(OUTCOMES),
            next_step=random.choice(NEXT_STEPS),
        ),
        worker,
        organisation,
    )


def serve(script: Script, crowd: Crowd) -> None:
    """Visits and counselling over the whole time; first of all to those who will serve themselves."""
    for number, one in enumerate(crowd.turned):
        form: ReceiptForm = "home_visit" if number % 3 else "phone_visit"
        visit(script, f"visit-t{number}", one, one.since + timedelta(hours=4 + number % 30), form, "social-worker05")
    for number in range(len(crowd.recipients) * 2):
        when = script.moment(script.opening + timedelta(days=2), script.now)
        form = "phone_visit" if number % 3 else "home_visit"
        worker = f"social-worker{1 + number % 9:02}"
        for one in choose(script, crowd.recipients, since, 1, lambda one: True, when):
            visit(script, f"visit-{number}", one, when, form, worker, companions(script, crowd, when, form))
    for number in range(len(crowd.participants) // 6):
        counsel(script, crowd, number)


def companions(script: Script, crowd: Crowd, when: datetime, form: ReceiptForm) -> tuple[str, ...]:
    """One volunteer comes along to some home visits; often one who was visited before."""
    if form != "home_visit" or not script.every("company", 3, 1):
        return ()
    able = [one for one in crowd.turned if serves(one) < when]
    if able:
        return (script.random.choice((script.random.choice(able), able[-1])).id,)  # the last one is of the cast
    return tuple(one.id for one in choose(script, crowd.volunteers, serves, 1, lambda one: one.over >= 18, when))


def counsel(script: Script, crowd: Crowd, number: int) -> None:
    """A counselling session: counted in totals, never shown beside a name."""
    when = script.moment(script.opening + timedelta(days=3), script.now)
    for one in choose(script, crowd.participants, since, 1, lambda one: True, when):
        session = RecordReceipt(
            f"counselling-{number}",
            one.id,
            "counselling",
            CENTRE,
            day_of(when),
            minutes=script.random.choice((50, 60)),
            worker="counsellor01",
            mode=script.random.choice(("线上", "到访")),
        )
        script.say(when, session, "counsellor01", CENTRE)


def go_visiting(script: Script, crowd: Crowd, slot: Slot, served: list[Served]) -> None:
    """A slot of home visits: in pairs, each pair with a social worker's entry for whom they saw."""
    pairs = [tuple(one.person for one in served[n : n + 2]) for n in range(0, len(served) - 1, 2)]
    seen = choose(script, crowd.recipients, since, len(pairs), lambda one: True, slot.starts)
    for number, (helpers, one) in enumerate(zip(pairs, seen, strict=False)):
        if one.id not in helpers:
            when = slot.starts + timedelta(minutes=50 + 5 * number)
            visit(script, f"{slot.id}-{number}", one, when, "home_visit", slot.organiser, helpers, slot.organisation)


def doubles(script: Script) -> None:
    """Three pairs of files that look alike: one pair is merged, one told apart, one still open."""
    for number, surname in enumerate(("梁", "周", "谭")):
        first, second = (f"d{number}{letter}" for letter in "ab")
        start = script.opening + timedelta(days=4 + number)
        for person, title, days in ((first, "女士", 0), (second, "阿姨", 9)):
            when, worker = start + timedelta(days=days), f"social-worker0{number + 6}"
            one = Someone(person, when, 18, CENTRE)
            script.say(when, RegisterPerson(person, surname + title, "provisional", over=18), worker, CENTRE)
            script.say(when, GrantRole(person, "recipient", CENTRE, subtype="困难职工"), worker, CENTRE)
            visit(script, f"visit-{person}", one, when + timedelta(minutes=20), "phone_visit", worker)
        later, pair = start + timedelta(days=10), (first, second)
        script.say(
            later, FlagDuplicate(first, pair), "social-worker05", CENTRE, reason="同姓、同一个镇，电话里的情况也相同"
        )
        if number == 0:
            reason = "打电话核对过，是同一个人，以早建的档案为准"
            script.say(later + timedelta(days=1), MergePersons(second, first), "social-worker03", CENTRE, reason=reason)
        if number == 1:
            reason = "核对过单位，是两个人"
            script.say(
                later + timedelta(days=1), DismissDuplicate(first, pair), "social-worker03", CENTRE, reason=reason
            )
