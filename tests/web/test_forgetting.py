"""Forgetting somebody: no byte of them is left in any file, nothing that is counted changes, and no backup brings them back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import Column, Integer, LargeBinary, insert, select

from app import create_app
from domain.consents import GiveConsent
from domain.contacts import ChangeContact
from domain.forgetting import AskToBeForgotten, StayOnFile
from domain.hours_crediting import ConfirmHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.people import IsForgotten
from domain.person_files import RegisterPerson, VerifyIdentity
from domain.receipts import RecordReceipt
from domain.records import KeepRecord, Kept
from domain.roles import GrantRole
from domain.sensitive import MarkSensitive, ReadSensitive
from domain.sign_up import SignUp
from ledger.follow import view_differences
from ledger.log import guard_differences
from ledger.personal import ERASED
from projections import hours, people
from tests.web.conftest import City, World
from web.accounts_tables import OF_A_PERSON, tables
from web.forgotten import carry_out

WHO, NAME, PHONE, EMAIL = "leaving", "霍晓禾", "13912345678", "huo@example.org"
NEXT, AGREED, SHOWN, WISHED = "周五陪他去复诊", "母亲陈女士签了同意书", "社区的老邻居作证", "想要一副护膝"
POOR, ANSWERED, READ, MARKED = "因病返贫的困难职工", "签到表上他九点半才到", "他刚做完手术要回访", "他好了，不用再标"
LOGGED = (PHONE, EMAIL, AGREED, SHOWN, WISHED, MARKED, POOR)
"""What the log alone holds, encrypted, of the living too."""
WORDS = (NAME, "huoxiaohe", "少记了半小时", "膝盖不好", NEXT, ANSWERED, READ, *LOGGED)
PAGE = f"/people/{WHO}/forgetting"
FORM = {"how": "本人持身份证当面办理", "reason": "本人要求", "sure": "1", "command": "c" + "0" * 16}


@pytest.fixture
def engine() -> str:
    """Bytes are looked for in files, which are SQLite's."""
    return "sqlite"


@pytest.fixture
def town(world: World) -> World:
    """Somebody who served, objected, was visited, and has a place in a slot to come; an administrator."""
    world.do(RegisterPerson("head", "管理员01", organisation="union"))
    world.do(GrantRole("head", "administrator", "union"))
    world.do(RegisterPerson(WHO, NAME, phone=PHONE, organisation="centre", over=18, note="膝盖不好"))
    world.do(GrantRole(WHO, "volunteer", "centre"))
    world.do(GrantRole(WHO, "recipient", "centre", subtype=POOR))
    world.do(ChangeContact(WHO, EMAIL), actor=WHO)
    slot = world.help_out(WHO, "past")
    world.do(ConfirmHours(slot, WHO, 90), actor="colleague")
    world.do(ObjectToHours(slot, WHO, "少记了半小时", 120), actor=WHO)
    world.do(UpholdHours(slot, WHO), actor="colleague", reason=ANSWERED)
    world.do(MarkSensitive(WHO, ("health",)))
    world.do(ReadSensitive(WHO), reason=READ)
    world.do(MarkSensitive(WHO, ()), reason=MARKED)
    world.do(RecordReceipt("v1", WHO, "phone_visit", "centre", "2026-11-22", note="膝盖不好", next_step=NEXT))
    world.do(GiveConsent(WHO, "photo", how=AGREED))
    world.do(VerifyIdentity(WHO, SHOWN))
    world.do(KeepRecord("wish", 1, "WishCollected", {"display_name": NAME, "items": [WISHED]}, about=(WHO,)))
    world.do(SignUp(world.open_activity("later"), WHO, "volunteer"), actor=WHO)
    return world


def files(world: World) -> Path:
    return Path(str(world.house.views.url.database)).parent


def found(folder: Path) -> list[tuple[str, str]]:
    """Where any of the words stands, as bytes, in any file of the folder."""
    contents = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(name, word) for name, text in contents for word in WORDS if any(form in text for form in forms(word))]


