"""Getting in: the link that an administrator's command or staff give, what it leads to, and that it works once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from domain.accounts import AccountOpened, FactorChanged, LinkIssued, SessionsEnded, SignedIn
from domain.contacts import ChangeContact
from domain.duplicates import MergePersons
from domain.openings import SealPerson
from domain.roles import GrantRole
from tests.web.conftest import PASSWORD, City
from tests.web.test_accounts_sign_in import sign_in, told
from tests.web.test_admin_commands import create, run
from tests.web.test_audit import text_of
from web import accounts_sessions as sessions
from web.house import wall_clock
from workers.mail import Channel

CHOICE = {"name": "小满", "password": PASSWORD}


def link_for(city: City, person: str, by: str = "owner") -> str:
    page = city.as_(by).post(f"/people/{person}/access/link").text
    found = re.search(r'value="http://localhost(/enter/[\w-]+)"', page)
    assert found, page
    return found[1]


def test_an_invited_person_chooses_a_password_and_is_in(city: City) -> None:
    path, browser = link_for(city, "volunteer"), city.as_(None)
    page = browser.get(path)
    assert "何小满，你好" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert browser.post(path, data=CHOICE | {"phone": "13800000000"}).status_code == 303
    assert browser.get("/me/record").status_code == 200
    assert sign_in(city.as_(None), "13800000000") == 303
    assert told(city, LinkIssued) == [LinkIssued("volunteer", "invitation")]
    assert AccountOpened("volunteer") in told(city, AccountOpened)
    assert told(city, FactorChanged) == [FactorChanged("volunteer", "password", "added")]
    assert told(city, SignedIn)[0] == SignedIn("volunteer", "link")


def test_a_link_works_once(city: City) -> None:
    path = link_for(city, "volunteer")
    city.as_(None).post(path, data=CHOICE)
    for method in ("GET", "POST"):
        answer = city.as_(None).open(path, method=method, data={"name": "别人", "password": "另外一个 很长的密码"})
        assert answer.status_code == 404
        assert "已经用过、过期" in answer.text
    assert sign_in(city.as_(None), "小满") == 303


def test_whoever_hands_out_another_link_reads_that_one_works_already(city: City) -> None:
    page = "/people/volunteer/access"
    assert "再发一个，它就作废" not in city.as_("owner").get(page).text
    path = link_for(city, "volunteer")
    assert "发出过一个登录链接，2026-11-29 09:00 以前能用" in city.as_("owner").get(page).text
    city.as_(None).post(path, data=CHOICE)
    assert "再发一个，它就作废" not in city.as_("owner").get(page).text


def test_a_new_link_takes_the_place_of_the_old_one(city: City) -> None:
    first, second = link_for(city, "volunteer"), link_for(city, "volunteer")
    assert city.as_(None).get(first).status_code == 404
    assert city.as_(None).get(second).status_code == 200


@pytest.mark.parametrize(("has_account", "lasts"), [(False, timedelta(days=7)), (True, timedelta(hours=1))])
def test_a_link_does_not_wait_for_ever(city: City, has_account: bool, lasts: timedelta) -> None:
    if has_account:
        city.open_account("volunteer")
    path = link_for(city, "volunteer")
    city.now += lasts - timedelta(seconds=1)
    assert city.as_(None).get(path).status_code == 200
    city.now += timedelta(seconds=1)
    assert city.as_(None).get(path).status_code == 404


def test_whoever_gets_back_in_throws_everybody_else_out(city: City) -> None:
    thief = city.as_("volunteer")
    assert thief.get("/me/record").status_code == 200
    path, browser = link_for(city, "volunteer"), city.as_(None)
    browser.post(path, data={"password": "一个新的 谁也不知道"})
    assert browser.get("/me/record").status_code == 200
    assert thief.get("/me/record").status_code == 303
    assert sign_in(city.as_(None), "user-volunteer") == 422
    assert sign_in(city.as_(None), "user-volunteer", "一个新的 谁也不知道") == 303


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"name": "小满", "password": "短"}, "至少 8 个字符"),
        ({"name": "小满", "password": "password1"}, "太容易猜到"),
        ({"name": "小满", "password": "13800000000", "phone": "13800000000"}, "太容易猜到"),
        ({"name": "小满", "password": "x" * 300}, "最多 256"),
        ({"password": PASSWORD}, "至少填一个，下次"),
        ({"password": "短"}, "至少填一个，下次"),
        ({"name": "a@b", "password": PASSWORD}, "不能有 @"),
        ({"name": "12345678", "password": PASSWORD}, "也不能只是数字"),
        ({"phone": "abc", "password": PASSWORD}, "手机号只写数字"),
        ({"email": "a@b", "password": PASSWORD}, "邮箱地址不对"),
        ({"name": "张三", "password": PASSWORD}, "已经有人用来登录"),
        ({}, "这一项要填"),
    ],
)
def test_a_choice_that_does_not_hold_is_told_and_the_link_still_works(
    city: City, choice: dict[str, str], sentence: str
) -> None:
    city.open_account("second", "张三")
    path = link_for(city, "volunteer")
    answer = city.as_(None).post(path, data=choice)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'name="password" value=""' in answer.text
    assert city.as_(None).post(path, data=CHOICE).status_code == 303


def test_nobody_lets_themselves_in_as_somebody_above_them(city: City) -> None:
    for person in ("colleague", "owner"):
        answer = city.as_("owner").post(f"/people/{person}/access/link")
        assert answer.status_code == (404 if person == "owner" else 409), person
    city.do(GrantRole("third", "administrator", "union"))
    city.do(GrantRole("owner", "station_lead", "centre"))
    assert city.as_("owner").post("/people/third/access/link").status_code == 409
    assert city.as_("owner").post("/people/third/access/app-removal", data={"reason": "x"}).status_code == 409
    assert "登录链接" in city.as_("owner").post("/people/colleague/access/link").text
    assert city.as_("stranger").post("/people/volunteer/access/link").status_code == 404
    assert {event.person for event in told(city, LinkIssued)} == {"colleague"}  # type: ignore[attr-defined]  # LinkIssued


def test_a_name_moves_to_the_file_that_a_file_was_merged_into(city: City) -> None:
    city.open_account("volunteer", "小满")
    city.do(MergePersons("volunteer", "second"), reason="同一人")
    assert city.as_(None).post(link_for(city, "second"), data=CHOICE).status_code == 303
    found = city.accounts.called("小满")
    assert found
    assert found.person == "second"


def first_link(folder: Path) -> tuple[str, str]:
    """What `./run admin create` says: where to choose a password, and the administrator's id."""
    result, house = create(folder, "望海市总工会", "王主任")
    house.close()
    found = re.search(r"http://127\.0\.0\.1:8000(/enter/\S+)", result.output)
    person = re.search(r"王主任（(\w+)）", result.output)
    assert found
    assert person
    return found[1], person[1]