def forms(word: str) -> set[bytes]:
    """The ways in which a program writes a word: as it is, escaped in JSON, in Python and in addresses, packed for the way."""
    escaped = json.dumps(word).strip('"')
    plain = {word, escaped, escaped.replace("\\u", "\\U0000"), quote(word), quote_plus(word), repr(word.encode())[2:-1]}
    packed = {b64encode(word.encode()[skip:])[:-4] for skip in range(3)} if len(word) > 3 else set()
    return {form.encode() for form in plain} | {word.encode("utf-16-le"), word.encode("gb18030")} | packed


def log_of(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "log.db") as connection:
        return connection.execute("SELECT * FROM stored_events ORDER BY position").fetchall()


def test_nothing_is_left_where_a_rebuild_was_killed(town: World) -> None:
    folder = files(town)
    (folder / "views.db.share-0").write_text(NAME)
    with town.house.views.write() as connection:
        connection.exec_driver_sql("CREATE TABLE person__next AS SELECT * FROM person")
    assert town.as_("head").post(PAGE, data=FORM).status_code == 303
    assert found(folder) == []


def test_while_a_rebuild_goes_on_traces_wait_for_the_next_time(town: World) -> None:
    folder = files(town)
    with town.house.views.building():
        (folder / "views.db.share-0").write_text(NAME)
        assert town.as_("head").post(PAGE, data=FORM).status_code == 303
        assert {name for name, _ in found(folder)} == {"views.db.share-0"}
        create_app(folder, is_tryout=True).extensions["liandong"].close()  # whoever starts meanwhile does start
        assert found(folder) != []
    carry_out(town.house)
    assert found(folder) == []


def test_nothing_is_left_and_nothing_that_is_counted_changes(town: World) -> None:
    folder, browser = files(town), town.as_("head")
    assert found(folder), "the words can be found before"
    assert not [where for where in found(folder) if where[0].startswith("log.db")]
    log = log_of(folder)
    months = browser.get("/months/2026-11").text
    with town.house.views.read() as connection:
        tally = hours.tally_of(connection, WHO)
    page = browser.get(PAGE).text
    assert all(words in page for words in (NAME, "会销毁", "会留下", "1.5 小时", "1 个报名先退掉"))
    assert town.house.ledger.keys is not None
    assert {word for _, word in found(folder)} == {*WORDS} - {*LOGGED}
    blinds = [town.house.ledger.keys.blind(text).encode() for text in (PHONE, EMAIL)]
    views = b"".join(path.read_bytes() for path in folder.glob("views.db*"))
    assert all(blind in views for blind in blinds)
    assert browser.post(PAGE, data=FORM).status_code == 303

    assert found(folder) == []
    left = b"".join(path.read_bytes() for path in folder.glob("*.db*"))
    assert not any(blind in left for blind in blinds)
    assert log_of(folder)[: len(log)] == log
    with town.house.views.read() as connection:
        assert hours.tally_of(connection, WHO) == tally
        entry = hours.find(connection, "past.1", WHO)
        assert entry is not None
        assert (entry.minutes, entry.objection) == (90, ERASED)
        assert people.search(connection, "huo") == people.search(connection, PHONE[-4:]) == []
    assert [line for line in months.splitlines() if "人次" in line] == [
        line for line in browser.get("/months/2026-11").text.splitlines() if "人次" in line
    ]
    assert guard_differences(town.house.ledger) == []
    assert view_differences(town.house.follower) == []
    town.house.follower.rebuild(town.house.follower.projections)
    assert view_differences(town.house.follower) == []
    assert found(folder) == []


def keep(world: World, record: str, number: int, data: dict[str, Any], about: tuple[str, ...] = ()) -> int:
    wish = KeepRecord(record, number, "WishCollected", data, "2026-11", about)
    return world.do(wish, source="import").position