def browser_of(folder: Path) -> FlaskClient:
    app = create_app(folder, is_tryout=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app.test_client()


def test_the_first_administrator_gets_in_by_the_link_of_the_command(tmp_path: Path) -> None:
    path, person = first_link(tmp_path)
    browser = browser_of(tmp_path)
    answer = browser.post(path, data={"name": "王主任", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert "设置验证码" in browser.get(answer.headers["Location"], follow_redirects=True).text
    assert browser.get("/people").status_code == 303, "an administrator acts with two factors only"
    result, house = run(tmp_path, "admin", "link", person)
    assert "1 小时内有效" in result.output
    house.close()
    accounts = browser.application.extensions["accounts"]
    assert sessions.of_person(accounts, person, wall_clock())


def test_the_command_gives_no_link_to_nobody(tmp_path: Path) -> None:
    first_link(tmp_path)
    result, house = run(tmp_path, "admin", "link", "nobody")
    assert result.exit_code == 1
    assert "没有这个人：nobody" in result.output
    house.close()


def test_no_link_is_made_for_a_sealed_file_that_nobody_opened(city: City) -> None:
    city.do(SealPerson("volunteer"), reason="受委托")
    browser = city.as_("owner")
    before = city.house.ledger.store.head()
    for path, data in (("link", {}), ("app-removal", {"reason": "当面核对过"})):
        answer = browser.post(f"/people/volunteer/access/{path}", data=data)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/people/volunteer")
    assert city.house.ledger.store.head() == before


def test_staff_sign_somebody_out_everywhere_with_a_reason_and_they_are_told(city: City) -> None:
    phone, computer = city.as_("volunteer"), city.as_("volunteer")
    staff = city.as_("owner")
    assert "现在登录着 2 处" in staff.get("/people/volunteer/access").text
    path = "/people/volunteer/access/sessions-ending"
    assert staff.post(path, data={"reason": " "}).status_code == 422
    assert phone.get("/me/record").status_code == 200
    assert staff.post(path, data={"reason": "手机丢了"}).status_code == 303
    assert [one.get("/me/record").status_code for one in (phone, computer)] == [303, 303]
    ended = [r for r in city.house.ledger.replay() if isinstance(r.event, SessionsEnded)]
    assert [(r.event, r.actor, r.reason) for r in ended] == [
        (SessionsEnded("volunteer", "by_staff"), "owner", "手机丢了")
    ]
    with city.house.views.read() as connection:
        due = connection.exec_driver_sql("SELECT person FROM due WHERE kind = 'sessions_ended'").all()
    assert [tuple(row) for row in due] == [("volunteer",)]
    assert "在各处的登录" in text_of(city.as_("auditor").get("/audit").text)


@pytest.mark.parametrize(
    ("address", "mails", "said", "hint"),
    [
        (True, True, "会收到一封信", "会写信告诉本人"),
        (False, True, "他没有留邮箱，请你告诉他一声", "他没有留邮箱，要你自己告诉他"),
        (True, False, "这里寄不了信，请你告诉他一声", "这里寄不了信，要你自己告诉他"),
    ],
)
def test_staff_who_sign_somebody_out_read_whether_a_letter_tells_them(
    city: City, address: bool, mails: bool, said: str, hint: str
) -> None:
    city.as_("volunteer")
    if address:
        city.do(ChangeContact("volunteer", "xiaoman@example.org"))
    city.app.extensions["desk"].channel = Channel("localhost", 25, "liandong@example.org") if mails else None
    staff = city.as_("owner")
    assert hint in staff.get("/people/volunteer/access").text
    answer = staff.post("/people/volunteer/access/sessions-ending", data={"reason": "手机丢了"}, follow_redirects=True)
    assert said in text_of(answer.text)
    assert ("会收到一封信" in answer.text) == (address and mails)


def test_nobody_signs_somebody_above_them_or_without_an_account_out(city: City) -> None:
    city.do(GrantRole("third", "administrator", "union"))
    for browser, person, status in (("owner", "third", 409), ("owner", "second", 409), ("stranger", "second", 404)):
        answer = city.as_(browser).post(f"/people/{person}/access/sessions-ending", data={"reason": "x"})
        assert answer.status_code == status
    assert told(city, SessionsEnded) == []