def test_what_an_import_kept_about_somebody_goes_and_still_counts(town: World) -> None:
    folder, browser = files(town), town.as_("head")
    data = {"recipient": f"person/{WHO}", "display_name": NAME, "items": ["膝盖不好，要护膝"]}
    theirs = [keep(town, "wish-1", 1, data, (WHO,)), keep(town, "wish-1", 2, {"delivered": "护膝"})]
    theirs.append(keep(town, "wish-2", 1, data))  # as the log held it before it said whom a record is about
    others = keep(
        town, "wish-3", 1, {"recipient": "person/second", "items": ["护膝"], "worker": f"person/{WHO}"}, ("second",)
    )

    def told(position: int) -> dict[str, Any]:
        (found,) = town.house.ledger.at([position])
        assert isinstance(found.event, Kept)
        return found.event.data

    assert [told(one) for one in theirs] == [data, {"delivered": "护膝"}, data]
    log, wishes = log_of(folder), browser.get("/months/2026-11/figures/wishes").text.count("/events/")
    assert wishes >= len(theirs)
    assert browser.post(PAGE, data=FORM).status_code == 303
    assert [told(one) for one in theirs] == [{}, {}, {}]
    assert told(others)["items"] == ["护膝"]
    assert not any(word in browser.get(f"/events/{one}").text for one in theirs for word in (*WORDS, "护膝"))
    assert log_of(folder)[: len(log)] == log
    assert browser.get("/months/2026-11/figures/wishes").text.count("/events/") == wishes
    assert view_differences(town.house.follower) == guard_differences(town.house.ledger) == []


def test_what_was_kept_about_somebody_goes_also_where_they_were_forgotten_before_that_was_known(town: World) -> None:
    kept = keep(town, "wish-1", 1, {"recipient": f"person/{WHO}", "display_name": NAME})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.forgotten.records_about", lambda *_: [])
        town.as_("head").post(PAGE, data=FORM)
    carry_out(town.house)
    assert town.house.ledger.at([kept])[0].event == Kept("wish-1", 1, "WishCollected", {}, "2026-11")


def test_what_was_written_before_it_was_encrypted_is_not_shown_either(town: World) -> None:
    codec, how, why = town.house.ledger.codec, "看了社保卡", "她自己来说的"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "keys", None)
        town.do(VerifyIdentity(WHO, how), reason=why)
    page = f"/events/{town.house.ledger.store.head()}"
    assert how in town.as_("owner").get(page).text
    assert why in town.as_("owner").get(page).text
    assert town.as_("head").post(PAGE, data=FORM).status_code == 303
    for viewer in ("owner", "head", "auditor"):
        assert not [word for word in (how, why) if word in town.as_(viewer).get(page).text], viewer


def test_pages_and_lists_say_that_somebody_was_there(town: World) -> None:
    browser = town.as_("head")
    browser.post(PAGE, data=FORM)
    for address in (f"/people/{WHO}", f"/history/person:{WHO}", "/audit", "/people", "/slots/past.1/roster.csv"):
        answer = browser.get(address, follow_redirects=True)
        assert not any(word in answer.text for word in WORDS), address
    assert ERASED in browser.get(f"/people/{WHO}").text
    assert town.as_(WHO).get("/me/record").status_code == 303
    assert browser.get(PAGE).status_code == 404


def test_a_file_without_a_person_has_nothing_to_agree_to_or_to_write_to(town: World) -> None:
    assert 'id="consents"' in town.as_("head").get(f"/people/{WHO}").text
    town.as_("head").post(PAGE, data=FORM)
    page = town.as_("head").get(f"/people/{WHO}").text
    assert "已注销" in page
    assert 'id="consents"' not in page
    assert "不会收到提醒" not in page


def test_nobody_is_registered_under_that_number_again(town: World) -> None:
    town.as_("head").post(PAGE, data=FORM)
    with pytest.raises(IsForgotten):
        town.do(RegisterPerson(WHO, NAME))
    with pytest.raises(IsForgotten):
        town.do(ChangeContact(WHO, EMAIL))


def test_yesterdays_backup_does_not_bring_anybody_back(town: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, backup = files(town), tmp_path_factory.mktemp("backup")
    for path in folder.glob("*.db"):
        with sqlite3.connect(path) as live, sqlite3.connect(backup / path.name) as copy:
            live.backup(copy)
    town.as_("head").post(PAGE, data=FORM)
    town.house.close()
    for path in folder.glob("*.db*"):
        path.unlink()
    for path in backup.glob("*.db"):
        shutil.copy(path, folder / path.name)
    assert found(folder)

    restored = create_app(folder, is_tryout=True).extensions["liandong"]
    assert found(folder) == []
    with restored.views.read() as connection:
        file = people.find(connection, WHO)
    assert file is not None
    assert file.is_forgotten
    assert guard_differences(restored.ledger) == []
    assert view_differences(restored.follower) == []
    restored.close()


def test_what_a_crash_left_undone_is_done_at_the_next_start(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    assert town.house.ledger.keys is not None
    with monkeypatch.context() as patch:
        patch.setattr(town.house.ledger.keys, "erase", crash)
        with pytest.raises(KeyboardInterrupt):
            town.as_("head").post(PAGE, data=FORM)
    carry_out(town.house)
    assert found(files(town)) == []


def test_only_an_administrator_of_theirs_forgets_somebody_and_not_oneself(town: World) -> None:
    for viewer in ("owner", "stranger", "auditor", "second", WHO):
        assert town.as_(viewer).get(PAGE).status_code == 404, viewer
        assert town.as_(viewer).post(PAGE, data=FORM).status_code == 404, viewer
    assert town.as_("head").get("/people/head/forgetting").status_code == 404


def test_the_page_says_what_is_missing_and_keeps_what_was_typed(town: World) -> None:
    browser = town.as_("head")
    answer = browser.post(PAGE, data={"how": "当面办理"})
    assert answer.status_code == 422
    assert all(words in answer.text for words in ("这一项要填。", "当面办理"))
    town.do(GrantRole(WHO, "organiser", "centre"))
    answer = browser.post(PAGE, data=FORM)
    assert answer.status_code == 409
    assert "志愿者、服务对象以外的角色" in answer.text
    assert found(files(town))


def test_whether_they_asked_is_said(town: World) -> None:
    assert "还没有在“我的数据”里提出" in town.as_("head").get(PAGE).text
    town.do(AskToBeForgotten(WHO), actor=WHO)
    assert "还没有在“我的数据”里提出" not in town.as_("head").get(PAGE).text


def test_whoever_carries_it_out_sees_who_asked(town: World) -> None:
    assert "要求注销" not in town.as_("head").get("/people").text
    town.do(AskToBeForgotten(WHO), actor=WHO)
    assert f'href="{PAGE}"' in town.as_("head").get("/people").text.partition("本人要求注销")[2]
    assert "本人要求注销" in town.as_("head").get(f"/people/{WHO}").text
    for other in ("owner", "auditor", WHO):
        assert "本人要求注销" not in town.as_(other).get("/people").text, other
    town.do(StayOnFile(WHO), actor=WHO)
    assert "要求注销" not in town.as_("head").get("/people").text


def test_the_account_goes_with_its_person(city: City) -> None:
    """Whatever the accounts hold of somebody: a row in every table that knows whose it is."""
    city.do(RegisterPerson("head", "管理员01", organisation="union"))
    city.do(GrantRole("head", "administrator", "union"))
    city.open_account("volunteer", PHONE, "另一个 谁也猜不到")
    leaving = city.as_("volunteer")
    assert leaving.get("/me/record").status_code == 200
    theirs = [table for table in tables.sorted_tables if "person" in table.columns]
    assert {*theirs} == {*OF_A_PERSON}
    with city.accounts.write() as connection:
        for table in theirs:
            told = {column.name: told_of(column) for column in table.columns} | {"person": "volunteer"}
            if not connection.execute(select(table).where(table.c.person == "volunteer")).first():
                connection.execute(insert(table).values(told))
    accounts = files(city) / "accounts.db"
    kept = [value for table in theirs for value in row_of(accounts, table.name) if len(value) > 8]
    assert len(kept) > len(theirs)
    assert city.as_("head").post("/people/volunteer/forgetting", data=FORM).status_code == 303
    assert city.accounts.find("volunteer") is None
    assert leaving.get("/me/record").status_code == 303
    left = b"".join(path.read_bytes() for path in files(city).glob("accounts.db*"))
    assert [value for value in kept if value in left] == []


def told_of(column: Column[Any]) -> object:
    """Something in a column that is found again."""
    if isinstance(column.type, Integer):
        return 4_000_000_000
    word = f"{column.table.name}-{column.name}-of-theirs"
    return word.encode() if isinstance(column.type, LargeBinary) else word


def row_of(path: Path, table: str) -> list[bytes]:
    """The texts of the row of whoever leaves."""
    with sqlite3.connect(path) as connection:
        (row,) = connection.execute(f"SELECT * FROM {table} WHERE person = 'volunteer'")
    return [
        value.encode() if isinstance(value, str) else value
        for value in row
        if isinstance(value, str | bytes) and value != "volunteer"
    ]
